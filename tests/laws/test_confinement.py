"""Narrow regions as numbers: hindrance, energies, layers at walls, and what a case cannot say of them."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

from solver.case.case import Case, CaseError
from solver.check.regions import region_warnings
from solver.laws.algebra import NUMBERS
from solver.laws.hindrance import DechadilokDeen, Hindrance, Renkin, SlitHindrance
from solver.laws.regions.base import SOMEWHERE
from solver.laws.regions.confinement import Confinement

FORMULA = {"type": "expression", "formula": "2 * z / 1e-8"}
CONE = {"type": "cone", "length": 20e-9, "radius_base": 2e-9, "radius_tip": 1e-9, "reservoirs": None}


def sieve(geometry: dict[str, Any] | None = None, **keys: Any) -> Confinement:
    """The second half of a pore of 1 nm, or of another channel of 20 nm."""
    pore = {"type": "cylinder", "length": 20e-9, "radius": 1e-9, "reservoirs": None}
    case = Case(
        geometry=geometry or pore,
        electrolyte={"concentration": 10.0, "species": {"K": {}, "Cl": {}}},
        regions={"sieve": {"type": "confinement", "from": 10e-9, **keys}},
        solver={"flow": "none"},
    )
    found = case.regions["sieve"]
    assert isinstance(found, Confinement)
    return found


@pytest.mark.parametrize(("ratio", "product"), [(0.1, 0.64126121), (0.3, 0.20723153), (0.5, 0.04489062)])
def test_renkin(ratio: float, product: float) -> None:
    law = sieve(hindrance={"type": "renkin", "radii": {"K": ratio * 1e-9}})
    assert law.partition_coefficient("K") == pytest.approx((1 - ratio) ** 2)
    assert law.partition_coefficient("K") * law.relative_diffusivity("K") == pytest.approx(product, abs=6e-9)
    slowed = law.relative_diffusivity("K") * (2 - (1 - ratio) ** 2)
    assert law.relative_convection("K") == pytest.approx(slowed)


@pytest.mark.parametrize("law", [DechadilokDeen(), SlitHindrance()])
def test_what_fills_a_pore_does_not_pass_it(law: Hindrance) -> None:
    full = 1.0 - 1e-7
    assert law.partition(full) * law.diffusion(full, NUMBERS) == pytest.approx(0.0, abs=1e-6)
    assert law.partition(full) * law.convection(full, NUMBERS) == pytest.approx(0.0, abs=1e-6)


def test_formulas_for_cylinders_agree_for_small_particles() -> None:
    one, other = Renkin().diffusion(0.05, NUMBERS), DechadilokDeen().diffusion(0.05, NUMBERS)
    assert one == pytest.approx(other, rel=0.07)


def test_energies_add_up() -> None:
    born = {"born": {"radii": {"K": "0.2 nm"}}, "relative_permittivity": 40.0}
    law = sieve(partition={"K": 0.5}, barrier={"K": "1 kT"}, molar_energy={"K": "2.5 kJ/mol"}, **born)
    length = 1.602176634e-19**2 / (8 * math.pi * 8.8541878188e-12 * 1.380649e-23 * 298.15)
    energies = 1.0 + 2500.0 / (8.31446261815324 * 298.15) + length / 0.2e-9 * (1 / 40.0 - 1 / 78.5)
    assert law.partition_coefficient("K") == pytest.approx(0.5 * math.exp(-energies))
    assert law.partition_coefficient("Cl") == pytest.approx(math.exp(-length / 0.181e-9 * (1 / 40.0 - 1 / 78.5)))
    assert law.energy("K", (0.0, 0.0), NUMBERS) is None


def test_what_varies_is_apart_from_what_does_not() -> None:
    law = sieve(barrier={"K": FORMULA}, diffusivity_factor={"Cl": FORMULA}, hindrance={"type": "renkin"})
    place = np.array([5e-9, 20e-9]), np.zeros(2)
    assert law.energy("K", place, NUMBERS) == pytest.approx([1.0, 4.0])
    assert law.energy("Cl", place, NUMBERS) is None
    assert law.diffusivity_profile("Cl", place, NUMBERS) == pytest.approx([1.0, 4.0])
    assert 0.0 < law.relative_diffusivity("Cl") < 1.0


def test_hindrance_follows_the_width_of_a_cone() -> None:
    keys = {"hindrance": {"type": "dechadilok_deen", "radii": {"K": 0.3e-9, "Cl": 0.3e-9}}}
    cone, straight = sieve(CONE, **keys), sieve(**keys)
    tip = 20e-9, 0.0
    assert cone.partition_coefficient("K") == 1.0
    assert cone.energy("K", tip, NUMBERS) == pytest.approx(-math.log(straight.partition_coefficient("K")))
    assert cone.diffusivity_profile("K", tip, NUMBERS) == pytest.approx(straight.relative_diffusivity("K"))
    assert cone.convection_profile("K", tip, NUMBERS) == pytest.approx(straight.relative_convection("K"))


def test_the_layer_at_the_wall() -> None:
    law = sieve(wall_layer={"viscosity_factor": 3.0, "thickness": 0.3e-9}, viscosity_factor=FORMULA)
    r = np.array([0.0, 0.7e-9, 1e-9, 5e-9])
    layer = 1 + 2 * np.exp(-np.maximum(1e-9 - r, 0.0) / 0.3e-9)
    assert law.viscosity_profile((np.full(4, 10e-9), r), NUMBERS) == pytest.approx(2 * layer)
    assert law.diffusivity_profile("K", (np.full(4, 10e-9), r), NUMBERS) == pytest.approx(1 / layer)
    assert law.wall_length == 0.3e-9


@pytest.mark.parametrize(
    ("keys", "where", "what"),
    [
        ({"barrier": {"Na": 1.0}}, "barrier.Na", "unknown species"),
        ({"barrier": {"K": "1 kJ/mol"}}, "barrier.K", "write e.g. '1 kT'"),
        ({"born": {}}, "relative_permittivity", "is missing"),
        ({"hindrance": {"type": "renkin", "radii": {"K": 2e-9}}}, "hindrance.half_width", "hardly fits"),
        ({"hindrance": {"type": "renking"}}, "hindrance.type", "did you mean 'renkin'"),
        (
            {"viscosity_factor": {"type": "expression", "formula": "1 + x"}},
            "viscosity_factor.formula",
            "unknown name 'x'",
        ),
        ({"diffusivity_factor": {"K": -1.0}}, "diffusivity_factor.K", "must be positive"),
        (
            {"hindrance": {"type": "slit"}, "from": None, "geometry": "bullet"},
            "hindrance.half_width",
            "not known there as",
        ),
    ],
)
def test_refusals(keys: dict[str, Any], where: str, what: str) -> None:
    bullet = {**CONE, "type": "bullet", "exponent": 3.0} if keys.pop("geometry", None) else None
    with pytest.raises(CaseError) as caught:
        sieve(bullet, **keys)
    assert ".".join(map(str, caught.value.key)).endswith(f"sieve.{where}")
    assert what in str(caught.value)


def test_what_check_warns_of() -> None:
    geometry = {"type": "cylinder", "length": 20e-9, "radius": 1e-9, "reservoirs": None}
    data: dict[str, Any] = {
        "geometry": geometry,
        "electrolyte": {"concentration": 10.0, "species": {"K": {}, "Cl": {}}, "diffusivity_convention": "ito"},
        "regions": {"sieve": {"type": "confinement", "hindrance": {"type": "renkin", "radii": {"K": 0.5e-9}}}},
        "solver": {"flow": "none"},
    }
    warned = dict(region_warnings(Case.model_validate(data), None))
    assert "0.5 times as wide" in warned.pop("renkin sieve K")
    assert "nothing depends on it" in warned.pop("convention")
    assert not warned
    data["regions"]["sieve"]["diffusivity_factor"] = {"type": "expression", "formula": "1 + z / 1e-8"}
    assert list(dict(region_warnings(Case.model_validate(data), None))) == ["renkin sieve K"]
    data["regions"]["sieve"]["hindrance"]["type"] = "slit"
    assert list(dict(region_warnings(Case.model_validate(data), None))) == ["shape sieve"]


def test_born_energy_is_against_one_solvent() -> None:
    with pytest.raises(CaseError, match="second solvent"):
        Case(
            geometry={"type": "cylinder", "length": 20e-9, "radius": 1e-9, "reservoirs": None},
            electrolyte={"concentration": 10.0, "species": {"K": {}, "Cl": {}}, "properties": "water_glycerol"},
            regions={
                "sieve": {"type": "confinement", "relative_permittivity": 40.0, "born": {"radii": {"glycerol": 3e-10}}}
            },
        )


def test_born_energy_beside_a_measured_permittivity_warns() -> None:
    """1 M KCl has a lower permittivity than water; measured activity coefficients refer to water as Born's energy does."""
    electrolyte = {"concentration": 1e3, "species": {"K": {}, "Cl": {}}, "properties": "measured"}

    def warned(**keys: Any) -> dict[str, str]:
        case = Case(
            geometry={"type": "cylinder", "length": 20e-9, "radius": 1e-9, "reservoirs": None},
            electrolyte={**electrolyte, **keys},
            regions={"sieve": {"type": "confinement", "relative_permittivity": 40.0, "born": {}}},
        )
        return {kind: text for kind, text in region_warnings(case, None) if kind.startswith("born")}

    assert "of K would be 0." in warned()["born sieve"]
    assert warned(model="measured") == warned(properties="constant") == warned(concentration=10.0) == {}


