"""The command line: the program `integrador` that comes with the package, and `python -m integrador`.

It is the one in Rust, in this process: it writes to standard output and standard error itself, and takes Ctrl-C itself.
"""

from __future__ import annotations

import signal
import sys

from . import _native


def main() -> int:
    """Runs the command that the arguments name; the exit code."""
    # Python's own handler would only note a Ctrl-C, and raise when the command is over.
    if signal.getsignal(signal.SIGINT) is signal.default_int_handler:
        signal.signal(signal.SIGINT, signal.SIG_DFL)
    return _native.run_command(["integrador", *sys.argv[1:]])


if __name__ == "__main__":
    sys.exit(main())
