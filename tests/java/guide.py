"""The guide, docs/java.md, followed literally from an empty folder with the built jars, and the README's lines."""

import contextlib
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
import unittest
import urllib.request
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.dont_write_bytecode = True
sys.path.insert(0, str(ROOT / "tests" / "python"))
import tutorial  # noqa: E402

GUIDE = ROOT / "docs" / "java.md"
JARS = ROOT / "target" / "java" / "maven"
REPOSITORY = ROOT / "target" / "java" / "guide-repository"
"""Of Maven, for what comes from Maven Central; nothing of ours is in it."""
PROGRAM = Path(os.environ.get("BIN") or ROOT / "target" / "debug")
"""The folder of the program `integrador`."""
PATIENCE = 120
"""Seconds, on a busy machine."""


def blocks(text):
    """Of every block of code: its language, the file that the line before it names or an empty text, and the code."""
    return [
        (language, file, code)
        for file, language, code in re.findall(r"(?:`([\w./-]+)`:\n\n)?```(\w+)\n(.*?)```", text, re.DOTALL)
    ]


def section(number):
    return re.split(r"^## \d+\. ", GUIDE.read_text(), flags=re.MULTILINE)[number]


def eventually(what, is_so):
    deadline = time.monotonic() + PATIENCE
    while not is_so():
        if time.monotonic() > deadline:
            raise AssertionError(f"{what}: not within {PATIENCE} s")
        time.sleep(0.05)


def free(port):
    """Waits until nobody else uses this port, which the text names."""

    def is_free():
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                return False
            return True

    eventually(f"port {port} is free", is_free)


def fetch(address):
    """What is answered there; None while nobody does."""
    try:
        with urllib.request.urlopen(address, timeout=10) as answer:
            return answer.read().decode()
    except OSError:
        return None


class Terminal:
    """A command in a terminal: what is typed, and what it shows."""

    def __init__(self, command, folder):
        env = {**os.environ, "MAVEN_OPTS": f"-Dmaven.repo.local={REPOSITORY} -Dstyle.color=never"}
        pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.STDOUT}
        self.process = subprocess.Popen(
            ["sh", "-ec", command], cwd=folder, env=env, text=True, bufsize=1, start_new_session=True, **pipes
        )
        self.lines = []
        self.reader = threading.Thread(target=self.read, daemon=True)
        self.reader.start()

    def read(self):
        for line in self.process.stdout:
            self.lines.append(line.rstrip("\n"))

    def write(self, line):
        self.process.stdin.write(line + "\n")
        self.process.stdin.flush()

    def shows(self, line):
        with contextlib.suppress(AssertionError):
            eventually(line, lambda: line in self.lines or self.process.poll() is not None)
        if line not in self.lines:
            shown = "\n".join(self.lines[-30:])
            raise AssertionError(f"it does not show {line!r}, but:\n{shown}")

    def ctrl_c(self):
        os.killpg(self.process.pid, signal.SIGINT)
        self.process.wait(PATIENCE)

    def kill(self):
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()
        self.process.stdin.close()
        self.reader.join(PATIENCE)
        self.process.stdout.close()