def test_what_energies_follow_from_is_structure() -> None:
    born = sieve(born={}, relative_permittivity=40.0)
    assert born.structure != sieve(born={}, relative_permittivity=20.0).structure
    assert sieve(relative_permittivity=40.0).structure == sieve(relative_permittivity=20.0).structure
    wide = {"type": "cylinder", "length": 20e-9, "radius": 2e-9, "reservoirs": None}
    for keys, same in (({"barrier": {"K": 1.0}}, True), ({"hindrance": {"type": "renkin"}}, False)):
        assert (sieve(**keys).structure == sieve(wide, **keys).structure) is same


def test_formulas_need_no_value_at_the_origin() -> None:
    law = sieve(barrier={"K": {"type": "expression", "formula": "1e-9 / z"}})
    assert law.energy("K", SOMEWHERE, NUMBERS) is not None


def test_no_sensitivity_by_what_laws_follow_from() -> None:
    keys = {"study": {"type": "sweep", "parameter": "terminals.right.potential", "values": [0.1]}}
    with pytest.raises(CaseError, match="sweep it"):
        Case(
            geometry={"type": "cylinder", "length": 20e-9, "radius": 1e-9, "reservoirs": None},
            electrolyte={"concentration": 10.0, "species": {"K": {}, "Cl": {}}},
            regions={"sieve": {"type": "confinement", "hindrance": {"type": "renkin"}}},
            outputs={"sensitivities": ["electrolyte.viscosity"]},
            **keys,
        )
