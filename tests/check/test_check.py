"""The numbers and warnings of `nanochannel check`."""

import math
import subprocess
import sys
import time
from typing import Any

import pytest

from solver.case.case import Case
from solver.check.mouths import access_error
from solver.check.report import check, extreme_points
from solver.check.size import estimate_unknowns
from solver.check.text import render, si
from solver.physics.cross_section import cross_section
from tests.support.cone_case import CONE, make, warnings
from tests.support.paths import ROOT

SLIT = {
    "type": "slit",
    "length": "1 um",
    "height": "20 nm",
    "width": "1 um",
    "reservoirs": {"length": "0.5 um", "half_height": "0.5 um"},
}


def test_adsorption_is_told_in_coverage_times_and_the_damkoehler_number() -> None:
    """Empty sites of 1 umol/m^2 take K at 2 m^3/(mol s) from 10 mol/m^3 at 5 nm from the axis of the tip."""
    sites = [{"density": 1e-6, "binds": {"K": {"k_on": 2.0, "k_off": 60.0}}}]
    result = check(make({"walls.channel.adsorption": sites}))
    (found,) = result.adsorption
    assert found.name == "K on channel"
    assert found.part == pytest.approx(0.25)
    assert found.relaxation == pytest.approx(1 / 80)
    assert found.distance == pytest.approx(5e-9)
    assert found.damkoehler == pytest.approx(2e-6 * 5e-9 / 1.957e-9)
    assert found.stored == pytest.approx(0.25e-6 / (10.0 * 5e-9))
    assert "Damkoehler number" in render(result)


def test_numbers_of_a_cone() -> None:
    result = check(make())
    base, tip = result.sections
    assert (base.name, tip.name) == ("base", "tip")
    assert base.debye_over_size == pytest.approx(3.042057 / 50, rel=1e-6)
    assert tip.dukhin == pytest.approx(0.02 / (96485.332 * 10.0 * 5e-9), rel=1e-6)
    assert tip.zeta == pytest.approx(-66.9e-3, rel=1e-3)
    assert abs(tip.wall_potential) > abs(tip.zeta)  # overlap
    [device] = result.devices
    kappa = result.terminals[0].conductivity
    assert device.bulk == pytest.approx(math.pi * kappa * 50e-9 * 5e-9 / 1e-6, rel=1e-6)
    assert device.bulk < device.channel
    assert tip.access == pytest.approx(1.0 / (4.0 * kappa * 5e-9))
    assert base.access is not None
    assert tip.access is not None
    assert 1.0 / device.uniform == pytest.approx(1.0 / device.channel + base.access + tip.access)
    assert device.device == pytest.approx(251.78e-12, rel=2e-3), "computed in two dimensions at 2 mV"
    assert tip.limiting is not None
    assert 1.0 < tip.limiting / (2 * 96485.332 * 1.957e-9 * 10.0 * 4 * 5e-9) < 1.1, "Levich, over a selectivity of 0.96"
    assert base.limiting is None, "too wide to be selective"
    assert result.largest_bias == pytest.approx(1.0)


def test_kamsma_conductance() -> None:
    # Kamsma et al., PRL 130, 268401 (2023): the bulk conductance is g0 = 4.199682 pS
    changes = {
        "geometry.length": "10 um",
        "geometry.radius_base": "200 nm",
        "geometry.radius_tip": "50 nm",
        "electrolyte.temperature": 293.15,
        "electrolyte.relative_permittivity": 0.71e-9 / 8.8541878128e-12,
        "electrolyte.species": {"K": {"diffusivity": 1.75e-9}, "Cl": {"diffusivity": 1.75e-9}},
        "electrolyte.concentration": "0.1 mM",
        "walls.channel": {"surface_charge": "-0.0015 e/nm^2"},
    }
    [device] = check(make(changes)).devices
    assert device.bulk == pytest.approx(4.199682e-12, rel=1e-6)
    # chord conductances of the exact long-channel solution at -+50 mV without mouths: their mean is that at zero bias
    assert device.channel == pytest.approx(0.5 * (0.234283 + 0.210990) * 1e-12 / 0.05, rel=2e-3)


def test_slit_conductance_is_exact() -> None:
    case = make({"geometry": SLIT, "study": {"type": "steady"}, "terminals": {"left": {"potential": 0.1}}})
    result = check(case)
    section = cross_section("planar", 10e-9, -0.02, case.solution("left"))
    assert result.devices[0].channel == pytest.approx(section.conductance * 1e-6 / 1e-6, rel=1e-12)
    assert math.isnan(result.sections[0].access_error)


def test_two_halves_in_series() -> None:
    charge = {"type": "piecewise", "breaks": ["0.25 um"], "values": ["20 mC/m^2", "-5 mC/m^2"]}
    pore = {"type": "cylinder", "length": "1 um", "radius": "5 nm", "reservoirs": CONE["geometry"]["reservoirs"]}
    case = make({"geometry": pore, "walls.channel": {"surface_charge": charge}, "study": {"type": "steady"}})
    parts = [cross_section("axisymmetric", 5e-9, sigma, case.solution("left")).conductance for sigma in (0.02, -0.005)]
    expected = 1.0 / (0.25e-6 / parts[0] + 0.75e-6 / parts[1])
    result = check(case)
    assert result.devices[0].channel == pytest.approx(expected, rel=1e-10)
    assert [section.charge for section in result.sections] == [0.02, -0.005]


