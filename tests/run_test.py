"""Tests of what runs the checks: `python3 -m unittest tests/run_test.py`."""

import importlib.machinery
import importlib.util
import os
import subprocess
import sys
import time
import unittest
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.dont_write_bytecode = True
sys.path.insert(0, str(HERE))
import bounded

loader = importlib.machinery.SourceFileLoader("run", str(HERE / "run"))
run = importlib.util.module_from_spec(importlib.util.spec_from_loader("run", loader))
loader.exec_module(run)


class Bounded(unittest.TestCase):
    def test_a_command_that_hangs_is_ended_with_all_that_it_has_started(self):
        # One in a session of its own whose parent has ended, as nothing else would find it.
        hangs = "setsid sleep 31415 & sh -c 'setsid sleep 31415 &'; sleep 31415"
        begin = time.monotonic()
        status = bounded.run(["sh", "-c", hangs], 0.5, stderr=subprocess.DEVNULL)
        self.assertEqual(status, bounded.TIMED_OUT)
        self.assertLess(time.monotonic() - begin, 5)
        self.assertEqual(bounded.descendants(), [])

    def test_what_a_command_leaves_behind_is_ended(self):
        self.assertEqual(bounded.run(["sh", "-c", "setsid sleep 31415 & exit 3"], 60), 3)
        self.assertEqual(bounded.descendants(), [])

    def test_who_has_lost_its_parent_is_not_there_any_more_once_it_has_ended(self):
        orphan = "child=$(sh -c 'sleep 0.1 >&2 & echo $!'); while kill -0 $child 2>&-; do sleep 0.02; done"
        self.assertEqual(bounded.run(["sh", "-c", orphan], 5), 0)

    def test_a_runner_that_is_told_to_end_ends_what_it_runs(self):
        code = "import bounded; bounded.run(['sh', '-c', 'echo began; sleep 31415'], 60)"
        with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True, env={**os.environ, "PYTHONPATH": str(HERE)}) as runner:
            self.assertEqual(runner.stdout.readline(), "began\n")
            runner.terminate()
            self.assertEqual(runner.wait(10), 128 + 15)
            self.assertEqual(runner.stdout.read(), "", "nobody holds the pipe any more")

    def test_a_runner_that_is_told_to_end_while_it_starts_a_command_ends_that_too(self):
        code = """
import os, signal, bounded
start = bounded.start
def interrupted(*args, **options):
    process = start(*args, **options)
    os.kill(os.getpid(), signal.SIGTERM)
    return process
bounded.start = interrupted
bounded.run(['sleep', '31415'], 60)
"""
        with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True, env={**os.environ, "PYTHONPATH": str(HERE)}) as runner:
            self.assertEqual(runner.wait(10), 128 + 15)
            self.assertEqual(runner.stdout.read(), "", "nobody holds the pipe any more")


class Msrv(unittest.TestCase):
    def test_every_package_that_wants_a_newer_rust_is_named(self):
        package = lambda name, wants: {"name": name, "version": "1.2.3", "rust_version": wants}
        packages = [package("a", "1.90"), package("b", None), package("c", "1.89"), package("d", "1.89.1"), package("e", "1.100.0"), package("f", "1.9")]
        self.assertEqual(run.too_new(packages, "1.89"), ["a 1.2.3: 1.90", "d 1.2.3: 1.89.1", "e 1.2.3: 1.100.0"])


if __name__ == "__main__":
    unittest.main()
