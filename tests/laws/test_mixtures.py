"""Mixtures of water and a second solvent: measured numbers, composition, and what terminals say of it."""

from __future__ import annotations

from typing import Any

import pytest

from solver.case.case import Case, CaseError
from solver.check.report import check
from solver.check.text import render
from solver.laws.algebra import NUMBERS
from solver.laws.properties.base import Local
from solver.laws.properties.mixtures import SolventMixture, WaterFormamide, WaterGlycerol


def device(properties: Any = "water_glycerol", **terminal: Any) -> Case:
    """A charged slit between 1 mM KCl in water and in glycerol."""
    return Case(
        geometry={"type": "slit", "length": 1e-6, "height": 20e-9, "width": 1e-6, "reservoirs": None},
        electrolyte={"concentration": 1.0, "species": {"K": {}, "Cl": {}}, "properties": properties},
        terminals={"right": terminal},
    )


@pytest.mark.parametrize(("fraction", "viscosity"), [(0.1, 1.31), (0.3, 2.50), (0.5, 6.00), (0.8, 60.1)])
def test_viscosity_of_glycerol(fraction: float, viscosity: float) -> None:
    """Segur and Oberstar, Ind. Eng. Chem. 43, 2117 (1951), at 20 degrees; that of water is 1.005 mPa s."""
    assert 1.005 * WaterGlycerol().relative_viscosity(fraction, 293.15, NUMBERS) == pytest.approx(viscosity, rel=0.03)


@pytest.mark.parametrize("law", [WaterGlycerol(), WaterFormamide()])
def test_a_mixture_of_one_alone_is_that(law: SolventMixture) -> None:
    pure = Local({law.name: 0.0}, None, 298.15)
    assert [law.viscosity_factor(pure, NUMBERS), law.permittivity_factor(pure, NUMBERS)] == pytest.approx([1.0, 1.0])
    for fraction in (1e-3, 0.4, 1.0):
        concentration = law.concentration(fraction, 298.15)
        assert law.mass_fraction(concentration, 298.15, NUMBERS) == pytest.approx(fraction)
    assert concentration == pytest.approx(law.densities(298.15)[1] / law.molar_mass)
    assert law.mass_fraction(2 * concentration, 298.15, NUMBERS) == 1.0


def test_own_formulas_replace_the_built_in_ones() -> None:
    law = WaterGlycerol(
        viscosity="1 + 3 * w", permittivity="1 - w / 2", mutual_diffusivity="1 - 0.9 * w", walden_exponent=0.5
    )
    local = Local({"glycerol": law.concentration(1.0, 298.15)}, None, 298.15)
    assert law.viscosity_factor(local, NUMBERS) == pytest.approx(4.0)
    assert law.permittivity_factor(local, NUMBERS) == pytest.approx(0.5)
    assert law.diffusivity_factor("K", local, NUMBERS) == pytest.approx(0.5)
    assert law.diffusivity_factor("glycerol", local, NUMBERS) == pytest.approx(0.1)


def test_terminals_say_mass_fractions() -> None:
    case = device(solvent_fraction="50 %")
    assert case.bulk("right")["glycerol"] == pytest.approx(6038.4, rel=1e-3)
    assert case.bulk("left")["glycerol"] < 1.2
    left, right = case.solutions()
    assert right.viscosity / left.viscosity == pytest.approx(5.6, rel=0.01)
    assert right.diffusivities[0] / left.diffusivities[0] == pytest.approx(left.viscosity / right.viscosity)
    assert Case.model_validate(case.model_dump(mode="json")) == case


def test_refusals() -> None:
    with pytest.raises(CaseError, match="more than 1"):
        device(solvent_fraction=1.5)
    with pytest.raises(CaseError, match="mass fraction"):
        device(concentrations={"K": 1.0, "Cl": 1.0, "glycerol": 100.0})
    with pytest.raises(CaseError, match="no second solvent"):
        device("constant", solvent_fraction=0.1)
    with pytest.raises(CaseError, match="positive number"):
        device({"type": "water_glycerol", "viscosity": "1 - 2 * w"})
    with pytest.raises(CaseError, match="positive number"):
        device({"type": "water_glycerol", "viscosity": "1 - 13 * w * (0.6 - w)"})
    with pytest.raises(CaseError, match="at w = 0"):
        device({"type": "water_glycerol", "viscosity": "0.89 * exp(2 * w)"})
    with pytest.raises(CaseError, match="one solvent"):
        device().with_values({"electrolyte.model": {"type": "bikerman", "size": 5e-10}})
    with pytest.raises(CaseError, match="holds from"):
        device().with_value("electrolyte.temperature", 400.0)


def test_check_says_by_which_power_of_the_viscosity_diffusivities_fall() -> None:
    assert "viscosity^1 (Walden's rule, an assumption" in check(device()).properties
    fractional = device({"type": "water_glycerol", "walden_exponent": 0.8, "mutual_diffusivity": "1 - 0.9 * w"})
    assert "viscosity^0.8 (a fractional rule" in render(check(fractional))
