"""Measured properties: single salts are those of tables, mixtures lie between, what is unknown is refused."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from solver.case.case import Case
from solver.case.electrolyte import Electrolyte
from solver.inputs.errors import CaseError
from solver.laws.algebra import NUMBERS
from solver.physics.salts.conductivity import CONDUCTIVITIES
from solver.physics.salts.permittivity import PERMITTIVITIES
from solver.physics.salts.transference import TRANSFERENCE
from solver.physics.salts.viscosity import VISCOSITIES
from tests.support.small_cone import small_cone


def made(*ions: str, **keys: Any) -> Electrolyte:
    """An electrolyte with measured properties."""
    properties = {"type": "measured", "permittivity": "constant"} | keys
    return Electrolyte.model_validate({"species": {name: {} for name in ions}, "properties": properties})


@pytest.mark.parametrize("ions", [pair for pair in CONDUCTIVITIES if pair in VISCOSITIES], ids="-".join)
def test_one_salt_conducts_as_measured(ions: tuple[str, str]) -> None:
    """From 0.1 mM to the end of the table, with the transference numbers of the table and its viscosity."""
    electrolyte, salt = made(*ions), CONDUCTIVITIES[ions]
    for equivalents in np.geomspace(0.1, min(salt.end, VISCOSITIES[ions].end), 7):
        solution = electrolyte.solution(electrolyte.salt(float(equivalents) / salt.charges))
        assert solution.conductivity == pytest.approx(salt.conductivity(equivalents), rel=1e-6)
        if ions in TRANSFERENCE and equivalents <= TRANSFERENCE[ions].end:
            carried = solution.valences[0] ** 2 * solution.diffusivities[0] * solution.concentrations[0]
            whole = sum(z * z * d * c for z, d, c in zip(
                solution.valences, solution.diffusivities, solution.concentrations, strict=True))  # fmt: skip
            number = float(TRANSFERENCE[ions].of_cation(equivalents, NUMBERS))
            assert carried / whole == pytest.approx(number, abs=1e-9)
        if equivalents < 0.2:
            assert solution.viscosity == pytest.approx(0.89e-3, rel=1e-3)


def test_viscosities_and_permittivities_of_the_literature() -> None:
    """Sodium chloride: 1.095 at 1 mol/kg (J. Kestin, H. E. Khalifa, R. J. Correia, J. Phys. Chem. Ref. Data 10, 71 (1981)).
    Potassium chloride makes water thinner. All coefficients of Jones and Dole are those of the ions."""
    assert np.exp(VISCOSITIES["Na", "Cl"].logarithm(979.0, NUMBERS)) == pytest.approx(1.095, abs=6e-3)
    assert np.exp(VISCOSITIES["K", "Cl"].logarithm(500.0, NUMBERS)) < 1.0
    for table in VISCOSITIES.values():
        c = np.array(table.concentrations)
        found = np.exp(table.logarithm(1e3 * table.charges * c, NUMBERS))
        np.testing.assert_allclose(found, table.relative, rtol=1.2e-2)
        slope = float(table.logarithm(1e-3 * table.charges, NUMBERS)) / 1e-6
        assert slope == pytest.approx(table.jones_dole, rel=1e-3, abs=1e-6)
    for c in (0.5, 1.0, 2.0, 4.0):
        buchner = 78.4 - 15.45 * c + 3.76 * c**1.5
        found = 78.4 / (1.0 + PERMITTIVITIES["Na", "Cl"].excess(1e3 * c, NUMBERS))
        assert found == pytest.approx(buchner, rel=2.5e-2)


def test_mixtures_lie_between_their_salts_and_reduce_to_them() -> None:
    """At the same ionic strength; a trace of another salt changes nothing."""
    mixed = made("K", "Na", "Cl")
    conductivities = [
        mixed.solution({"K": 100.0 * x, "Na": 100.0 * (1.0 - x), "Cl": 100.0}) for x in (1e-9, 0.3, 0.6, 1.0 - 1e-9)
    ]
    values = [solution.conductivity for solution in conductivities]
    assert np.all(np.diff(values) > 0)
    assert values[0] == pytest.approx(CONDUCTIVITIES["Na", "Cl"].conductivity(100.0), rel=1e-6)
    assert values[-1] == pytest.approx(CONDUCTIVITIES["K", "Cl"].conductivity(100.0), rel=1e-6)
    viscosities = [solution.viscosity for solution in conductivities]
    assert np.all(np.diff(viscosities) < 0)
    calcium = made("K", "Ca", "Cl").solution({"K": 50.0, "Ca": 25.0, "Cl": 100.0})
    assert 0.05 * 102.41e-1 < calcium.conductivity < 0.1 * 128.9e-1


@pytest.mark.parametrize(
    ("electrolyte", "text"),
    [
        ({"temperature": 310.0}, "measured values are of 298.15 K, and the electrolyte has 310 K"),
        ({"species": {"TMA": {}, "Cl": {}}}, "no measured diffusivities of a salt of these ions"),
        ({"species": {"Ca": {}, "Cl": {}}}, "ions; write 'permittivity: constant'"),
        ({"species": {"dye": {"valence": 1, "diffusivity": 1e-10}, "Cl": {}}}, "of 'dye' with a valence of 1; write"),
        ({"species": {"K": {}, "Cl": {}, "Na": {"valence": 0, "diffusivity": 1e-9}}}, "of 'Na' with a valence of 0"),
        ({"concentration": 5000.0}, "diffusivities of K-Cl end at 4 mol/L of charge, and a solution has 5 mol/L"),
    ],
)  # fmt: skip
def test_what_no_table_has_is_refused(electrolyte: dict[str, Any], text: str) -> None:
    data = small_cone(10.0)
    liquid = {"species": {"K": {}, "Cl": {}}, "concentration": 10.0, "properties": "measured"}
    data["electrolyte"] = liquid | electrolyte
    with pytest.raises(CaseError, match=text) as error:
        Case.model_validate(data)
    assert error.value.key[:2] == ("electrolyte", "properties")


def test_what_is_taken_beyond_a_table_is_said() -> None:
    """Permittivities end earlier than conductivities; hydroxide has no table with sodium."""
    strong = made("K", "Cl", permittivity="measured")
    (text,) = strong.properties.cautions({"K": 3000.0, "Cl": 3000.0})
    assert "permittivities of K-Cl end at 1.5 mol/L of charge; at 3 mol/L the last one is taken" in text
    assert strong.properties.cautions({"K": 100.0, "Cl": 100.0}) == ()
    first, second = made("Na", "Cl", "OH").properties.cautions({"Na": 10.0, "Cl": 9.0, "OH": 1.0})
    assert "no measured conductivity of OH in this solution" in first
    assert "no measured viscosity of a salt of OH in this solution" in second