def test_different_reservoirs_and_waist() -> None:
    shape = {"type": "hourglass", "length": "1 um", "radius_waist": "3 nm", "radius_ends": "30 nm"}
    case = make(
        {
            "geometry": {**shape, "reservoirs": CONE["geometry"]["reservoirs"]},
            "terminals": {"left": {"concentration": "1 mM"}},
            "study": {"type": "steady"},
        }
    )
    result = check(case)
    assert [section.name for section in result.sections] == ["left", "waist", "right"]
    assert [device.filled_as for device in result.devices] == ["left", "right"]
    assert "filled as" in render(result)


def test_open_ends_and_mesh_file() -> None:
    result = check(make({"geometry.reservoirs": None}))
    assert all(section.access is None for section in result.sections)
    assert result.devices[0].device == pytest.approx(result.devices[0].channel)
    file = {"type": "file", "path": "x.msh", "symmetry": "axisymmetric", "terminals": {"a": "1", "b": "2"}}
    case = make({"geometry": {**file, "walls": {"channel": "w"}}, "study": {"type": "steady"}})
    result = check(case)
    assert result.mesh is None
    assert result.sections == ()
    assert "Debye length" in render(result)


@pytest.mark.parametrize("geometry", [CONE["geometry"], SLIT])
def test_text_has_units_and_fits(geometry: dict[str, Any]) -> None:
    text = render(check(make({"geometry": geometry, "study": {"type": "steady"}})))
    for word in ("Debye length", "Dukhin number", "zeta potential", "conductance", "unknowns", "nm", "Mohm", "mV"):
        assert word in text
    assert max(map(len, text.splitlines())) <= 120


# ------------------------------------------------------------------------------------------------ warnings
def test_a_sound_case_has_no_warnings() -> None:
    quiet = {"walls.channel": {"surface_charge": "-0.1 mC/m^2"}, "electrolyte.concentration": "1 mM"}
    assert check(make(quiet)).warnings == ()


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"study.range": {"start": 0, "stop": "2 V", "points": 3}}, "2 V between terminals is beyond the 1.23 V"),
        ({"mesh.wall_size": "5 nm"}, "mesh.wall_size makes cells of 5 nm, but the double layer is 1.54 nm thick"),
        ({"mesh.corner_size": "0.5 debye_length"}, "mesh.corner_size makes cells of 0.77 nm"),
        ({"walls.channel": {"surface_charge": "-200 mC/m^2"}}, "beyond close packing of ions of 0.66 nm"),
        ({"electrolyte.temperature": "310 K"}, "the diffusivities of K, Cl are the ion table's at 298.15 K"),
        ({"geometry.length": 10}, "geometry.length is 10 m, and usual are 100 pm to 50 mm"),
        ({"geometry.length": 10}, "a number without unit is in m; if '10 nm' is meant, write so"),
        ({"electrolyte.temperature": 20}, "temperature is 20 K, and usual are 230 K to 450 K"),
        ({"electrolyte.temperature": 20}, "if '20 degC' is meant, write so"),
        ({"electrolyte.viscosity": 1.01}, "viscosity is 1.01 Pa s, and usual are"),
        ({"electrolyte.viscosity": 1.01}, "if '1.01 mPa s' is meant"),
        ({"electrolyte.species.K": {"valence": 1, "diffusivity": 1.75}}, "if '1.75e-9 m^2/s' is meant"),
        ({"electrolyte.relative_permittivity": 800}, "relative_permittivity is 800, and usual are 1.5 to 200"),
        ({"terminals.base": {"pressure": "-100 bar"}}, "terminals.base.pressure is -10 MPa, and usual are"),
        ({"walls.channel": {"surface_charge": -20}}, "if '-20 mC/m^2' is meant"),
        ({"walls.channel": {"slip_length": 10}}, "walls.channel.slip_length is 10 m"),
        ({"electrolyte.concentration": "100 M"}, "electrolyte.concentration is 100 M, and usual are 1 nM to 20 M"),
        ({"study.range": {"start": -500, "stop": 500, "points": 3}}, "if '-500 mV' is meant"),
        ({"geometry.radius_tip": "0.5 nm"}, "below 1 nm ions and water are no continuum"),
        ({"electrolyte.concentration": "0.001 mM"}, "is smaller than 5 Debye lengths of"),
        (
            {"geometry.length": "10 nm", "geometry.reservoirs": {"length": "0.1 um", "radius": "0.1 um"}},
            "the finite reservoirs change the device's resistance by -5.1 %",
        ),
        ({}, "more than the diffusion-limited 78.8 pA of the selective mouth 'tip'"),
    ],
)
def test_warnings(changes: dict[str, Any], expected: str) -> None:
    assert expected in warnings(changes)


