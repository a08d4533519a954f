"""How the compiler translates the kernels that integrate forms over cells."""

from __future__ import annotations

import platform
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
    known, options = _known(), getattr(jit, "DOLFINX_DEFAULT_JIT_OPTIONS", {})
    common = [argument for name, argument in WIDE if comm.allreduce(name in known, op=MPI.LAND)]
    if "cffi_extra_compile_args" in options:
        options["cffi_extra_compile_args"] = ([*ARGUMENTS, *common], options["cffi_extra_compile_args"][1])


def _known() -> frozenset[str]:
    """What this processor knows, as far as the system tells."""
    if platform.machine() not in ("x86_64", "AMD64"):
        return frozenset()
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="ascii", errors="replace").splitlines()
    except OSError:
        return frozenset()
    return frozenset(next((line for line in lines if line.startswith("flags")), "").split())
