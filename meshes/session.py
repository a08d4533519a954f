"""Gmsh's global state, opened and closed in one place."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any


@contextmanager
def gmsh_session() -> Iterator[Any]:
    """Gmsh, silent and with an empty model, closed at the end whatever happens."""
    import gmsh

    gmsh.initialize(interruptible=False)
    try:
        gmsh.option.setNumber("General.Terminal", 0)
        gmsh.model.add("nanochannel")
        yield gmsh
    finally:
        gmsh.finalize()