def test_warnings_look_at_the_ends_of_the_sweep() -> None:
    sweep = {"type": "sweep", "parameter": "walls.channel.surface_charge", "values": ["-1 mC/m^2", "-300 mC/m^2"]}
    found = warnings({"study": sweep, "walls.channel": {"surface_charge": "-1 mC/m^2"}})
    assert "close packing" in found
    assert "(at walls.channel.surface_charge = -0.3 C/m^2)" in found


def test_extreme_points_of_a_nested_sweep() -> None:
    outer = {"parameter": "electrolyte.concentration", "values": ["1 mM", "10 mM", "5 mM"]}
    points = extreme_points(make({"study.outer": outer}))
    assert [label for label, _ in points][1] == (
        "electrolyte.concentration = 1 mol/m^3, terminals.base.potential = -1 V"
    )
    assert len(points) == 7, "every outer value, both ends of the inner sweep"


def test_finite_reservoirs() -> None:
    def error(length: float, radius: float, terminal: str) -> float:
        case = make({"geometry.reservoirs": {"length": length, "radius": radius, "terminal": terminal}})
        return access_error(case, "base", case.solution("base"))

    assert error(64 * 50e-9, 64 * 50e-9, "all") == pytest.approx(-0.01, rel=0.01)
    assert error(1.0, 1.0, "all") == pytest.approx(0.0, abs=1e-6)
    # an end face far away in a narrow tube adds the tube: 4 R L / (pi b^2)
    assert error(1e-3, 1e-6, "end") == pytest.approx(4 * 50e-9 * 1e-3 / (math.pi * 1e-12), rel=1e-2)


# ------------------------------------------------------------------------------------------------ size and speed
def test_estimated_size_without_flow() -> None:
    without = estimate_unknowns(make({"solver.flow": "none"}))
    assert without is not None
    assert without.flow_unknowns == 0


def test_coverages_count_as_unknowns_of_every_node() -> None:
    binding = {"k_on": 1.0, "k_off": 1.0}
    sites = [{"density": 1e-6, "binds": {"K": binding, "Cl": binding}}]
    without, found = estimate_unknowns(make()), estimate_unknowns(make({"walls.channel.adsorption": sites}))
    assert without is not None
    assert found is not None
    assert found.transport_unknowns == pytest.approx(5 / 3 * without.transport_unknowns, rel=1e-3)
    assert found.memory == without.memory


def test_refinement_quadruples() -> None:
    coarse, fine = estimate_unknowns(make()), estimate_unknowns(make({"mesh.refinement": 1}))
    assert coarse is not None
    assert fine is not None
    assert fine.unknowns / coarse.unknowns == pytest.approx(4.0, rel=0.03)
    assert fine.memory > coarse.memory


def test_check_is_quick_and_needs_no_finite_elements() -> None:
    begin = time.process_time()
    check(make())
    assert time.process_time() - begin < 0.5
    code = (
        "import sys, solver.check.report, solver.case.loading;"
        "heavy = {'dolfinx', 'petsc4py', 'mpi4py', 'gmsh', 'pint', 'pandas', 'scipy.integrate'};"
        "sys.exit(bool(heavy & set(sys.modules)))"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False, cwd=ROOT).returncode == 0


@pytest.mark.parametrize(
    ("value", "unit", "text"),
    [
        (3.042e-9, "m", "3.04 nm"),
        (0.0, "V", "0 V"),
        (-0.25, "V", "-250 mV"),
        (999.9e-9, "m", "1 um"),
        (1.5, "S", "1.5 S"),
        (None, "S", "-"),
        (math.nan, "S", "-"),
        (3.3e8, "ohm", "330 Mohm"),
    ],
)
def test_si_prefixes(value: float | None, unit: str, text: str) -> None:
    assert si(value, unit) == text


def test_an_uncharged_channel_has_no_surface_conductance() -> None:
    text = render(check(make({"walls": {}})))
    [line] = [line for line in text.splitlines() if line.startswith("Bikerman")]
    assert line.split()[-2:] == ["0", "0"]
    assert "-0 " not in text
    assert "-0.0 " not in text


def test_a_reservoir_shorter_than_the_mouth_is_a_layer_in_front_of_it() -> None:
    """L / (kappa h w), the limit of short reservoirs; the mouth of a wide one has a resistance that grows with its reach."""
    data: dict[str, Any] = {
        "geometry": {
            "type": "slit",
            "length": "1 um",
            "height": "20 nm",
            "width": "1 um",
            "reservoirs": {"length": "5 nm", "half_height": "250 nm", "terminal": "end"},
        },
        "electrolyte": {"species": {"K": {}, "Cl": {}}, "concentration": "1 mM"},
        "walls": {"channel": {"surface_charge": "-5 mC/m^2"}},
    }
    case = Case.model_validate(data)
    section = check(case).sections[0]
    assert section.access == pytest.approx(5e-9 / (case.solution("left").conductivity * 20e-9 * 1e-6), rel=1e-12)
    assert section.limiting is not None
    assert section.limiting > 0.0
