"""Limits that `check` names: mouths in charged faces, unlike reservoirs, mixtures, narrow slits, closed cells."""

from __future__ import annotations

import math
from typing import Any

import pytest

from solver.case.case import Case
from solver.check.mouths import access, dukhin_length, face_sheets, limiting, selectivity
from solver.check.report import check
from solver.physics.double_layer import dukhin_number
from tests.support.cone_case import CONE, make, warnings

PORE: dict[str, Any] = {
    "geometry": {"type": "cylinder", "length": 1e-9, "radius": 2e-9, "reservoirs": {"length": 1e-7, "radius": 1e-7}},
    "electrolyte": {"species": {"K": {}, "Cl": {}}},
    "terminals": {"left": {"concentration": 300.0, "potential": 0.1}, "right": {"concentration": 3.0}},
}
SALINITY = {
    "geometry.radius_tip": "10 nm",
    "geometry.radius_base": "100 nm",
    "walls.channel": {"surface_charge": "-50 mC/m^2"},
    "terminals": {"base": {"concentration": "1 mM"}, "tip": {"concentration": "1 M"}},
    "study.range": {"start": "-0.2 V", "stop": "0.2 V", "points": 9},
}


def pore(face: Any, channel: float = -60e-3, **others: Any) -> Case:
    walls = {"channel": {"surface_charge": channel}, "membrane_face": {"surface_charge": face}}
    return Case.model_validate(PORE | {"walls": walls} | others)


def warned(case: Case, word: str) -> list[str]:
    return [text for text in check(case).warnings if word in text]


def test_conduction_along_a_charged_membrane_reaches_farther_than_its_reservoir() -> None:
    """A computed device of 1 nm length with 300 and 3 mM loses 9 to 15 % of its resistance to reservoirs of 100 nm."""
    (text,) = warned(pore(-60e-3), "finite reservoirs")
    assert "by -15.8 %" in text
    assert "most of it at 'right'" in text
    (text,) = warned(pore(0.0), "finite reservoirs")
    assert "by -1.3 %" in text, "uncharged faces do not conduct"


def test_the_length_of_a_charged_face_is_its_dukhin_number_times_a_size() -> None:
    """Of strongly charged walls, whose counter-ions alone conduct: kappa_s / kappa of ions of one diffusivity is half of
    |sigma| / (F c), without flow and co-ions."""
    case = pore(-60e-3, solver={"flow": "none"})
    solution = case.solution("right")
    assert dukhin_length(0.0, solution) == 0.0
    bare = 0.5 * dukhin_number(-60e-3, 1.0, solution, "axisymmetric")
    assert dukhin_length(-60e-3, solution) / bare == pytest.approx(1.0 + 0.35, abs=0.1)  # electroosmosis adds a third
    (sheet,) = face_sheets(case, "right", solution)
    assert sheet.dukhin_length == pytest.approx(dukhin_length(-60e-3, solution), rel=1e-9)
    ring = {"type": "piecewise", "breaks": [20e-9], "values": [-60e-3, 0.0]}
    inner, outer = face_sheets(pore(ring), "right", solution)
    assert (inner.outer, outer.dukhin_length) == (pytest.approx(20e-9, rel=1e-2), 0.0)
    formula = {"type": "expression", "formula": "-0.06 * exp(-r / 20e-9)"}
    assert 10 < len(face_sheets(pore(formula), "right", solution)) <= 16
    whole, part, none = (access(pore(charge), "right", solution) for charge in (-60e-3, ring, 0.0))
    assert whole < part < none
    assert whole < access(pore(formula), "right", solution) < none


def test_a_mouth_is_not_selective_where_salt_of_the_other_side_floods_it() -> None:
    """Between 1 mM and 1 M a computed cone carries 1.07 and -1.67 nA at 0.2 V, beyond what its base alone is fed."""
    assert "diffusion-limited" not in warnings(SALINITY)
    alike = {**SALINITY, "terminals": {"base": {"concentration": "1 mM"}, "tip": {"concentration": "1 mM"}}}
    assert "of the selective mouth 'tip'" in warnings(alike)


def test_limits_count_from_the_side_where_counter_ions_enter() -> None:
    """Cations deplete the mouth of the terminal that drives them in; a sweep of one sign does one of the mouths."""
    up, down = ({"study.range": {"start": "0 V", "stop": stop, "points": 2}} for stop in ("1 V", "-1 V"))
    assert "diffusion-limited" not in warnings(up), "into the base, which is wide"
    assert "the selective mouth 'tip'" in warnings(down)
    positive = {**up, "walls.channel": {"surface_charge": "20 mC/m^2"}}
    assert "the selective mouth 'tip'" in warnings(positive), "anions enter at the tip"


