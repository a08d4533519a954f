"""Ions of finite size: Gibbs and Duhem, neutral solutions, limits in which models agree, what they solve, and refusals."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

from solver.case.case import Case
from solver.case.electrolyte import Electrolyte
from solver.case.room import most_balanced
from solver.check.traces import trace_warnings
from solver.inputs.errors import CaseError
from solver.laws.algebra import NUMBERS
from solver.laws.electrolytes.bikerman import Bikerman
from solver.laws.electrolytes.bmcsl import Bmcsl
from solver.laws.electrolytes.carnahan_starling import CarnahanStarling
from solver.laws.electrolytes.lattice_gas import LatticeGas
from solver.laws.electrolytes.packing import sphere_volume
from solver.physics.constants import AVOGADRO
from solver.physics.double_layer import surface_charge, surface_potential
from solver.physics.solution import Solution

VALENCES, SCALE = (1, -1, 2), 1000.0
SIZE = 0.6e-9
DIFFERENT = {"K": 0.6e-9, "Cl": 0.35e-9, "Ca": 0.8e-9}
SAME = dict.fromkeys(DIFFERENT, SIZE)
MODELS: list[Any] = [
    Bikerman(size=SIZE),
    LatticeGas(sizes=DIFFERENT),
    CarnahanStarling(size=SIZE),
    Bmcsl(sizes=DIFFERENT),
]


def states(count: int = 400) -> tuple[list[np.ndarray], np.ndarray]:
    """Electrochemical potentials and potentials from dilute to packed."""
    random = np.random.default_rng(7)
    return [random.uniform(-8.0, 0.5, count) for _ in VALENCES], random.uniform(-30.0, 30.0, count)


@pytest.mark.parametrize("model", MODELS, ids=lambda each: each.type)
def test_pressures_and_potentials_belong_together(model: Any) -> None:
    """d Pi = sum c_i d mu_i at any potential, also where the ions are packed."""
    mu, y = states()
    c = model.concentrations(mu, y, VALENCES, SCALE, NUMBERS)
    for k in range(len(VALENCES)):
        sides = [[e + (sign * 1e-4 if i == k else 0.0) for i, e in enumerate(mu)] for sign in (1.0, -1.0)]
        above, below = (model.osmotic_pressure_at(side, y, VALENCES, SCALE, NUMBERS) for side in sides)
        assert (above - below) / 2e-4 == pytest.approx(c[k], rel=1e-6, abs=1e-8)
    dilute = np.abs(y) < 4.0
    of_concentrations = model.osmotic_pressure([each[dilute] for each in c], SCALE, NUMBERS)
    pressure = model.osmotic_pressure_at(mu, y, VALENCES, SCALE, NUMBERS)
    assert of_concentrations == pytest.approx(pressure[dilute], rel=1e-7)


@pytest.mark.parametrize("model", [*MODELS[:2], LatticeGas(sizes=SAME)], ids=lambda each: each.type)
@pytest.mark.parametrize("concentration", [1e-9, 1e-6, 1e-3, 1.0])
def test_pressures_of_dilute_solutions_keep_their_digits(model: Any, concentration: float) -> None:
    """From 1 pM to 1 mM, against the first terms of their series in c (mol/m^3)."""
    c = [concentration, 2.5 * concentration, 0.75 * concentration]
    volumes = [1.0 / most for most in model.largest_concentrations(("K", "Cl", "Ca")).values()]
    filled = sum(v * ci for v, ci in zip(volumes, c, strict=True))
    own = volumes[0] if model.type == "bikerman" else (0.311e-9) ** 3 * AVOGADRO
    expected = sum(c) + sum(filled**k / k for k in range(2, 8)) / own
    assert model.osmotic_pressure(c, 1.0, NUMBERS) == pytest.approx(expected, rel=1e-14)
    mu = model.chemical_potentials(c, 1.0, NUMBERS)
    assert model.osmotic_pressure_at(mu, 0.0, VALENCES, 1.0, NUMBERS) == pytest.approx(expected, rel=1e-13)


@pytest.mark.parametrize("model", MODELS, ids=lambda each: each.type)
def test_the_neutral_solution_has_no_charge_and_the_same_potentials(model: Any) -> None:
    mu, _ = states()
    y = model.neutral_potential(mu, VALENCES, SCALE, NUMBERS)
    c = model.concentrations(mu, y, VALENCES, SCALE, NUMBERS)
    assert np.abs(sum(z * ci for z, ci in zip(VALENCES, c, strict=True))).max() < 1e-12
    again = model.chemical_potentials(c, SCALE, NUMBERS)
    for each, given, z in zip(again, mu, VALENCES, strict=True):
        assert each + z * y == pytest.approx(given, abs=1e-10)
    slopes = model.neutral_slopes([e[:3] for e in mu], VALENCES, y[:3], SCALE)
    raised = [mu[0][:3] + 1e-3, *(e[:3] for e in mu[1:])]
    change = model.neutral_potential(raised, VALENCES, SCALE, NUMBERS) - y[:3]
    assert change == pytest.approx(1e-3 * slopes[0], rel=2e-3)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (Bikerman(size=SIZE), LatticeGas(sizes=SAME, solvent_size=SIZE)),
        (CarnahanStarling(size=SIZE), Bmcsl(sizes=SAME)),
    ],
    ids=["lattice", "spheres"],
)
def test_with_equal_sizes_models_agree(one: Any, other: Any) -> None:
    mu, y = states()
    pair = [each.concentrations(mu, y, VALENCES, SCALE, NUMBERS) for each in (one, other)]
    for a, b in zip(*pair, strict=True):
        assert a == pytest.approx(b, rel=1e-10)


@pytest.mark.parametrize("model", [each for each in MODELS if each.type != "bikerman"], ids=lambda each: each.type)
def test_iterations_end_and_say_so_where_they_do_not(model: Any) -> None:
    mu, y = states(4000)
    assert np.max(model.unsolved(mu, y, VALENCES, SCALE)) < 1e-9


@pytest.mark.parametrize("small", [0.6e-9, 0.4e-9, 0.3e-9])
def test_neutral_potentials_of_dense_spheres(small: float) -> None:
    """Up to a filled part of 0.4, whichever ion the electrochemical potentials favour."""
    model, side = Bmcsl(sizes={"K": 0.9e-9, "Cl": small}), np.array([-20.0, 0.0, 20.0])
    mu = [5.5 + side, 5.5 - side]
    y = model.neutral_potential(mu, (1, -1), SCALE, NUMBERS)
    first, second = model.concentrations(mu, y, (1, -1), SCALE, NUMBERS)
    assert (first * sphere_volume(0.9e-9, SCALE)).min() > 0.25
    assert first == pytest.approx(second, rel=1e-8)


def test_iterations_that_do_not_end_are_seen() -> None:
    """A size ratio far beyond that of the steps."""
    giant = LatticeGas(sizes={"K": 6e-9, "Cl": 0.2e-9, "Ca": 0.2e-9})
    mu, y = states(4000)
    with np.errstate(all="ignore"):
        left = giant.unsolved(mu, y, VALENCES, SCALE)
    assert not np.max(left) < 1e-7


@pytest.mark.parametrize("valences", [(1, -1), (1, -1, 2), (2, -1, 0)])
def test_ions_of_one_size_beside_a_fixed_charge(valences: tuple[int, ...]) -> None:
    """In formulas as by bisection, up to charges for which there is hardly any room."""
    model, scale = Bikerman(size=SIZE), 100.0
    most = model.largest_concentrations(("K",))["K"] / scale
    fixed = np.array([-0.95, -0.3, -1e-6, 0.0, 0.2, 0.9]) * most
    mu = list(np.array([0.3, -0.2, -1.0])[: len(valences)])
    found = model.potential_beside(mu, fixed, valences, scale, NUMBERS)
    assert found == pytest.approx(model.donnan_potential(mu, fixed, valences, scale), abs=1e-7)


def solution(model: Any, concentration: float = 100.0) -> Solution:
    """A 1:1 salt."""
    return Solution(78.5, 298.15, 0.89e-3, (1, -1), (concentration, concentration), (1e-9, 1e-9), ("K", "Cl"), model)


@pytest.mark.parametrize("volts", [1e-9, 1e-6, 1e-3, 0.03, 0.3, -0.8])
def test_grahame_with_ions_of_one_size(volts: float) -> None:
    """The closed form of Kilic, Bazant and Ajdari, at potentials of every size and back."""
    model = Bikerman(size=SIZE)
    found = solution(model)
    y, nu = volts / found.thermal_voltage, 2.0 * 100.0 / model.largest_concentrations(("K",))["K"]
    packed = np.sqrt(2.0 / nu * np.log1p(2.0 * nu * np.sinh(y / 2.0) ** 2))
    exact = np.sign(y) * packed * found.permittivity * found.thermal_voltage / found.debye_length
    assert surface_charge(volts, found) == pytest.approx(exact, rel=1e-7)
    assert surface_potential(surface_charge(volts, found), found) == pytest.approx(volts, rel=1e-6)


@pytest.mark.parametrize("model", [Bikerman(size=SIZE), CarnahanStarling(size=SIZE)], ids=lambda each: each.type)
def test_layers_are_not_thinner_than_packed_ones(model: Any) -> None:
    """At small charges as of point ions; at large ones a layer holds the ions that there is room for."""
    point = Solution(78.5, 298.15, 0.89e-3, (1, -1), (100.0, 100.0), (1e-9, 1e-9))
    sized = solution(model)
    assert sized.debye_length == pytest.approx(point.debye_length, rel=1e-6)
    assert sized.edl_thickness(1e-4) == pytest.approx(point.edl_thickness(1e-4), rel=1e-2)
    assert sized.edl_thickness(1.0) > 3.0 * point.edl_thickness(1.0)
    assert sized.edl_thickness(2.0) == sized.edl_thickness(1.0)


CASE: dict[str, Any] = {
    "geometry": {
        "type": "cylinder",
        "length": "50 nm",
        "radius": "5 nm",
        "reservoirs": {"length": "20 nm", "radius": "20 nm"},
    },
    "electrolyte": {"species": {"K": {}, "Cl": {}}, "concentration": "1 M"},
}


@pytest.mark.parametrize(
    ("model", "key", "text"),
    [
        ({"type": "bikerman", "size": "1 nm"}, "electrolyte.model", "1.66 M of all ions together"),
        ({"type": "carnahan_starling", "size": "1 nm"}, "electrolyte.model", "below 0.494"),
        ({"type": "lattice_gas", "sizes": {"K": "0.5 nm"}}, "sizes", "write e.g. 'Cl: 0.6 nm'"),
        ({"type": "bmcsl", "sizes": {"K": "0.5 nm", "Cll": "0.5 nm"}}, "sizes.Cll", "did you mean 'Cl'?"),
        ({"type": "bikerman"}, "size", "is missing"),
        ({"type": "bikerman", "size": "1e-3 nm"}, "electrolyte.model", "or 'ideal' for points"),
        ({"type": "bmcsl", "sizes": {"K": "1e-3 nm", "Cl": "0.5 nm"}}, "electrolyte.model", "'K' of 0.001 nm"),
    ],
)
def test_what_has_no_room_or_no_size_is_refused(model: dict[str, Any], key: str, text: str) -> None:
    with pytest.raises(CaseError) as refused:
        Case.model_validate({**CASE, "electrolyte": {**CASE["electrolyte"], "model": model}})
    assert text in str(refused.value)
    assert key.split(".")[-1] in str(refused.value)


def test_second_solvents_need_an_ideal_solution() -> None:
    """No model of ions knows them."""
    for model in ("davies", {"type": "bikerman", "size": "0.5 nm"}):
        electrolyte = {**CASE["electrolyte"], "model": model}
        with pytest.raises(CaseError, match="knows one solvent"):
            Case.model_validate({**CASE, "electrolyte": {**electrolyte, "properties": "water_glycerol"}})


def test_trace_species_beside_ions_of_finite_size_are_points() -> None:
    trace = {"dye": {"valence": -1, "radius": "0.5 nm", "concentration": "1 nM"}}
    for model, kinds in (("ideal", []), ({"type": "bikerman", "size": "0.5 nm"}, ["trace points"])):
        case = Case.model_validate({**CASE, "electrolyte": {**CASE["electrolyte"], "model": model, "trace": trace}})
        assert [kind for kind, _ in trace_warnings(case)] == kinds


def test_room_beside_a_membrane_without_double_layers_is_that_of_each_counter_ion() -> None:
    model, valences = Bikerman(size=0.5e-9), {"K": 1, "Ca": 2, "Cl": -1}
    assert most_balanced(model, valences, -1.0) == pytest.approx(2.0 * most_balanced(model, valences, -1.0, every=True))


def test_a_pH_is_one_of_activities() -> None:
    """Also where no other equilibria hold: the water of a reservoir does not dissociate."""
    liquid = Electrolyte.model_validate(
        {"species": {"K": {}, "Cl": {}}, "protons": "free", "pH": 4, "concentration": 100.0, "model": "davies"}
    )
    solution = liquid.solution(liquid.salt(100.0))
    assert solution.potentials["H"] / math.log(10.0) == pytest.approx(-4.0, abs=1e-9)
    assert solution.potentials["OH"] / math.log(10.0) == pytest.approx(-10.0, abs=1e-6)
    assert abs(np.dot(solution.valences, solution.concentrations)) < 1e-12


def test_sizes_come_in_the_order_of_the_species() -> None:
    model = {"type": "lattice_gas", "sizes": {"Cl": "0.4 nm", "K": "0.6 nm"}}
    case = Case.model_validate({**CASE, "electrolyte": {**CASE["electrolyte"], "model": model}})
    assert list(case.electrolyte.model.sizes) == ["K", "Cl"]  # type: ignore[attr-defined]
    assert Case.model_validate(case.model_dump(mode="json")).electrolyte.model == case.electrolyte.model
