"""Ways of docs/fourth-app.md, followed literally from an empty folder, but on ports that are free: by HTTP in Node.js, by HTTP in Go where a
`go` is on the PATH, and in Rust by the guide, docs/rust.md. The guides of Python, Java and C# are followed by the tests of these languages.
`BIN=target/debug python3 tests/fourth_app_test.py`: BIN is the folder of the program `integrador`; the chat in Rust is compiled in target.
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
import tutorial
from ports import free_port

PAGE = (ROOT / "docs" / "fourth-app.md").read_text()
COMMANDS = re.findall(r"^ *```sh\n(.*?)```", PAGE, re.M | re.S)
BIN = (ROOT / os.environ.get("BIN", "target/debug")).resolve()
PATIENCE = 60  # seconds, on a busy machine
COMPILED = 20 * 60  # what compiling may take there, from nothing
JUDGED = 300  # what `conform` may take there


def command(beginning):
    """The one line of the page's commands that begins so."""
    (line,) = (line for block in COMMANDS for line in map(str.strip, block.splitlines()) if re.match(beginning, line))
    return line


class Folder(unittest.TestCase):
    """An empty folder, and the programs that a page has one start in it."""

    ready = "listening on"  # what each of them prints when it can be written to

    def setUp(self):
        self.folder = Path(tempfile.mkdtemp(prefix="fourth-app-"))
        self.addCleanup(shutil.rmtree, self.folder, ignore_errors=True)
        self.ports = {port: str(free_port()) for port in ("5000", "5001", "5002")}
        self.env = {**os.environ, "PATH": f"{BIN}{os.pathsep}{os.environ['PATH']}"}

    def run_line(self, line, limit=PATIENCE):
        done = subprocess.run(["sh", "-ec", self.here(line)], cwd=self.folder, env=self.env, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=limit)
        self.assertEqual(done.returncode, 0, f"{line}\n{done.stdout}{done.stderr}")

    def here(self, line):
        """A line of the page, on the ports of this test."""
        return re.sub(r"\b500[012]\b", lambda port: self.ports[port[0]], line)

    def start(self, name, line):
        """Starts what a line of the page says, and waits until it answers. What it prints is in NAME.out, one after the other."""
        out, before = self.folder / f"{name}.out", self.printed(name).count(self.ready)
        with open(out, "ab") as file:
            words = ["sh", "-c", f"exec {self.here(line)}"]
            process = subprocess.Popen(words, cwd=self.folder, env=self.env, stdin=subprocess.PIPE, stdout=file, stderr=file, text=True, start_new_session=True)
        self.addCleanup(process.stdin.close)
        self.addCleanup(process.wait, PATIENCE)
        self.addCleanup(self.kill, process)
        self.eventually(f"{name} answers", lambda: self.printed(name).count(self.ready) > before or process.poll() is not None)
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

    def sees(self, name, *wanted):
        """Everything of this, once and in this order."""
        wanted = list(wanted)
        self.eventually(f"{name} sees {wanted}", lambda: wanted[-1] in self.printed(name))
        self.assertEqual([line for line in self.printed(name).splitlines() if line in wanted], wanted)


class Talk:
    """What the chats of every language do."""

    # Shows promises 2 and 4.
    def test_two_applications_talk_and_the_one_that_was_killed_gets_what_it_missed(self):
        norte_line, sur_line = self.lines()
        norte, sur = self.start("Norte", norte_line), self.start("Sur", sur_line)
        self.eventually("Sur knows the room", lambda: self.room in self.printed("Sur"))
        self.type(norte, "hola, Sur")
        self.type(sur, "¿qué tal?")
        self.sees("Sur", self.of("Norte", "hola, Sur"))
        self.sees("Norte", self.of("Sur", "¿qué tal?"))
        self.kill(sur)
        for line in ("uno", "dos", "tres"):
            self.type(norte, line)
        self.start("Sur", sur_line)
        self.sees("Sur", *(self.of("Norte", line) for line in ("hola, Sur", "uno", "dos", "tres")))
        self.judge()


