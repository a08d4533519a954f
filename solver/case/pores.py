"""The pores of a case that are no part of the mesh, and the walls that are their mouths."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from meshes.quantity import did_you_mean, misfit
from meshes.quoting import quoted
from solver.case.walls import Wall
from solver.inputs.choices import one_of
from solver.laws.pores.base import PoreKinetics
from solver.laws.pores.pore import Passage, PoreKeys, PoreMouth
from solver.laws.registry import PORE_KINETICS

if TYPE_CHECKING:
    Kinetics = PoreKinetics
else:
    Kinetics = one_of(PORE_KINETICS)

FITTING = ("surface_charge", "groups", "stern")
"""Keys of laws that the wall of a mouth can have."""


class Pore(PoreKeys):
    """Pores side by side between two walls, too narrow for ions to pass each other: their currents follow from rates over
    barriers, those of the liquid in front of both mouths from the mesh."""

    kinetics: Kinetics
    """How ions pass one pore."""

    def passage(self, name: str) -> Passage:
        """What the law of the mouths needs."""
        return Passage(name, self.mouths, self.number, self.charge == "at_mouths", self.kinetics)


def with_mouths(walls: Mapping[str, Wall], pores: Mapping[str, Pore]) -> dict[str, Wall]:
    """The walls, of which the mouths have the laws of their pores.

    Raises:
        PydanticCustomError: a wall cannot be a mouth.
    """
    found = dict(walls)
    taken: dict[str, str] = {}
    for name, pore in pores.items():
        for k, mouth in enumerate(pore.mouths):
            where = ("pores", name, "mouths", k)
            if mouth not in walls:
                raise misfit(where, f"unknown wall {quoted(mouth)}; {did_you_mean(mouth, walls, 'the walls are')}")
            if mouth in taken:
                raise misfit(where, f"{quoted(mouth)} is a mouth of '{taken[mouth]}' already; give each its own wall")
            taken[mouth] = name
            wall = walls[mouth].without_pores()
            if other := next((law.key for law in wall.laws if law.key not in FITTING), None):
                raise misfit(
                    where, f"wall '{mouth}' has '{other}', which the mouth of a pore cannot have; leave it out"
                )
            found[mouth] = wall.with_pore(PoreMouth(pore.passage(name), mouth))
    return found


def check_pores(case: Any) -> None:
    """Refuse what pores do not go together with.

    Raises:
        PydanticCustomError: with a path below the case.
    """
    for name in case.pores:
        if not case.terminals:
            raise misfit(("pores", name), "a closed device cannot have pores yet; give it terminals, or leave them out")
        if case.is_electroneutral:
            raise misfit(
                ("pores", name),
                "an electroneutral device has no solid through which they could lead; leave 'charge: electroneutral' out",
            )
        if case.study.type == "impedance":
            raise misfit(("study", "type"), f"spectra of a device with pores ('{name}') cannot be computed yet")
