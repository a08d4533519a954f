"""Numbers of a material that are the same everywhere in it, or a formula of the position."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Discriminator, Tag, field_validator

from meshes.quantity import Description, PositiveNumber, Unit
from solver.laws.algebra import Algebra
from solver.laws.formulas import formula_in
from solver.laws.profiles import form_of, formula_of_place, off_axis


class PositionFormula(Description):
    """A formula of the position in metres: z along the axis and r away from it (in planar devices across them), in the
    coordinates of the mesh file, or of the channel that the program draws; the arithmetic is that of `fixed_charge`."""

    type: Literal["expression"] = "expression"
    formula: str
    """Gives the number."""

    @field_validator("formula", mode="before")
    @classmethod
    def _is_arithmetic(cls, formula: Any) -> Any:
        return formula_of_place(formula, "1 - 0.8 * z / 1e-6")

    def at(self, position: Any, m: Algebra) -> Any:
        """The number at a position (m): axial, and away from the axis along one or two coordinates."""
        return formula_in(self.formula, {"z": position[0], "r": off_axis(position, m)}, m)


def _form_of(value: Any) -> str:
    """Which of the forms a number has; what is no formula will be said by that."""
    return "constant" if form_of(value) == "constant" else "expression"


Factor = Annotated[
    Annotated[PositiveNumber, Tag("constant")] | Annotated[PositionFormula, Tag("expression")], Discriminator(_form_of)
]
"""A positive number."""

Barrier = Annotated[
    Annotated[float, Unit("kT", "1 kT"), Tag("constant")] | Annotated[PositionFormula, Tag("expression")],
    Discriminator(_form_of),
]
"""An energy in units of kT."""
