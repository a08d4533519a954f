"""Compiling of forms by the libraries: without a word, and in a folder that can be written."""

from __future__ import annotations

import atexit
import os
import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from mpi4py import MPI

from solver.parallel.ranks import on_root

try:
    import fcntl
except ImportError:  # not on Windows
    fcntl = None  # type: ignore[assignment]

PATIENCE = 600
"""Seconds for which a form is waited for that another program compiles; the libraries' own ten are too few."""

OLD = 60.0
"""Seconds after which a form without its library is one that nobody is writing."""

QUIET = "-Wno-unused-variable"
"""Flag of the C compiler: some forms have tables that they do not use, which it would tell the user."""


def compile_quietly() -> None:
    """Let the C compiler say nothing of what the libraries write."""
    flags = os.environ.get("CFLAGS", "")
    if QUIET not in flags.split():
        os.environ["CFLAGS"] = f"{flags} {QUIET}".strip()


@contextmanager
def shared_cache(comm: MPI.Comm) -> Iterator[None]:
    """Let several programs compile at the same time: each waits for a form that another one compiles, as long as that takes,
    and what a program has left that was killed while it compiled is removed once nobody compiles. Collective.
    """
    from dolfinx import jit

    from solver.parallel.kernels import set_default

    set_default("timeout", PATIENCE)
    handle = on_root(comm, lambda: _hold(Path(str(jit.get_options()["cache_dir"]))), share=False)
    try:
        yield
    finally:
        if comm.rank == 0 and handle is not None:
            os.close(handle)


def _hold(folder: Path) -> int | None:
    """Handle of a lock on a folder of compiled forms, shared among all who use it until they close it; None without one.

    The first one removes the marks of forms that nobody compiles any more: everybody would wait for them in vain. Programs
    other than this one do not take the lock, so that a young mark may be one of theirs, and is watched until it is old.
    """
    if fcntl is None:
        return None
    try:
        folder.mkdir(parents=True, exist_ok=True)
        handle = os.open(folder / ".nanochannel.lock", os.O_RDWR | os.O_CREAT, 0o666)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            pass
        else:
            for mark in folder.glob("libffcx_*.c"):
                _remove_when_old(mark)
        fcntl.flock(handle, fcntl.LOCK_SH)
    except OSError:
        return None
    return handle


def _remove_when_old(mark: Path) -> None:
    """Remove the mark of a form that nobody compiles; one that is done with stays."""
    while not mark.with_suffix(".c.cached").exists():
        try:
            if abs(time.time() - mark.stat().st_mtime) > OLD:  # the clock of a file server may be ahead
                mark.unlink()
                return
        except FileNotFoundError:
            return
        time.sleep(0.5)


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
