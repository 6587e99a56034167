"""What something is built of, as one number: so that it is built anew only when that has changed."""

import hashlib
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


def made_of(files, *more):
    """The number of these files of the project, and of what else counts, as text."""
    all_of_it = hashlib.sha256(" ".join(more).encode())
    for file in sorted(files):
        all_of_it.update(f"{file.relative_to(ROOT)} {hashlib.sha256(file.read_bytes()).hexdigest()}".encode())
    return all_of_it.hexdigest()
