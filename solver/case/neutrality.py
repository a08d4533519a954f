"""What a device without double layers cannot have: walls with charge, and places where ions do not balance it."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from meshes.quantity import misfit
from meshes.quoting import quoted
from solver.case.walls import Wall
from solver.laws.electrolytes.base import ElectrolyteModel
from solver.laws.regions.base import RegionLaw
from solver.laws.registry import WALL_LAWS
from solver.laws.walls.base import WallLaw

POISSON = "write 'solver: {charge: poisson}'"


def check_neutral(
    walls: Mapping[str, Wall], regions: Mapping[str, RegionLaw], model: ElectrolyteModel, driven: Collection[str]
) -> None:
    """Refuse what needs a double layer, or a field where there are no ions, in an electroneutral device.

    driven: dotted keys whose values change along the study.
    """
    charging = {law.key for law in WALL_LAWS if law.holds is not None or law.charge is not WallLaw.charge}
    for key in driven:
        words = key.split(".")
        if words[0] == "walls" and words[2] in charging:
            raise misfit(
                "study", f"varies {quoted(key)}, but the walls of an electroneutral device have no charge; {POISSON}"
            )
    for name, wall in walls.items():
        for law in wall.laws:
            if law.is_port:
                raise misfit(
                    ("walls", name, law.key),
                    "an electrode charges a double layer, which an electroneutral device does not have; leave it out, or"
                    f" {POISSON}",
                )
            if law.is_charged:
                raise misfit(
                    ("walls", name, law.key),
                    "an electroneutral device has no double layer for the charge of a wall; write it as the 'fixed_charge' of"
                    " a region of type 'membrane' that fills the channel (its charge over F and the volume of the liquid)"
                    f" where the layers overlap, or {POISSON}",
                )
    for name, region in regions.items():
        if not region.holds_ions:
            raise misfit(
                ("regions", name),
                f"no ions balance the charge in a {getattr(region, 'type', 'solid')}, whose potential an electroneutral"
                f" device does not have; leave {quoted(name)} out, which insulates, or {POISSON}",
            )
    if not model.is_ideal:
        raise misfit(("electrolyte", "model"), f"an electroneutral device has an ideal electrolyte; or {POISSON}")
