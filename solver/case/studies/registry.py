"""The kinds of studies."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from meshes.quantity import has_type
from solver.case.studies.impedance import Impedance
from solver.case.studies.steady import Steady, Sweep
from solver.case.studies.transient import Transient

Study = Annotated[
    Steady | Sweep | Transient | Impedance,
    Field(discriminator="type"),
    has_type("steady", "sweep", "transient", "impedance"),
]