class ByHttp(Talk):
    """What the page has one write into the folder, and the node that it has one start."""

    room = "room of Norte: Plaza"

    def setUp(self):
        super().setUp()
        for language, file in (("js", "chat.mjs"), ("go", "chat.go")):
            (code,) = re.findall(rf"^```{language}\n(.*?)^```", PAGE, re.M | re.S)
            (self.folder / file).write_text(code)
        self.env |= {"GOCACHE": str(ROOT / "target" / "go"), "GOTOOLCHAIN": "local"}
        self.run_line(command("integrador mesh "))
        self.hub = self.start("hub", command("integrador serve "))

    def of(self, platform, text):
        return f"message of {platform}: {text}"

    def judge(self):
        """By `conform`, in a test of its own."""

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


class InNode(ByHttp, Folder):
    def lines(self):
        norte = command("node chat.mjs Norte")
        return norte, norte.replace("Norte", "Sur").replace("5001", "5002")

    def announced(self):
        return '"answered"' in (self.folder / "Sur.jsonl").read_text()

    # Shows promise 2.
    def test_what_was_typed_while_the_gateway_was_away_is_posted_after_a_crash(self):
        norte_line, sur_line = self.lines()
        norte = self.start("Norte", norte_line)
        self.start("Sur", sur_line)
        self.eventually("Sur knows the room", lambda: self.room in self.printed("Sur"))
        self.kill(self.hub)
        self.type(norte, "uno")
        self.type(norte, "dos")
        self.eventually("both are kept", lambda: '"dos"' in (self.folder / "Norte.jsonl").read_text())
        self.kill(norte)
        self.start("Norte", norte_line)
        self.start("hub", command("integrador serve "))
        self.sees("Sur", self.of("Norte", "uno"), self.of("Norte", "dos"))


@unittest.skipUnless(shutil.which("go"), "no `go` is on the PATH")
class InGo(ByHttp, Folder):
    def lines(self):
        sur = command("go run chat.go Sur")
        return sur.replace("Sur", "Norte").replace("5002", "5001"), sur

    def announced(self):
        return "posted user 200" in self.printed("Sur")

    def test_the_program_is_in_the_format_of_go(self):
        done = subprocess.run(["gofmt", "-d", "chat.go"], cwd=self.folder, env=self.env, capture_output=True, text=True, timeout=PATIENCE)
        self.assertEqual((done.returncode, done.stdout, done.stderr), (0, "", ""))


class InRust(Talk, Folder):
    """The first three sections of the guide, in a checkout that is this one."""

    ready = "Running `"  # of cargo, which then becomes the program
    room = "  room Norte:1: Plaza"

    def setUp(self):
        super().setUp()
        (self.folder / "integrador").symlink_to(ROOT)
        # Compiled as the workspace is, so that what both need is compiled once.
        self.env |= {"CARGO_TARGET_DIR": os.environ.get("CARGO_TARGET_DIR", str(ROOT / "target")), "CARGO_PROFILE_DEV_DEBUG": "line-tables-only", "CARGO_TERM_COLOR": "never"}
        project, registries, program = re.split(r"^## \d\. ", (ROOT / "docs" / "rust.md").read_text(), flags=re.M)[1:4]
        self.follow(project)
        self.folder /= "hello-chat"
        shutil.copy(ROOT / "Cargo.lock", self.folder)  # the versions with which all else is tested
        self.follow(registries)
        (code,) = re.findall(r"^`src/main.rs`:\n\n```rust,no_run\n(.*?)^```", program, re.M | re.S)
        (self.folder / "src" / "main.rs").write_text(code)
        self.programs = re.findall(r"^cargo run .*", program, re.M)
        self.run_line("cargo build", COMPILED)

    def follow(self, section):
        for commands in re.findall(r"^```sh\n(.*?)^```", section, re.M | re.S):
            self.run_line(commands, COMPILED)

    def lines(self):
        return self.programs

    def of(self, platform, text):
        return f"Ana ({platform}) in Norte:1: {text}"

    def judge(self):
        tutorial.judge(self.folder, BIN)


if __name__ == "__main__":
    unittest.main()
