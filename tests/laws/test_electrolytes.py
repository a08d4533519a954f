"""Models of the electrolyte: what is neutral is so, inverses are inverses, numbers and symbols agree."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from scipy.optimize import brentq

from solver.discretization.symbols import SYMBOLS
from solver.laws.algebra import NUMBERS
from solver.laws.electrolytes.bikerman import Bikerman
from solver.laws.electrolytes.bmcsl import Bmcsl
from solver.laws.electrolytes.carnahan_starling import CarnahanStarling
from solver.laws.electrolytes.ideal import Ideal
from solver.laws.electrolytes.lattice_gas import LatticeGas
from solver.laws.electrolytes.measured import MeasuredActivities
from solver.laws.registry import ELECTROLYTE_MODELS, REGION_LAWS, WALL_LAWS

POTENTIALS = st.floats(-6.0, 6.0)
VALENCES = st.lists(st.sampled_from([-2, -1, 0, 1, 2, 3]), min_size=2, max_size=5)


SIZES = dict(zip(("K", "Cl", "Ca", "SO4"), (0.6e-9, 0.4e-9, 0.7e-9, 0.8e-9), strict=True))
SIZED = {Bikerman: {"size": 0.6e-9}, CarnahanStarling: {"size": 0.6e-9}, LatticeGas: {}, Bmcsl: {}}


def made(model: Any, count: int) -> Any:
    """A model for some species; ions of finite size have those of SIZES."""
    sizes = {} if SIZED.get(model, True) else {"sizes": dict(list(SIZES.items())[:count])}
    found = model(**SIZED.get(model, {}), **sizes)
    assume(count == 2 or not isinstance(found, MeasuredActivities))
    return found.of_electrolyte(dict(list(zip(SIZES, (1, -1, 2, -2), strict=True))[:count]), 78.5, 298.15)


@pytest.mark.parametrize("kind", ELECTROLYTE_MODELS)
@given(st.lists(st.floats(1e-3, 30.0), min_size=2, max_size=4), POTENTIALS)
def test_chemical_potentials_are_the_inverse_of_concentrations(kind: Any, c: list[float], potential: float) -> None:
    valences, model = (1, -1, 2, -2)[: len(c)], made(kind, len(c))
    scale = 10.0
    mu = model.chemical_potentials(c, scale, NUMBERS)
    assert model.concentrations(mu, 0.0, valences, scale, NUMBERS) == pytest.approx(c, rel=1e-11)
    raised = [m + z * potential for m, z in zip(mu, valences, strict=True)]
    assert model.concentrations(raised, potential, valences, scale, NUMBERS) == pytest.approx(c, rel=1e-10)


@given(VALENCES, st.data())
def test_the_neutral_potential_is_the_root_of_the_charge(valences: list[int], data: st.DataObject) -> None:
    """Against a scalar root finder, for any number of species and valences with ions of both signs."""
    assume(max(valences) > 0 > min(valences))
    mu = data.draw(st.lists(POTENTIALS, min_size=len(valences), max_size=len(valences)))

    def charge(y: float) -> float:
        """Logarithm of the charge of the cations over that of the anions."""
        parts = [
            sum(s * z * np.exp(m - z * y) for m, z in zip(mu, valences, strict=True) if s * z > 0) for s in (1, -1)
        ]
        return float(np.log(parts[0] / parts[1]))

    exact = brentq(charge, -40.0, 40.0, xtol=1e-14, rtol=1e-15)
    assert Ideal().neutral_potential(mu, valences, 1.0, NUMBERS) == pytest.approx(exact, abs=1e-9)


@pytest.mark.parametrize("valences", [(1, -1), (2, -1), (1, 2, -1), (1, -1, -2), (3, 1, -1), (2, -2, -1)])
def test_the_virtual_solution_is_neutral(valences: tuple[int, ...]) -> None:
    """At a salt ratio of 100 the charge that is left is rounding; one step is exact for a salt."""
    mu = np.log([100.0, 1.0, 30.0])[: len(valences)]
    model = Ideal()
    y = model.neutral_potential(list(mu), valences, 1.0, NUMBERS)
    c = model.concentrations(list(mu), y, valences, 1.0, NUMBERS)
    assert abs(sum(z * ci for z, ci in zip(valences, c, strict=True))) < 1e-10 * sum(c)


def test_a_binary_salt_in_closed_form() -> None:
    """c_v = sqrt(c_+ c_-) and y_v = (mu_+ - mu_-) / 2."""
    mu = [1.3, -0.4]
    assert Ideal().neutral_potential(mu, (1, -1), 1.0, NUMBERS) == pytest.approx(0.85, rel=1e-15)
    assert Ideal().concentrations(mu, 0.85, (1, -1), 1.0, NUMBERS) == pytest.approx([np.exp(0.45)] * 2, rel=1e-15)


@pytest.mark.parametrize("potential", [0.0, 1e-6, 0.3, -4.0])
def test_double_layers_of_an_ideal_solution(potential: float) -> None:
    """Boltzmann's distribution, van 't Hoff's pressure, and the slope of the charge as the general difference quotient."""
    model, bulk, valences = Ideal(), [5.0, 2.0, 9.0], (1, 2, -1)
    c = model.in_equilibrium(bulk, potential, valences)
    assert c == pytest.approx([b * np.exp(-z * potential) for b, z in zip(bulk, valences, strict=True)], rel=1e-13)
    pressure = sum(b * np.expm1(-z * potential) for b, z in zip(bulk, valences, strict=True))
    assert model.osmotic_excess(bulk, potential, valences) == pytest.approx(pressure, rel=1e-6, abs=1e-13)
    general = super(Ideal, model).charge_slope(bulk, potential, valences)
    assert model.charge_slope(bulk, potential, valences) == pytest.approx(general, rel=1e-7)


@pytest.mark.parametrize("name", ["exp", "ln", "sqrt", "tanh"])
def test_numbers_and_symbols_agree(name: str) -> None:
    assert float(getattr(SYMBOLS, name)(0.37)) == pytest.approx(float(getattr(NUMBERS, name)(0.37)), rel=1e-15)


@pytest.mark.parametrize(("a", "b"), [(1.0, 2.0), (2.0, 1.0), (1.0, 1.0)])
def test_conditions_of_numbers_and_symbols_agree(a: float, b: float) -> None:
    number = NUMBERS.where(NUMBERS.less(a, b), 3.0, 4.0)
    symbol = SYMBOLS.where(SYMBOLS.less(a, b), 3.0, 4.0)
    assert float(number) == symbol(()) == (3.0 if a < b else 4.0)


def test_the_first_of_each_list_is_what_there_is_without_a_word() -> None:
    assert ELECTROLYTE_MODELS[0] is Ideal
    assert REGION_LAWS[0]().model_dump(mode="json") == {"type": "fluid"}
    assert len({law.key for law in WALL_LAWS}) == len(WALL_LAWS)
