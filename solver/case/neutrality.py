"""What a device without double layers cannot have: walls with charge, and places where ions do not balance it."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from meshes.quantity import misfit
from meshes.quoting import quoted
from solver.case.walls import Wall
from solver.laws.electrolytes.base import ElectrolyteModel
from solver.laws.reactions.base import ReactionLaw
from solver.laws.regions.base import RegionLaw
from solver.laws.registry import WALL_LAWS
from solver.laws.walls.base import WallLaw

POISSON = "write 'solver: {charge: poisson}'"


def check_neutral(
    walls: Mapping[str, Wall],
    regions: Mapping[str, RegionLaw],
    valences: Mapping[str, int],
    model: ElectrolyteModel,
    driven: Collection[str],
    reactions: Mapping[str, ReactionLaw],
) -> None:
    """Refuse what needs a double layer, or a field where there are no ions, in an electroneutral device.

    valences: of the species. driven: dotted keys whose values change along the study. reactions: between species.
    """
    for name, wall in walls.items():
        _check_metal(name, wall)
        for law in wall.laws:
            if law.charges(valences):
                raise misfit(("walls", name, law.key), f"{_why_no_charge(law)}, or {POISSON}")
    charging = {law.key for law in WALL_LAWS if law.holds is not None or law.charge is not WallLaw.charge}
    own = [(name, law) for name, wall in walls.items() for law in wall.laws]
    fitting = {(name, law.key) for name, law in own if law.is_port or law.coverages}  # those that were not refused
    for key in driven:
        words = key.split(".")
        if words[0] == "walls" and words[2] in charging and (words[1], words[2]) not in fitting:
            raise misfit(
                "study", f"varies {quoted(key)}, but the walls of an electroneutral device have no charge; {POISSON}"
            )
    for name, region in regions.items():
        if not region.holds_ions:
            raise misfit(
                ("regions", name),
                f"no ions balance the charge in a {getattr(region, 'type', 'solid')}, whose potential an electroneutral"
                f" device does not have; leave {quoted(name)} out, which insulates, or {POISSON}",
            )
    for name, reaction in reactions.items():
        if reaction.feels_field:
            raise misfit(
                ("electrolyte", "reactions", name),
                "feels the field of the double layers, which an electroneutral device does not have; write"
                f" 'wien_effect: false', or {POISSON}",
            )
    if not model.balances_fixed_charge:
        raise misfit(
            ("electrolyte", "model"),
            f"its ions have no formula for the potential at which they balance a fixed charge; write 'ideal' or 'bikerman',"
            f" or {POISSON}",
        )


def _check_metal(name: str, wall: Wall) -> None:
    """Refuse a metal that only charges, and a layer that would be charged."""
    metal = next((law for law in wall.laws if law.is_port), None)
    if metal is None:
        return
    if not wall.reactions:
        instead = "leave it out" if metal.holds == "charge" else "give it 'reactions', leave it out"
        raise misfit(
            ("walls", name, metal.key),
            "a metal that no current passes charges a double layer, which an electroneutral device does not have;"
            f" {instead}, or {POISSON}",
        )
    if wall.stern is not None:
        raise misfit(
            ("walls", name, "stern"),
            "the whole difference between metal and liquid drives the reactions of an electroneutral device, as behind a"
            f" thick Stern layer, and no layer is charged; leave it out, or {POISSON}",
        )


def _why_no_charge(law: WallLaw) -> str:
    """Why a law that charges a wall has no place, and what to write instead."""
    if law.coverages:
        return (
            "what is adsorbed would charge the wall, and an electroneutral device has no double layer for the counter-charge;"
            " let neutral species take neutral sites, or ions exchange with others of the same charge on sites of the"
            " opposite one ('charge')"
        )
    return (
        "an electroneutral device has no double layer for the charge of a wall; write it as the 'fixed_charge' of a region of"
        " type 'membrane' that fills the channel (its charge over F and the volume of the liquid) where the layers overlap"
    )
