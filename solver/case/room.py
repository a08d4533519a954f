"""Charges that ions of finite size cannot balance: more than there is room for in a material or in a channel."""

from __future__ import annotations

from collections.abc import Mapping

from meshes.geometry import ChannelGeometry
from meshes.quantity import misfit
from solver.case.values import CaseValues
from solver.laws.algebra import NUMBERS
from solver.laws.electrolytes.base import ElectrolyteModel
from solver.laws.regions.base import RegionLaw
from solver.physics.constants import FARADAY

CHANNEL = "channel"


def check_room(case: CaseValues) -> None:
    """Refuse fixed charges of regions, and charges of the wall of a channel, for whose counter-ions there is no room.

    Of a channel the largest charge of its wall is compared with its narrowest section. Stacks, junctions and mesh files have
    no one wall to compare: states without room are not reached there.

    Raises:
        PydanticCustomError: with the key.
    """
    model, valences = case.electrolyte.model, case.electrolyte.valences
    if not model.takes_room:
        return
    for name, law in case.regions.items():
        for charge in _charges(law) if law.holds_ions else ():
            if abs(charge) >= (most := most_balanced(model, valences, charge, every=case.is_electroneutral)):
                raise misfit(
                    ("regions", name, "fixed_charge"),
                    f"{charge / 1e3:.3g} M are more than the ions can balance, which have room for {most / 1e3:.3g} M of"
                    " charges; write a smaller one or smaller ions in electrolyte.model",
                )
    geometry = case.geometry
    if not isinstance(geometry, ChannelGeometry) or case.walls[CHANNEL].is_electrode:
        return
    per_volume = (2.0 if geometry.symmetry == "axisymmetric" else 1.0) / geometry.smallest / FARADAY
    for solution in case.solutions():
        for charge in case.walls[CHANNEL].extreme_charges(solution, case.course(CHANNEL)):
            if per_volume * abs(charge) >= (most := most_balanced(model, valences, charge)):
                raise misfit(
                    ("walls", CHANNEL),
                    f"its charge of {charge * 1e3:.3g} mC/m^2 is {per_volume * abs(charge) / 1e3:.3g} M in the narrowest"
                    f" section, but there the ions have room for {most / 1e3:.3g} M of charges; write a smaller charge or"
                    " smaller ions in electrolyte.model",
                )


def most_balanced(model: ElectrolyteModel, valences: Mapping[str, int], charge: float, *, every: bool = False) -> float:
    """Largest concentration of charges (mol/m^3) of the ions that balance a charge of a sign.

    every: of each kind of them alone, which the formula for the potential beside fixed charges needs.
    """
    largest = model.largest_concentrations(tuple(valences))
    if every:
        return min(abs(z) * largest[name] for name, z in valences.items() if z * charge < 0.0 or (not charge and z))
    return max(abs(z) * largest[name] for name, z in valences.items() if z * charge <= 0.0)


def _charges(law: RegionLaw) -> tuple[float, ...]:
    """Fixed charges of a region, over F (mol/m^3): it, where it is the same everywhere, else the largest of both signs."""
    values = [float(law.charge(place, law.coefficients(), NUMBERS)) for place in ((0.0, 0.0), (1.7e-7, 3.1e-8))]
    return (values[0],) if values[0] == values[1] else (law.largest_charge(), -law.largest_charge())
