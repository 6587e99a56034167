"""The guide, docs/dotnet.md, followed literally from an empty folder with the packages as users get them, and the
README's lines.

NUGET is the folder with the packages (target/dotnet/nuget is the default), `dotnet` on the PATH builds. With the SDK of
.NET Core 3.1 `net8.0` in the guide becomes `netcoreapp3.1`, and nothing else is changed; what only a newer SDK
understands is then left out.
"""

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

GUIDE = ROOT / "docs" / "dotnet.md"
PACKAGES = Path(os.environ.get("NUGET") or ROOT / "target" / "dotnet" / "nuget")
PROGRAM = Path(os.environ.get("BIN") or ROOT / "target" / "debug")
"""The folder of the program `integrador`."""
PATIENCE = 120
"""Seconds, on a busy machine."""
FRAMEWORK = "net8.0"
"""The one that the guide takes."""


def is_old():
    """Whether this is the SDK of .NET Core 3.1."""
    said = subprocess.run(["dotnet", "--version"], capture_output=True, text=True, check=True, stdin=subprocess.DEVNULL)
    return int(said.stdout.split(".")[0]) < 8


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
        # Packages of the same version were there before, so none is taken from the user's folder. What builds ends with
        # its command.
        env = {
            **os.environ,
            "NUGET_PACKAGES": str(folder / "packages"),
            "MSBUILDDISABLENODEREUSE": "1",
            "UseSharedCompilation": "false",
        }
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
    @classmethod
    def setUpClass(cls):
        cls.old = is_old()

    def setUp(self):
        self.folder = Path(tempfile.mkdtemp(prefix="integrador-guide-"))
        self.addCleanup(shutil.rmtree, self.folder, ignore_errors=True)
        shutil.copytree(PACKAGES, self.folder / "nuget")
        self.terminals = []
        self.addCleanup(lambda: [terminal.kill() for terminal in self.terminals])

    def terminal(self, command):
        self.terminals.append(Terminal(f"exec {command}" if "\n" not in command.strip() else command, self.folder))
        return self.terminals[-1]

    def runs(self, command):
        """Runs a command to its good end."""
        done = self.terminal(command)
        assert done.process.wait(15 * 60) == 0, "\n".join(done.lines[-40:])

    def write(self, file, code):
        path = self.folder / file
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(code.replace(FRAMEWORK, "netcoreapp3.1") if self.old and file.endswith(".csproj") else code)

    def follow(self, *numbers, until=None):
        """Writes the files of these sections, and runs their commands; returns those that are to be left running."""
        left = []
        for language, file, code in blocks("".join(section(number) for number in numbers)):
            if file:
                self.write(file, code)
            elif language == "sh" and until and until(code):
                left.append(code)
            elif language == "sh":
                self.runs(code)
        return left

    def test_the_guide_leads_from_an_empty_folder_to_two_chats_that_talk(self):
        norte_command, sur_command = self.follow(1, 2, 3, until=lambda code: "dotnet run" in code)
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

    def test_an_application_of_aspnet_core_takes_the_place_of_one_of_them(self):
        self.follow(1, 2, 3, until=lambda code: "dotnet run" in code)
        server, peer, writes = self.follow(4, until=lambda code: re.search(r"dotnet run|curl", code))
        free(8082)
        free(5002)
        served = self.terminal(server)

        def answers():
            assert served.process.poll() is None, "\n".join(served.lines[-40:])
            return fetch("http://127.0.0.1:8082/notes") is not None

        eventually("the application answers", answers)
        sur = self.terminal(peer)
        sur.shows("  room Norte:1: Plaza")
        assert self.terminal(writes).process.wait(PATIENCE) == 0
        sur.shows("Ana in Norte:1: ¡Hola, Sur!")
        sur.write("¿Qué tal?")
        eventually(
            "what Sur wrote is shown", lambda: "Ana (Sur): ¿Qué tal?" in (fetch("http://127.0.0.1:8082/notes") or "")
        )
        assert fetch("http://127.0.0.1:8082/health") == "Healthy"
        served.ctrl_c()

    def test_the_program_that_begins_with_a_web_application_builds(self):
        if self.old:
            self.skipTest("WebApplication needs an SDK of .NET 6 or newer")
        self.follow(1)
        (code,) = (code for _, file, code in blocks(section(4)) if not file and "WebApplication.CreateBuilder" in code)
        files = {file: code for _, file, code in blocks(section(4)) if file}
        for file in ("board/board.csproj", "board/Board.cs"):
            self.write(file, files[file])
        project = (self.folder / "board" / "board.csproj").read_text()
        self.write(
            "board/board.csproj", project.replace("<Nullable>", "<ImplicitUsings>enable</ImplicitUsings><Nullable>")
        )
        self.write("board/Program.cs", code)
        self.runs("dotnet add board package Integrador.AspNetCore")
        self.runs("dotnet build board -warnaserror")

    def test_the_readmes_lines_run_as_printed(self):
        self.follow(1, 2, 3, until=lambda code: "dotnet run" in code)
        (code,) = (code for language, _, code in blocks((ROOT / "README.md").read_text()) if language == "csharp")
        usings, body = re.match(r"((?:using .*;\n)+)\n(.*)", code, re.DOTALL).groups()
        # Statements alone are a program since C# 9.
        self.write(
            "lines/Program.cs",
            f"{usings}internal static class Program {{ private static void Main() {{\n{body}\n}} }}\n",
        )
        shutil.copy(self.folder / "chat" / "chat.csproj", self.folder / "lines" / "lines.csproj")
        self.runs("dotnet build lines")
        (name,) = re.findall(r'Node.Open\("([^"]+)"', body)
        (port,) = re.findall(r'"127.0.0.1:(\d+)"', body)
        self.write(
            "platforms.json",
            '[{"id": 2, "name": "Sur", "endpoint": "http://127.0.0.1:5002/", "token": "cambiar-esto"}]',
        )
        registry = f'[{{"id": 1, "name": "{name}", "endpoint": "http://127.0.0.1:{port}/", "token": "cambiar-esto"}}]'
        self.write("Sur.platforms.json", registry)
        free(int(port))
        free(5002)
        sur = self.terminal("dotnet run --no-build --project chat Sur 127.0.0.1:5002")
        readme = self.terminal("dotnet run --no-build --project lines")
        sur.shows(f"  room {name}:7: Plaza")
        sur.shows(f"Ana in {name}:7: ¡Hola a todos!")
        assert readme.process.poll() is None, "it waits for what others write"


if __name__ == "__main__":
    unittest.main()
