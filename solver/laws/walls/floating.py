"""Floating conductors: walls of metal on their own, whose charge is given and whose potential follows."""

from __future__ import annotations

from typing import Any, ClassVar

from meshes.quantity import Charge
from solver.laws.walls.base import Given
from solver.laws.walls.metal import Metal


class FloatingConductor(Metal):
    """A metal on the outside of a solid or in the liquid, connected to nothing, that no ion passes: its potential is one
    number and unknown, its charge in total is given. The liquid at it has that potential, or the potential drops in a
    Stern layer between them (see `solver.laws.walls.stern`)."""

    key: ClassVar[str] = "charge"
    annotation: ClassVar[Any] = Charge | None
    meaning: ClassVar[str] = (
        "Makes the wall a floating conductor that no ion passes: its charge in total, of the whole device (in planar ones"
        " over their whole width); its potential follows."
    )
    holds: ClassVar[Given | None] = "charge"
