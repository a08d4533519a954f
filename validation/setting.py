"""What sections share during one validation: how fine, the shipped cases, and their results, each computed once."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from mpi4py import MPI

from postprocess.tables.result import Result
from python_interface.simulate import simulate
from solver.case.loading import load_case
from solver.inputs.errors import CaseError

if TYPE_CHECKING:
    from collections.abc import Sequence


@dataclass
class Setting:
    """How a validation is done. Collective.

    Attributes:
        comm: the ranks.
        quick: a subset of the checks, coarser sweeps.
        scratch: folder for the results of shipped cases; the same on all ranks.
    """

    comm: MPI.Comm
    quick: bool
    scratch: Path
    _results: dict[tuple[str, ...], Result] = field(default_factory=dict)

    def shipped(self, name: str, overrides: Sequence[str] = ()) -> Result:
        """The result of a shipped case, with overrides KEY=VALUE; computed at the first call."""
        key = (name, *overrides)
        if key not in self._results:
            case = load_case(shipped_cases() / name, list(overrides))
            path = self.scratch / f"{len(self._results)}-{name}"
            self._results[key] = simulate(case, path, progress=False, comm=self.comm)
        return self._results[key]


def shipped_cases() -> Path:
    """The folder of the shipped cases: beside the program, else the current folder (as in the container).

    Raises:
        CaseError: there are none.
    """
    here = Path(__file__).parents[1] / "cases"
    for folder in (here, Path("cases"), Path()):
        if (folder / "conical_rectifier" / "case.yaml").is_file():
            return folder
    raise CaseError("the shipped cases are not here; run this in the folder of the program, or in its folder 'cases'")
