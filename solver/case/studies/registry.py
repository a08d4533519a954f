"""The kinds of studies. This tuple is the only list of them: the schema, its messages and docs/cases.md follow from it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Union

from pydantic import Field

from meshes.quantity import has_type
from solver.case.studies.base import Study
from solver.case.studies.impedance import Impedance
from solver.case.studies.reversal import Reversal
from solver.case.studies.steady import Steady, Sweep
from solver.case.studies.transient import Transient

STUDIES: tuple[type[Study], ...] = (Steady, Sweep, Transient, Impedance, Reversal)

if TYPE_CHECKING:
    AnyStudy = Study
else:
    AnyStudy = Annotated[
        Union[STUDIES],  # noqa: UP007 (made from the tuple)
        Field(discriminator="type"),
        has_type(*(study.kind() for study in STUDIES)),
    ]
