"""The walls of a case: their keys are those of the laws of walls, and what follows from these laws."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from pydantic import Field, PrivateAttr, create_model, model_validator
from typing_extensions import Self

from meshes.course import Course, Places
from meshes.quantity import Description, misfit
from solver.laws.registry import WALL_LAWS
from solver.laws.walls.base import Array, WallLaw
from solver.physics.double_layer import surface_charge as grahame
from solver.physics.solution import Solution

LARGEST_DIFFUSE_DROP = 12.0
"""In thermal voltages: the charge of a flat layer is then 0.75 C/m^2 in 1 mM and 7.5 C/m^2 in 100 mM, beyond any
electrode's, so that estimates stop there."""


DRY = "needs liquid at the wall, which is the outer side of a solid there; leave it out, or split the wall"
"""What is wrong with a law of the liquid at a wall, or a part of one, that no liquid touches."""


class WallKeys(Description):
    """A solid boundary: an insulator with a surface charge, or a metal: an electrode with a potential or a current, which
    blocks all ions but those of its reactions, or a floating conductor with a charge."""

    _pores: tuple[WallLaw, ...] = PrivateAttr(default=())

    if TYPE_CHECKING:

        def __getattr__(self, name: str) -> Any:
            """The keys are those of the registered laws."""

    @property
    def laws(self) -> tuple[WallLaw, ...]:
        """The laws of the wall; that of a pore whose mouth it is comes last."""
        given = {law.key: getattr(self, law.key) for law in WALL_LAWS}
        found = (law.of(given) for law in WALL_LAWS)
        return (*(law for law in found if law is not None), *self._pores)

    def with_pore(self, mouth: WallLaw) -> Self:
        """The same wall as the mouth of a pore."""
        found = self.model_copy()
        found._pores = (mouth,)
        return found

    def without_pores(self) -> Self:
        """The same wall with the laws of its own keys alone."""
        found = self.model_copy()
        found._pores = ()
        return found

    @property
    def is_charged(self) -> bool:
        """Whether a law puts a charge on the wall; an electrode has one that follows from its potential."""
        return any(law.is_charged for law in self.laws)

    @property
    def breaks(self) -> tuple[float, ...]:
        """Positions along the wall (m) at which the charge jumps, ascending."""
        return tuple(sorted({z for law in self.laws for z in law.breaks}))

    @property
    def along(self) -> str | None:
        """What positions on the wall are where its shape leaves it open: "axis" or "radius"."""
        return next((law.along for law in self.laws if law.along is not None), None)

    @property
    def structure(self) -> tuple[object, ...]:
        """What two walls share that need neither a new mesh nor new forms."""
        return tuple(law.structure for law in self.laws)

    def extreme_charges(self, solution: Solution, course: Course) -> tuple[float, float]:
        """Smallest and largest charge (C/m^2) by the laws of the wall in a solution; of an electrode see
        `electrode_charge`."""
        charges = [law.extreme_charges(solution, course) for law in self.laws if law.is_charged]
        return sum(low for low, _ in charges), sum(high for _, high in charges)

    def largest_charge(self, solution: Solution, course: Course) -> float:
        """Largest absolute charge (C/m^2) by the laws of the wall in a solution."""
        return max(map(abs, self.extreme_charges(solution, course)))

    def charge_along(self, places: Places, solution: Solution) -> Array:
        """Charge (C/m^2) by the laws of the wall at places on it in a solution."""
        found = [law.charge_along(places, solution) for law in self.laws if law.is_charged]
        return np.sum(found, axis=0) if found else np.zeros(np.shape(places.position))

    @property
    def needs_liquid(self) -> str | None:
        """Key of a law that the outer side of a solid cannot have; None where it can have all."""
        return next((law.key for law in self.laws if law.needs_liquid), None)

    @property
    def responding(self) -> tuple[WallLaw, ...]:
        """The laws whose charge follows the liquid."""
        return tuple(law for law in self.laws if law.is_charged and law.responds)

    @property
    def is_electrode(self) -> bool:
        """Whether the wall is a metal: an electrode, or a floating conductor."""
        return any(law.holds is not None for law in self.laws)

    @property
    def passes_ions(self) -> bool:
        """Whether species enter or leave at the wall."""
        return any(law.passes_ions for law in self.laws)

    @property
    def is_open(self) -> bool:
        """Whether it is no metal, but species or water enter there, or charge that follows from its zeta potential."""
        return not self.is_electrode and (self.passes_ions or self.passes_water or self.zeta_potential is not None)

    @property
    def passes_water(self) -> bool:
        """Whether water enters or leaves at the wall."""
        return any(law.passes_water for law in self.laws)

    @model_validator(mode="after")
    def _one_condition(self) -> Self:
        if self.potential is not None and self.surface_charge != 0.0:
            raise misfit(
                "potential",
                "given together with a surface_charge; the charge of an electrode follows: keep one of them",
            )
        if self.reactions and self.charge is not None:
            raise misfit(
                "reactions",
                "given together with a charge; reactions change the charge of a metal until no current passes in total: write"
                " 'current: 0 A' instead of the charge",
            )
        if self.reactions and not self.is_electrode:
            raise misfit(
                "reactions", "need a metal; give the wall its potential, e.g. 'potential: 0 V', or its current"
            )
        if self.current is not None:
            for key, missing in (("potential", None), ("charge", None), ("surface_charge", 0.0)):
                if getattr(self, key) != missing:
                    raise misfit(
                        "current", f"given together with a {key}, which follows from the current: keep one of them"
                    )
            if not self.reactions:
                raise misfit(
                    "current",
                    "no reaction passes it, so that it would charge the wall without end; give the wall reactions, or its"
                    " 'charge' instead",
                )
        if self.charge is not None and self.potential is not None:
            raise misfit(
                "charge",
                "given together with a potential; a wall is an electrode of given potential or a floating conductor of given"
                " charge: keep one of them",
            )
        if self.charge is not None and self.surface_charge != 0.0:
            raise misfit(
                "charge",
                "given together with a surface_charge; where the charge of a floating conductor sits follows, and 'charge' is"
                " all of it: keep one of them",
            )
        if self.groups is not None:
            for key in ("potential", "charge"):
                if getattr(self, key) is not None:
                    raise misfit(
                        "groups",
                        f"given together with a {key}; sites make an insulating wall, whose charge follows: keep one of them",
                    )
            if self.surface_charge != 0.0:
                raise misfit(
                    "groups",
                    "given together with a surface_charge; the charge follows from the sites: keep one of them, or write the"
                    " given charge as sites whose pK keeps them charged",
                )
        self._check_zeta()
        self._check_fluxes()
        if self.adsorption and self.stern is not None and self.groups is None and not self.is_electrode:
            raise misfit(
                "stern",
                "given together with 'adsorption', whose sites lie where the liquid begins: the layer behind them changes"
                " nothing; leave it out",
            )
        for number, site in enumerate(self.adsorption if self.is_electrode else ()):
            if site.charge:
                raise misfit(
                    ("adsorption", number, "charge"),
                    "sites on a metal have no charge of their own, the metal has it; leave it out",
                )
        return self

    def _check_fluxes(self) -> None:
        """Refuse fluxes through a metal that no law lets species pass."""
        if self.passes_water and self.slip_length:
            raise misfit(
                "water", "given together with 'slip_length'; water passes walls without slip: keep one of them"
            )
        metal = next((law for law in self.laws if law.is_port), None)
        passes = (law for law in self.laws if (law.passes_ions or law.passes_water) and not law.of_metals)
        passing = next(passes, None)
        if metal is not None and passing is not None:
            raise misfit(
                passing.key,
                f"given together with '{metal.key}', which makes the wall a metal that nothing passes: keep one of them",
            )

    def _check_zeta(self) -> None:
        """Refuse a zeta potential together with what says otherwise where the charge of the wall comes from."""
        if self.zeta_potential is None:
            return
        for law in self.laws:
            if not law.holds_zeta and (law.is_port or law.is_charged):
                other = law.key
                break
        else:
            other = "surface_charge" if self.surface_charge != 0.0 else "stern" if self.stern is not None else ""
        if other:
            raise misfit(
                "zeta_potential",
                f"given together with '{other}'; the potential in front of the wall is given, and its charge follows: keep"
                " one of them",
            )


if TYPE_CHECKING:

    class Wall(WallKeys):
        """A wall with the keys of all registered laws."""

else:
    Wall = create_model(
        "Wall",
        __base__=WallKeys,
        __doc__=WallKeys.__doc__,
        __module__=__name__,
        **{law.key: (law.annotation, Field(default=law.default, description=law.meaning or None)) for law in WALL_LAWS},
    )


def electrode_charge(drop: float, capacitance: float | None, solution: Solution) -> float:
    """Charge in C/m^2 of a flat electrode under `drop` (V, not negative) against the bulk: the diffuse layer, of point ions
    at most LARGEST_DIFFUSE_DROP of it, in series with a Stern layer of `capacitance` (F/m^2), if there is one."""
    takes_room = solution.mixture.takes_room  # then the charge does not grow without bound
    most = drop if takes_room else min(drop, LARGEST_DIFFUSE_DROP * solution.thermal_voltage)
    if capacitance is None or capacitance * (drop - most) > grahame(most, solution):
        return grahame(most, solution)
    low, high = 0.0, most
    for _ in range(60):
        middle = 0.5 * (low + high)
        low, high = (middle, high) if capacitance * (drop - middle) > grahame(middle, solution) else (low, middle)
    return grahame(high, solution)
