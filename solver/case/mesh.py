"""Mesh controls of a case: cell sizes, or a tolerance."""

from __future__ import annotations

import dataclasses
from typing import Annotated, Any, ClassVar

from pydantic import Field, GetCoreSchemaHandler
from pydantic_core import core_schema

from meshes.quantity import Description, PlainNumber, PositiveNumber, Unit, Whole, at_most

GOALS_OF_THE_DRIVEN = ("current", "flow_rate", "rectification_ratio")
"""What can be aimed at of the driven terminal; other goals are columns of observables.csv."""


@dataclasses.dataclass(frozen=True)
class MeshSize:
    """A cell size: a length in metres, or a multiple of the Debye length ("0.3 debye_length")."""

    value: float
    in_debye_lengths: bool = False

    unit: ClassVar[Unit] = Unit("m", "0.3 debye_length", "positive")

    def metres(self, debye_length: float) -> float:
        """The size in metres where the Debye length is `debye_length` metres."""
        return self.value * debye_length if self.in_debye_lengths else self.value

    def written(self) -> str | float:
        """As a case file holds it."""
        return f"{self.value!r} debye_length" if self.in_debye_lengths else self.value

    @classmethod
    def read(cls, value: Any) -> MeshSize:
        """From a case file's value; PydanticCustomError when it is not a size."""
        if isinstance(value, MeshSize):
            return value
        number, _, word = value.strip().partition(" ") if isinstance(value, str) else ("", "", "")
        if word.strip() in ("debye_length", "debye_lengths"):
            # (pint's own "debye" is a dipole moment, so this unit is ours)
            return cls(Unit("", "0.3 debye_length", "positive").read(number), in_debye_lengths=True)
        return cls(cls.unit.read(value))

    @classmethod
    def __get_pydantic_core_schema__(cls, source: Any, handler: GetCoreSchemaHandler) -> core_schema.CoreSchema:
        return core_schema.no_info_plain_validator_function(
            cls.read, serialization=core_schema.plain_serializer_function_ser_schema(cls.written)
        )

    @classmethod
    def __get_pydantic_json_schema__(cls, schema: core_schema.CoreSchema, handler: Any) -> dict[str, Any]:
        return cls.unit.json_schema()


class MeshControl(Description):
    """How fine the mesh is: by sizes, whose defaults give rectification ratios to about 0.2 %, or by a tolerance."""

    tolerance: Annotated[PositiveNumber, at_most(0.5, "0.2 %")] | None = None
    """Adapts the mesh until the estimated relative error of the goal is below it, e.g. "0.2 %". The sizes below are then
    chosen by the program; a mesh file is refined from what it is."""
    goal: str = "current"
    """Number that has to meet the tolerance, at the ends of the sweep: current, flow_rate or rectification_ratio of the
    driven terminal, or any column of observables.csv that has an error column, without its unit, e.g. charge_left or
    salt_mean."""
    most_unknowns: Whole = Field(default=300_000, ge=1000, le=10**9)
    """Size at which the adaptation gives up, and says so."""
    wall_size: MeshSize = MeshSize(0.3, in_debye_lengths=True)
    """First cell at a charged wall."""
    corner_size: MeshSize = MeshSize(0.03, in_debye_lengths=True)
    """Cells at the corners of the mouths."""
    growth: PlainNumber = Field(default=1.8, ge=1.01, le=10.0)
    """Ratio of neighbouring cells in the graded layers."""
    axial_cells: Whole = Field(default=16, ge=1, le=100_000)
    """Least number of cells along the channel between the graded parts."""
    refinement: Whole = Field(default=0, ge=0, le=4)
    """Halves every cell that many times."""
