"""How the compiler translates the kernels that integrate forms over cells."""

from __future__ import annotations

import platform
from functools import cache
from pathlib import Path

from dolfinx import jit
from mpi4py import MPI

ARGUMENTS = (
    "-O3",
    "-g0",
    # sums may be taken in another order, so that loops run on several numbers at once; infinities and NaN stay what they are
    "-fno-math-errno",
    "-fno-trapping-math",
    "-fno-signed-zeros",
    "-fassociative-math",
)
"""Of the C compiler. DOLFINx asks for -O2 alone, with which assembly in space takes twice to three times as long."""

WIDE = (("avx2", "-mavx2"), ("fma", "-mfma"))
"""What processors may know, as they name it, and the arguments that use it."""


def compile_fast(comm: MPI.Comm) -> None:
    """Let DOLFINx compile forms with these arguments from now on, for what the processors of all ranks know; options of the
    user's own (dolfinx_jit_options.json) go before. Collective."""
    known = _known()
    common = [argument for name, argument in WIDE if comm.allreduce(name in known, op=MPI.LAND)]
    set_default("cffi_extra_compile_args", [*ARGUMENTS, *common])


def set_default(option: str, value: object) -> None:
    """Change an option with which DOLFINx compiles unless the user has another one; nothing where it has no such option."""
    options = getattr(jit, "DOLFINX_DEFAULT_JIT_OPTIONS", {})
    if option in options:
        options[option] = (value, options[option][1])


@cache
def _known() -> frozenset[str]:
    """What this processor knows, as far as the system tells."""
    if platform.machine() not in ("x86_64", "AMD64"):
        return frozenset()
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="ascii", errors="replace").splitlines()
    except OSError:
        return frozenset()
    return frozenset(next((line for line in lines if line.startswith("flags")), "").split())
