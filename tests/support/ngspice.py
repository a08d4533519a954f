"""Netlists run by ngspice, and what it has found."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

NGSPICE = shutil.which("ngspice")

needs_ngspice = pytest.mark.skipif(NGSPICE is None, reason="ngspice is not installed")


def simulated(netlist: str, folder: Path) -> dict[str, NDArray[Any]]:
    """Columns by the names that ngspice gives them: "time", "v(node)", "i(source)"."""
    assert NGSPICE is not None
    (folder / "netlist.cir").write_text(netlist, encoding="utf-8")
    words = [NGSPICE, "-b", "-r", "found.raw", "netlist.cir"]
    done = subprocess.run(words, cwd=folder, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return read_raw(folder / "found.raw")


def read_raw(file: Path) -> dict[str, NDArray[Any]]:
    """Columns of a raw file, real or complex."""
    head, _, body = file.read_bytes().partition(b"Binary:\n")
    lines = head.decode().splitlines()
    size, rows = (
        int(next(line for line in lines if line.startswith(word)).partition(":")[2])
        for word in ("No. Var", "No. Points")
    )
    first = lines.index("Variables:") + 1
    names = [line.split()[1] for line in lines[first : first + size]]
    kind = np.dtype(complex if any(line.startswith("Flags: complex") for line in lines) else float)
    numbers = np.frombuffer(body[: kind.itemsize * size * rows], kind).reshape(rows, size)
    return dict(zip(names, numbers.T.copy(), strict=True))
