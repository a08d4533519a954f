"""Compiling of forms by the libraries: without a word, and in a folder that can be written."""

from __future__ import annotations

import atexit
import os
import shutil
import tempfile
from pathlib import Path

from mpi4py import MPI

from solver.parallel.ranks import on_root

QUIET = "-Wno-unused-variable"
"""Flag of the C compiler: some forms have tables that they do not use, which it would tell the user."""


def compile_quietly() -> None:
    """Let the C compiler say nothing of what the libraries write."""
    flags = os.environ.get("CFLAGS", "")
    if QUIET not in flags.split():
        os.environ["CFLAGS"] = f"{flags} {QUIET}".strip()


def make_cache_usable(comm: MPI.Comm) -> str:
    """Let the libraries use a temporary folder where there is no home or no cache that can be written; what is to be said, ""
    without need. Collective; to be called before DOLFINx is imported, which looks for its cache then.
    """
    usual = _usual()
    folder = on_root(comm, lambda: "" if _is_writable(usual) else tempfile.mkdtemp(prefix="nanochannel-"))
    if not folder:
        return ""
    if comm.rank == 0:
        atexit.register(shutil.rmtree, folder, ignore_errors=True)
    os.environ["XDG_CACHE_HOME"] = folder
    if usual is None:
        os.environ["HOME"] = folder
    return f"{usual or 'the home'} cannot be written: forms are compiled anew in {folder}"


def _usual() -> Path | None:
    """Where caches are without further ado; None without a home that is a folder."""
    try:
        home = Path.home()
    except RuntimeError:
        return None
    if home.exists() and not home.is_dir():
        return None
    return Path(os.environ.get("XDG_CACHE_HOME") or home / ".cache")


def _is_writable(folder: Path | None) -> bool:
    """Whether a file can be made there; the folder is made if it is missing."""
    if folder is None:
        return False
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            return True
    except OSError:
        return False