def test_mixtures_draw_on_all_counter_ions() -> None:
    def both(k: float) -> Case:
        bulk = {"K": k, "Na": 10.0 - k, "Cl": 10.0}
        geometry = {**CONE["geometry"], "radius_base": "5 nm"}
        species = {"K": {}, "Na": {"diffusivity": 1.957e-9}, "Cl": {}}
        terminals = {name: {"concentrations": bulk} for name in ("base", "tip")}
        return make(
            {
                "geometry": geometry,
                "electrolyte": {"species": species},
                "terminals": terminals,
                "study": {"type": "steady"},
            }
        )

    half, most = (limiting(both(k), "tip", -20e-3, 1e-12) for k in (5.0, 9.999))
    assert half == pytest.approx(most, rel=1e-9)


def test_selectivity_is_that_of_donnan_equilibrium() -> None:
    """In a channel much narrower than the Debye length."""
    case = make(
        {
            "geometry.radius_tip": "2 nm",
            "electrolyte.concentration": "0.1 mM",
            "walls.channel": {"surface_charge": -1e-4},
        }
    )
    fixed = 2 * 1e-4 / (96485.332 * 2e-9)
    more, less = (math.hypot(0.5 * fixed, 0.1) + sign * 0.5 * fixed for sign in (1, -1))
    inside = 1.957 * more / (1.957 * more + 2.032 * less)
    outside = 1.957 / 3.989
    assert selectivity(case, "tip", -1e-4) == pytest.approx((inside - outside) / (1 - outside), rel=1e-3)
    assert selectivity(case, "tip", 0.0) == 0.0


def test_every_concentration_of_an_outer_sweep_is_looked_at() -> None:
    outer = {"parameter": "electrolyte.concentration", "values": ["100 mM", "1 mM", "5 M"]}
    found = warnings({"study.outer": outer})
    assert "of the selective mouth 'tip'" in found
    assert "(at electrolyte.concentration = 1 mol/m^3" in found
    assert "5 M KCl at 'base': measured conductivities (CRC Handbook; Robinson and Stokes) end at 4 M KCl" in found


@pytest.mark.parametrize(
    ("electrolyte", "expected"),
    [
        ({"species": {"K": {}, "Cl": {}}, "concentration": "1 M"}, "15 S/m, is +34 % off the measured 11.2 S/m"),
        ({"species": {"Na": {}, "Cl": {}}, "concentration": "3 M"}, "37.9 S/m, is +93 % off the measured 19.7 S/m"),
        ({"species": {"Ca": {}, "Cl": {}}, "concentration": "50 mM"}, "50 mM CaCl2 at 'base': the ideal conductivity"),
        (
            {"species": {"K": {"diffusivity": "1e-9 m^2/s"}, "Cl": {}}, "concentration": "1 mM"},
            "is -22 % off the measured 14.7 mS/m",
        ),
        (
            {"species": {"K": {}, "Cl": {}}, "concentration": "1 M", "temperature": "310 K"},
            "at 298.15 K the conductivity of an ideal solution is +34 % off the measured one",
        ),
    ],
)
def test_ideal_conductivities_are_compared_with_measured_ones(electrolyte: dict[str, Any], expected: str) -> None:
    assert expected in warnings({"electrolyte": electrolyte})


def test_nothing_is_said_of_mixtures_and_of_close_agreement() -> None:
    species = {"K": {}, "Na": {}, "Cl": {}}
    bulk = {name: {"concentrations": {"K": 50.0, "Na": 50.0, "Cl": 100.0}} for name in ("base", "tip")}
    assert "conductivity" not in warnings({"electrolyte": {"species": species}, "terminals": bulk})
    assert "conductivity" not in warnings({"electrolyte.concentration": "1 mM"})
    assert check(make({"electrolyte.concentration": "1 mM"})).terminals[0].measured == pytest.approx(14.69e-3, rel=1e-3)


def test_a_narrow_slit_is_warned_of() -> None:
    slit = {
        "type": "slit",
        "length": "1 um",
        "height": "20 nm",
        "reservoirs": {"length": "0.5 um", "half_height": "0.5 um"},
    }
    steady = {"study": {"type": "steady"}}
    assert "the slit is 5 times as wide as it is high" in warnings({"geometry": {**slit, "width": "100 nm"}, **steady})
    assert "as wide as it is high" not in warnings({"geometry": {**slit, "width": "200 nm"}, **steady})


def test_a_closed_cell_whose_plates_take_up_its_salt_is_warned_of() -> None:
    def cell(length: float) -> str:
        geometry = {"type": "cell", "length": length, "width": 1e-6}
        walls = {"left": {"potential": 0.2}, "right": {"potential": 0.0}}
        data = {
            "geometry": geometry,
            "electrolyte": {"species": {"K": {}, "Cl": {}}, "concentration": 1.0},
            "walls": walls,
        }
        return "\n".join(check(Case.model_validate({**data, "solver": {"flow": "none"}})).warnings)

    assert "% of all ions of a sign in the cell" in cell(100e-9)
    assert "of all ions of a sign" not in cell(10e-6)
