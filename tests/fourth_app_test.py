"""The way by HTTP of docs/fourth-app.md, followed literally from an empty folder, but on ports that are free: in Node.js, and in Go where a
`go` is on the PATH. `BIN=target/debug python3 tests/fourth_app_test.py`: BIN is the folder of the program `integrador`.
"""

import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import unittest
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.dont_write_bytecode = True
sys.path[:0] = [str(ROOT / "tests"), str(ROOT / "tests" / "python")]
from ports import free_port

PAGE = (ROOT / "docs" / "fourth-app.md").read_text()
COMMANDS = re.findall(r"^ *```sh\n(.*?)```", PAGE, re.M | re.S)
BIN = (ROOT / os.environ.get("BIN", "target/debug")).resolve()
PATIENCE = 60  # seconds, on a busy machine
JUDGED = 300  # what `conform` may take there


def command(beginning):
    """The one line of the page's commands that begins so."""
    (line,) = (line for block in COMMANDS for line in map(str.strip, block.splitlines()) if re.match(beginning, line))
    return line


class Followed(unittest.TestCase):
    """An empty folder with what the page has one write into it, and the node that it has one start."""

    def setUp(self):
        self.folder = Path(tempfile.mkdtemp(prefix="fourth-app-"))
        self.addCleanup(shutil.rmtree, self.folder, ignore_errors=True)
        for language, file in (("js", "chat.mjs"), ("go", "chat.go")):
            (code,) = re.findall(rf"^```{language}\n(.*?)^```", PAGE, re.M | re.S)
            (self.folder / file).write_text(code)
        self.ports = {port: str(free_port()) for port in ("5000", "5001", "5002")}
        self.env = {**os.environ, "PATH": f"{BIN}{os.pathsep}{os.environ['PATH']}", "GOCACHE": str(ROOT / "target" / "go"), "GOTOOLCHAIN": "local"}
        subprocess.run(["sh", "-c", self.here(command("integrador mesh "))], cwd=self.folder, env=self.env, check=True, capture_output=True, timeout=PATIENCE)
        self.hub = self.start("hub", command("integrador serve "))

    def here(self, line):
        """A line of the page, on the ports of this test."""
        return re.sub(r"\b500[012]\b", lambda port: self.ports[port[0]], line)

    def start(self, name, line):
        """Starts what a line of the page says, and waits until it answers. What it prints is in NAME.out, one after the other."""
        out, before = self.folder / f"{name}.out", self.printed(name).count("listening on")
        with open(out, "ab") as file:
            words = ["sh", "-c", f"exec {self.here(line)}"]
            process = subprocess.Popen(words, cwd=self.folder, env=self.env, stdin=subprocess.PIPE, stdout=file, stderr=file, text=True, start_new_session=True)
        self.addCleanup(process.stdin.close)
        self.addCleanup(process.wait, PATIENCE)
        self.addCleanup(self.kill, process)
        self.eventually(f"{name} answers", lambda: self.printed(name).count("listening on") > before or process.poll() is not None)
        self.assertIsNone(process.poll(), self.printed(name))
        return process

    def printed(self, name):
        out = self.folder / f"{name}.out"
        return out.read_text() if out.exists() else ""

    def kill(self, process):
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait(PATIENCE)

    def eventually(self, what, is_so):
        deadline = time.monotonic() + PATIENCE
        while not is_so():
            printed = "".join(f"--- {out.name}\n{out.read_text()}" for out in sorted(self.folder.glob("*.out")))
            self.assertLess(time.monotonic(), deadline, f"{what}: not within {PATIENCE} s\n{printed}")
            time.sleep(0.05)

    def type(self, process, line):
        process.stdin.write(f"{line}\n")
        process.stdin.flush()

    def sees(self, name, *lines):
        """Everything of this, once and in this order."""
        wanted = [f"message of {line}" for line in lines]
        self.eventually(f"{name} sees {lines}", lambda: wanted[-1] in self.printed(name))
        self.assertEqual([line for line in self.printed(name).splitlines() if line in wanted], wanted)


class Ways:
    """What is tested in each language."""

    def test_two_applications_talk_and_the_one_that_was_killed_gets_what_it_missed(self):
        norte_line, sur_line = self.lines()
        norte, sur = self.start("Norte", norte_line), self.start("Sur", sur_line)
        self.eventually("Sur knows the room", lambda: "room of Norte: Plaza" in self.printed("Sur"))
        self.type(norte, "hola, Sur")
        self.type(sur, "¿qué tal?")
        self.sees("Sur", "Norte: hola, Sur")
        self.sees("Norte", "Sur: ¿qué tal?")
        self.kill(sur)
        for line in ("uno", "dos", "tres"):
            self.type(norte, line)
        self.start("Sur", sur_line)
        self.sees("Sur", "Norte: hola, Sur", "Norte: uno", "Norte: dos", "Norte: tres")

    def test_a_platform_is_judged_and_conforms(self):
        _, sur_line = self.lines()
        sur = self.start("Sur", sur_line)
        self.eventually("Sur is announced", self.announced)
        self.judged(command("integrador conform .*--member"))
        self.kill(self.hub)  # `conform` takes its place
        posts = self.judging(command("integrador conform .*--expect-posts"))
        self.eventually("a message is asked for", lambda: "Now write a message" in self.printed("conform") or posts.poll() is not None)
        self.type(sur, "¿cómo estoy?")
        self.ends_well(posts)

    def judging(self, line):
        token = command("export TOKEN=")
        with open(self.folder / "conform.out", "wb") as out:
            process = subprocess.Popen(["sh", "-c", f"{token}\nexec {self.here(line)}"], cwd=self.folder, env=self.env, stdin=subprocess.DEVNULL, stdout=out, stderr=out, start_new_session=True)
        self.addCleanup(self.kill, process)
        return process

    def judged(self, line):
        self.ends_well(self.judging(line))
        (checks,) = re.findall(r"pass it: `(.*)`", PAGE)
        self.assertIn(checks, self.printed("conform"))

    def ends_well(self, process):
        self.assertEqual(process.wait(JUDGED), 0, self.printed("conform"))
        self.assertIn("It conforms.", self.printed("conform"))


class InNode(Ways, Followed):
    def lines(self):
        norte = command("node chat.mjs Norte")
        return norte, norte.replace("Norte", "Sur").replace("5001", "5002")

    def announced(self):
        return '"answered"' in (self.folder / "Sur.jsonl").read_text()

    def test_what_was_typed_while_the_gateway_was_away_is_posted_after_a_crash(self):
        norte_line, sur_line = self.lines()
        norte = self.start("Norte", norte_line)
        self.start("Sur", sur_line)
        self.eventually("Sur knows the room", lambda: "room of Norte: Plaza" in self.printed("Sur"))
        self.kill(self.hub)
        self.type(norte, "uno")
        self.type(norte, "dos")
        self.eventually("both are kept", lambda: '"dos"' in (self.folder / "Norte.jsonl").read_text())
        self.kill(norte)
        self.start("Norte", norte_line)
        self.start("hub", command("integrador serve "))
        self.sees("Sur", "Norte: uno", "Norte: dos")


@unittest.skipUnless(shutil.which("go"), "no `go` is on the PATH")
class InGo(Ways, Followed):
    def lines(self):
        sur = command("go run chat.go Sur")
        return sur.replace("Sur", "Norte").replace("5002", "5001"), sur

    def announced(self):
        return "posted user 200" in self.printed("Sur")


if __name__ == "__main__":
    unittest.main()
