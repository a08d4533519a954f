"""The command line in a process of its own, and the tables that it leaves."""

from __future__ import annotations

import csv
import os
import subprocess
import sys
from pathlib import Path

from tests.support.paths import ROOT

MPI_SETTINGS = {
    "OMPI_ALLOW_RUN_AS_ROOT": "1",
    "OMPI_ALLOW_RUN_AS_ROOT_CONFIRM": "1",
    "OMPI_MCA_rmaps_base_oversubscribe": "true",
    "PRTE_MCA_rmaps_default_mapping_policy": ":oversubscribe",
    "OMPI_MCA_mpi_yield_when_idle": "true",
}


def call(*arguments: object, ranks: int = 1, **more: object) -> subprocess.CompletedProcess[str]:
    """Run the command line in a process of its own."""
    launcher = ["mpirun", "-n", str(ranks)] if ranks > 1 else []
    command = [*launcher, sys.executable, "-m", "nanochannel", *map(str, arguments)]
    environment = {**os.environ, **MPI_SETTINGS, "PYTHONPATH": str(ROOT)}
    return subprocess.run(command, capture_output=True, text=True, check=False, env=environment, timeout=600, **more)  # type: ignore[call-overload,no-any-return]


def table(result: Path, name: str = "observables.csv") -> list[dict[str, str]]:
    """Rows of a CSV file of a result."""
    with (result / name).open(newline="") as file:
        return list(csv.DictReader(file))
