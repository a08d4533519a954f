"""Spheres on the axis of a tube: the drag of Haberman and Sayre, Maxwell's blockade, forces in a charged pore."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from validation.checks import Check, Line, Plot, Section, in_turn
from validation.devices import KCL_WATER, bar, row
from validation.setting import Setting

RADIUS = 10e-9
"""Of the tube, m."""

ELECTROLYTE = KCL_WATER | {"concentration": 100.0}
WITHOUT_BARS: dict[str, Any] = {"errors": "none"}
SECTION = "particles"

HABERMAN = "Haberman and Sayre, David Taylor Model Basin report 1143 (1958): approximate formula for a held sphere"
MAXWELL = "Maxwell: 3/2 of the sphere's share of the volume"
DEBLOIS = "DeBlois, Bean and Wesley, J. Colloid Interface Sci. 61, 323 (1977)"


def tube(length: float, **particle: float) -> dict[str, Any]:
    """A tube of a length (m) with a sphere, without reservoirs."""
    pore = {"type": "cylinder", "length": length, "radius": RADIUS, "reservoirs": None}
    return pore | ({"particle": particle} if particle else {})


# ------------------------------------------------------------------------------------------------ drag
def drag_factor(ratio: float) -> float:
    """Drag on a sphere that is held in Poiseuille's flow over Stokes' drag at the velocity on the axis, by the ratio of its
    radius to that of the tube."""
    above = 1.0 - 2.0 / 3.0 * ratio**2 - 0.20217 * ratio**5
    return float(above / (1.0 - 2.1050 * ratio + 2.0865 * ratio**3 - 1.7068 * ratio**5 + 0.72603 * ratio**6))


def drag(setting: Setting) -> Iterator[Check | Plot]:
    """Uncharged spheres of several sizes, held in a flow that pressure drives."""
    viscosity, found = float(ELECTROLYTE["viscosity"]), {}
    for ratio in (0.2, 0.4) if setting.quick else (0.1, 0.2, 0.3, 0.4):
        held = tube(12 * RADIUS, radius=ratio * RADIUS, position=6 * RADIUS)
        data = {"geometry": held, "electrolyte": ELECTROLYTE, "terminals": {"left": {"pressure": 1e5}}}
        own = row(data)
        stokes = 6 * np.pi * viscosity * ratio * RADIUS * 2 * own["flow_rate [m^3/s]"] / (np.pi * RADIUS**2)
        found[ratio] = own["force_particle [N]"] / stokes
        name = f"sphere of {ratio:g} radii of a tube, held in its flow"
        yield Check(
            SECTION, name, "drag over Stokes'", "", drag_factor(ratio), found[ratio], 5e-3, "published", HABERMAN,
            error=bar(own, "force_particle [N]") / abs(stokes),
        )  # fmt: skip
        yield Check(
            SECTION, name, "sum of the forces on sphere, wall and terminals over the largest", "", 1e-6,
            own["force_balance_error"], 0.0, "exact", "balance of momentum", bound="<",
        )  # fmt: skip
    fine = np.linspace(0.05, 0.45, 41)
    yield Plot(
        SECTION, "drag", "Drag on a sphere held in the flow through a tube", "radius of the sphere / of the tube",
        "drag / Stokes' drag",
        (Line("Haberman and Sayre (1958)", list(fine), [drag_factor(a) for a in fine], look="reference"),
         Line("this program", list(found), list(found.values()))),
        "The wall raises the drag.",
    )  # fmt: skip


# ------------------------------------------------------------------------------------------------ blockade
def blockade(setting: Setting) -> Iterator[Check | Plot]:
    """Resistance that an uncharged sphere adds to an uncharged tube: of a small one by Maxwell, of larger ones with the
    correction for the wall."""
    length = 8 * RADIUS
    common = {
        "electrolyte": ELECTROLYTE, "terminals": {"left": {"potential": 1e-3}}, "solver": {"flow": "none"},
        "outputs": WITHOUT_BARS,
    }  # fmt: skip
    open_ = row(common | {"geometry": tube(length)})["current [A]"]
    found = {}
    for ratio in (0.1, 0.4) if setting.quick else (0.1, 0.2, 0.3, 0.4, 0.5):
        geometry = tube(length, radius=ratio * RADIUS, position=0.5 * length)
        small = 2 * ratio**3 * RADIUS / length
        found[ratio] = (open_ / row(common | {"geometry": geometry})["current [A]"] - 1.0) / small
        name = f"sphere of {ratio:g} radii of a tube"
        if ratio == 0.1:
            yield Check(
                SECTION, name, "resistance that it adds", "", small, found[ratio] * small, 1e-2, "model", MAXWELL,
                note="relative to that of the tube; exact for a vanishing sphere",
            )  # fmt: skip
        yield Check(
            SECTION, name, "resistance that it adds, over Maxwell's", "", blocking(ratio), found[ratio], 2e-3, "published",
            DEBLOIS,
        )  # fmt: skip
    fine = np.linspace(0.0, 0.55, 61)
    yield Plot(
        SECTION, "blockade", "Resistance that a sphere adds to a tube", "radius of the sphere / of the tube",
        "added resistance / Maxwell's",
        (Line("1 / (1 - 0.8 (a/R)^3)", list(fine), [blocking(a) for a in fine], look="reference"),
         Line("this program", list(found), list(found.values()))),
        "Maxwell's small sphere, and the correction for the wall by DeBlois, Bean and Wesley.",
    )  # fmt: skip


def blocking(ratio: float) -> float:
    """Resistance that a sphere adds over that by Maxwell's formula, by its radius over that of the tube."""
    return 1.0 / (1.0 - 0.8 * ratio**3)


# ------------------------------------------------------------------------------------------------ charged
def charged(setting: Setting) -> Iterator[Check | Plot]:
    """A charged sphere off the middle of a charged tube, under voltage with flow: forces with their error bars."""
    data: dict[str, Any] = {
        "geometry": tube(6 * RADIUS, radius=4e-9, position=2 * RADIUS),
        "electrolyte": ELECTROLYTE,
        "walls": {"particle": {"surface_charge": -10e-3}, "channel": {"surface_charge": -10e-3}},
        "terminals": {"left": {"potential": 0.1}},
    }
    own, fine = row(data), row(data | {"mesh": {"refinement": 1}})
    name = "sphere of 0.4 radii of a tube, both with -10 mC/m^2, 100 mM, 0.1 V"
    for quantity, header, unit in (
        ("current", "current [A]", "A"),
        ("force on the sphere", "force_particle [N]", "N"),
        ("part of the field", "force_particle_electric [N]", "N"),
        ("part of the liquid", "force_particle_viscous [N]", "N"),
    ):
        yield Check(
            SECTION, name, quantity, unit, fine[header], own[header], 5e-3, "refined", "this program, every cell halved",
            reference_uncertainty=bar(fine, header), error=bar(own, header),
        )  # fmt: skip
    for what, found in (("", own), (", every cell halved", fine)):
        yield Check(
            SECTION, name, f"sum of all forces over the largest{what}", "", 1e-10, found["force_balance_error"], 0.0, "exact",
            "balance of momentum", bound="<", note="zero by the weights of the boundaries, which add up to one",
        )  # fmt: skip


PARTICLES = Section(
    SECTION,
    "Particles in pores",
    "Spheres on the axis of a tube: drag in a flow against Haberman and Sayre, the resistance that they add to an uncharged "
    "tube against Maxwell and DeBlois, and forces on a charged one, which balance those on walls and terminals.",
    in_turn(drag, blockade, charged),
)
