"""For pytest: `pytest_plugins = ["integrador.testing.fixtures"]` in a `conftest.py`."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from . import Mesh


@pytest.fixture
def integrador_mesh() -> Iterator[Callable[..., Mesh]]:
    """Opens a `Mesh` of platforms of these names, with these options; it is closed after the test."""
    with contextlib.ExitStack() as opened:

        def mesh(*platforms: str, **options: Any) -> Mesh:
            return opened.enter_context(Mesh(*platforms, **options))

        yield mesh
