"""What users get of Rust but the wheel: the native libraries of the jars and of the NuGet packages, and the program, optimised, stripped, for
glibc 2.28 or newer.

One command builds all of them: what they share is compiled once, and the optimisation of the whole, which takes one core for minutes, goes on for
several at a time.
"""

import os
import runpy
import sys
from pathlib import Path

import bounded

ROOT = Path(__file__).resolve().parent.parent
PINS = ROOT / "tests" / "native.txt"
TRIPLE = "x86_64-unknown-linux-gnu"
WHAT = ["-p", "integrador-jni", "-p", "integrador-ffi", "-p", "integrador-cli", "--lib", "--bin", "integrador"]
LONGEST = 20 * 60
"""Seconds that it may take, from nothing."""


def build():
    """The folder of all of them."""
    print("native: what users get, optimised (some minutes the first time)", flush=True)
    python = runpy.run_path(str(ROOT / "tests" / "python" / "run"))
    tools = python["environment"](ROOT / "target" / "native" / "tools", PINS)
    # cargo-zigbuild takes the zig beside it.
    path = f"{tools}{os.pathsep}{os.environ['PATH']}"
    env = {**os.environ, "PATH": path, "CARGO_TARGET_DIR": str(ROOT / "target"), "CARGO_PROFILE_RELEASE_STRIP": "symbols"}
    status = bounded.run([tools / "cargo-zigbuild", "zigbuild", "--release", "--target", f"{TRIPLE}.2.28", *WHAT], LONGEST, cwd=ROOT, env=env)
    if status:
        sys.exit(f"native: cargo ended with {status}")
    return ROOT / "target" / TRIPLE / "release"
