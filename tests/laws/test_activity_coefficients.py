"""Activity coefficients of the ionic strength against published values, and the thermodynamics that they have to obey."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from solver.case.case import Case
from solver.case.electrolyte import Electrolyte
from solver.inputs.errors import CaseError
from solver.laws.algebra import NUMBERS
from solver.laws.electrolytes.ionic_strength import ByIonicStrength
from solver.physics.ions import ION_TABLE
from solver.physics.salts.activity import ACTIVITIES, debye_hueckel_constant
from tests.support.small_cone import small_cone

SCALE = 10.0
"""mol/m^3."""


def made(kind: Any, *ions: str) -> tuple[Any, list[int]]:
    """A model for ions of the table in water, and their valences."""
    keys = {"species": {name: {} for name in ions}, "model": kind}
    return Electrolyte.model_validate(keys).model, [ION_TABLE[name].valence for name in ions]


def gamma(model: Any, ions: list[float]) -> list[float]:
    """Activity coefficients of concentrations in mol/L."""
    c = [1e3 * each / SCALE for each in ions]
    return [float(np.exp(mu) / each) for mu, each in zip(model.chemical_potentials(c, SCALE, NUMBERS), c, strict=True)]


def test_published_coefficients() -> None:
    """Davies' at 0.1 mol/L (0.78; 0.37 for divalent ions), the limiting law with 0.509 per root of mol/L, and Debye and
    Hueckel's with the size 0.3 nm of potassium (0.755; J. Kielland, J. Am. Chem. Soc. 59, 1675 (1937))."""
    assert debye_hueckel_constant(78.4, 298.15) / np.log(10.0) == pytest.approx(0.510, abs=1e-3)
    davies, _ = made("davies", "Ca", "SO4", "K", "Cl")
    assert gamma(davies, [1e-9, 1e-9, 0.1, 0.1])[2] == pytest.approx(0.781, abs=2e-3)
    assert gamma(davies, [0.025, 0.025, 1e-9, 1e-9])[0] == pytest.approx(0.781**4, abs=3e-3)
    dilute, _ = made("debye_hueckel", "K", "Cl")
    assert np.log10(gamma(dilute, [1e-6, 1e-6])[0]) == pytest.approx(-0.5095e-3, rel=3e-3)
    small, _ = made({"type": "debye_hueckel", "closest_approach": "0.3 nm"}, "K", "Cl")
    assert gamma(small, [0.1, 0.1])[0] == pytest.approx(0.755, abs=4e-3)


@pytest.mark.parametrize("ions", ACTIVITIES, ids="-".join)
def test_measured_coefficients_are_those_of_the_table(ions: tuple[str, str]) -> None:
    """To 0.7 %, and constant beyond the table."""
    model, valences = made("measured", *ions)
    table = ACTIVITIES[ions]
    counts = (abs(valences[1]), valences[0]) if valences[0] != -valences[1] else (1, 1)
    for c, expected in zip(table.concentrations, table.of_concentrations, strict=True):
        logs = np.log(gamma(model, [count * c for count in counts]))
        mean = np.exp(np.dot(counts, logs) / sum(counts))
        assert mean == pytest.approx(expected, rel=7e-3)
    last = table.strengths[-1]
    assert model.coefficient(3 * last, NUMBERS) == pytest.approx(
        float(model.coefficient(0.9999999 * last, NUMBERS)), rel=1e-5
    )


@pytest.mark.parametrize("kind", ["debye_hueckel", "davies", "measured"])
@pytest.mark.parametrize("ions", [("K", "Cl"), ("Ca", "Cl"), ("K", "Mg", "Cl", "SO4")], ids="-".join)
def test_solutions_are_solved_exactly_and_obey_gibbs_and_duhem(kind: str, ions: tuple[str, ...]) -> None:
    """At random electrochemical potentials over ten orders of magnitude and potentials of +-6 thermal voltages."""
    if kind == "measured" and ions not in ACTIVITIES:
        return
    model, z = made(kind, *ions)
    assert isinstance(model, ByIonicStrength)
    rng = np.random.default_rng(3)
    mu, y = list(rng.uniform(-12.0, 8.0, (len(z), 3000))), rng.uniform(-6.0, 6.0, 3000)
    c = model.concentrations(mu, y, z, SCALE, NUMBERS)
    back = model.chemical_potentials(c, SCALE, NUMBERS)
    for found, given, valence in zip(back, mu, z, strict=True):
        np.testing.assert_allclose(found + valence * y, given, atol=1e-10)
    assert np.max(model.unsolved(mu, y, z, SCALE)) < 1e-10

    def moved(by: float, number: int) -> list[np.ndarray]:
        return [each + (by if k == number else 0.0) for k, each in enumerate(mu)]

    def pressure(at: list[np.ndarray]) -> Any:
        return model.osmotic_pressure(model.concentrations(at, y, z, SCALE, NUMBERS), SCALE, NUMBERS)

    step = 1e-4
    for number in range(len(z)):
        slope = (pressure(moved(step, number)) - pressure(moved(-step, number))) / (2 * step)
        assert np.quantile(np.abs(slope - c[number]) / sum(c), 0.99) < 1e-7, "d Pi = sum c d mu, but where tables end"

    neutral = model.neutral_potential(mu, z, SCALE, NUMBERS)
    ions_there = model.concentrations(mu, neutral, z, SCALE, NUMBERS)
    net = sum(q * each for q, each in zip(z, ions_there, strict=True))
    assert np.max(np.abs(net) / sum(abs(q) * each for q, each in zip(z, ions_there, strict=True))) < 1e-11
    slopes = model.neutral_slopes(mu, z, neutral, SCALE)
    for number in range(len(z)):
        sides = (model.neutral_potential(moved(s * step, number), z, SCALE, NUMBERS) for s in (1, -1))
        assert np.quantile(np.abs((next(sides) - next(sides)) / (2 * step) - slopes[number]), 0.99) < 1e-7


@pytest.mark.parametrize(
    ("electrolyte", "text"),
    [
        (
            {"model": "measured", "species": {"K": {}, "Na": {}, "Cl": {}}},
            "are of single salts: K-Cl, .*write 'davies'",
        ),
        ({"model": "measured", "temperature": 310.0}, "are of water at 298.15 K"),
        (
            {"model": "measured", "concentration": 4000.0},
            "of K-Cl end at an ionic strength of 3.55 mol/L, and a solution has 4",
        ),
        ({"model": "debye_hueckel", "species": {"La": {}, "Cl": {}}}, "solutions of ions of valence 3 unstable"),
    ],
)
def test_solutions_that_a_model_does_not_know_are_refused(electrolyte: dict[str, Any], text: str) -> None:
    data = small_cone(10.0)
    data["electrolyte"] = {"species": {"K": {}, "Cl": {}}, "concentration": 10.0} | electrolyte
    with pytest.raises(CaseError, match=text) as error:
        Case.model_validate(data)
    assert error.value.key[:2] == ("electrolyte", "model")


def test_solutions_too_strong_for_a_formula_are_told() -> None:
    liquid = Electrolyte.model_validate({"species": {"K": {}, "Cl": {}}, "model": "davies"})
    text = liquid.model.caution(liquid.solution(liquid.salt(800.0)))
    assert text is not None
    assert "up to an ionic strength of 0.5 mol/L, and this solution has 0.8 mol/L" in text
    assert liquid.model.caution(liquid.solution(liquid.salt(500.0))) is None