class Guide(unittest.TestCase):
    def setUp(self):
        self.folder = Path(tempfile.mkdtemp(prefix="integrador-guide-"))
        self.addCleanup(shutil.rmtree, self.folder, ignore_errors=True)
        shutil.copytree(JARS, self.folder / "maven")
        shutil.rmtree(REPOSITORY / "dev" / "integrador", ignore_errors=True)
        self.terminals = []
        self.addCleanup(lambda: [terminal.kill() for terminal in self.terminals])

    def terminal(self, command):
        self.terminals.append(Terminal(f"exec {command}" if "\n" not in command.strip() else command, self.folder))
        return self.terminals[-1]

    def follow(self, *numbers, until=None):
        """Writes the files of these sections, and runs their commands; returns those that are to be left running."""
        left = []
        for language, file, code in blocks("".join(section(number) for number in numbers)):
            if file:
                path = self.folder / file
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_text(code)
            elif language == "sh" and until and until(code):
                left.append(code)
            elif language == "sh":
                done = self.terminal(code)
                assert done.process.wait(15 * 60) == 0, "\n".join(done.lines[-40:])
        return left

    def test_the_guide_leads_from_an_empty_folder_to_two_chats_that_talk(self):
        norte_command, sur_command = self.follow(1, 2, 3, until=lambda code: "Chat.java" in code)
        free(5001)
        free(5002)
        norte, sur = self.terminal(norte_command), self.terminal(sur_command)
        sur.shows("  room Norte:1: Plaza")
        norte.write("¿quién anda ahí?")
        norte.shows("  stored, on its way to Sur")
        sur.shows("Ana (Norte) in Norte:1: ¿quién anda ahí?")
        sur.write("yo")
        norte.shows("Ana (Sur) in Norte:1: yo")

        sur.ctrl_c()
        norte.write("uno")
        sur = self.terminal(sur_command)
        sur.shows("Ana (Norte) in Norte:1: uno")
        sur.kill()
        for line in ("dos", "tres", "cuatro"):
            norte.write(line)
        sur = self.terminal(sur_command)
        for line in ("dos", "tres", "cuatro"):
            sur.shows(f"Ana (Norte) in Norte:1: {line}")
        tutorial.judge(self.folder, PROGRAM)

    def board(self, number, port, address):
        """Follows a section that puts a web application in the place of Norte, and has it talk with Sur."""
        self.follow(1, 2, 3, until=lambda code: "Chat.java" in code)
        server, peer, writes = self.follow(number, until=lambda code: re.search(r"catalina|java |curl", code))
        free(port)
        free(5002)
        served = self.terminal(server)

        def answers():
            assert served.process.poll() is None, "\n".join(served.lines[-40:])
            return fetch(address) is not None

        eventually("the application answers", answers)
        sur = self.terminal(peer)
        sur.shows("  room Norte:1: Plaza")
        assert self.terminal(writes).process.wait(PATIENCE) == 0
        sur.shows("Ana in Norte:1: ¡Hola, Sur!")
        sur.write("¿Qué tal?")
        eventually("what Sur wrote is shown", lambda: "Ana (Sur): ¿Qué tal?" in (fetch(address) or ""))
        served.ctrl_c()

    def test_a_web_application_in_a_servlet_container_takes_the_place_of_one_of_them(self):
        self.board(4, 8080, "http://127.0.0.1:8080/board/notes")

    def test_an_application_of_spring_boot_takes_the_place_of_one_of_them(self):
        self.board(5, 8081, "http://127.0.0.1:8081/")

    def test_the_readmes_lines_run_as_printed(self):
        self.follow(1, 2)
        (code,) = (code for language, _, code in blocks((ROOT / "README.md").read_text()) if language == "java")
        imports, body = re.match(r"((?:import .*\n)+)\n(.*)", code, re.DOTALL).groups()
        main = f"public static void main(String[] arguments) throws Exception {{\n{body}\n}}"
        (self.folder / "Main.java").write_text(f"{imports}public class Main {{ {main} }}\n")
        free(5802)
        (self.folder / "platforms.json").write_text(
            '[{"id": 2, "name": "Sur", "endpoint": "http://127.0.0.1:5002/", "token": "cambiar-esto"}]'
        )
        registry = '[{"id": 1, "name": "GWT_CHAT", "endpoint": "http://127.0.0.1:5802/", "token": "cambiar-esto"}]'
        (self.folder / "Sur.platforms.json").write_text(registry)
        self.follow(3, until=lambda code: "Chat.java" in code)
        free(5002)
        sur = self.terminal("java -cp 'lib/*' Chat.java Sur 127.0.0.1:5002")
        readme = self.terminal("java -cp 'lib/*' Main.java")
        sur.shows("  room GWT_CHAT:7: Plaza")
        sur.shows("Ana in GWT_CHAT:7: ¡Hola a todos!")
        assert readme.process.poll() is None, "it waits for what others write"


if __name__ == "__main__":
    unittest.main()
