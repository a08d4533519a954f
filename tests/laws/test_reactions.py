"""Reactions between dissolved species as formulas: equations, rates at rest, the Wien effect, solutions in equilibrium."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from scipy.optimize import brentq
from scipy.special import iv

import nanochannel as nc
from solver.case.electrolyte import Electrolyte
from solver.laws.algebra import NUMBERS
from solver.laws.equation import Equation
from solver.laws.reactions.base import Field, dependences, events, unexplained
from solver.laws.reactions.mass_action import Equilibrium, MassAction
from solver.laws.reactions.water import WaterDissociation
from solver.laws.reactions.wien import enhancement, factors

BUFFERED: dict[str, Any] = {"species": {"K": {}, "Cl": {}}, "protons": "free", "pH": 7.0, "concentration": 10.0}


POINT = {"valence": 0, "diffusivity": 2e-9}

WIEN = {"type": "mass_action", "forward_rate_constant": 1.0, "wien_effect": True}


def test_a_reaction_rests_where_its_constant_says() -> None:
    law = MassAction(equation="CaX2 = Ca2+ + 2 X-", pK=3.0, backward_rate_constant=2.0)
    a = {"Ca": 5.0, "X": 3.0}
    at_rest = a["Ca"] * a["X"] ** 2 / (1e-3 * 1e6)
    assert law.stoichiometry(("Ca", "X", "CaX2")) == {"CaX2": -1, "Ca": 1, "X": 2}
    assert law.rate({**a, "CaX2": at_rest}, NUMBERS) == pytest.approx(0.0, abs=1e-15)
    # 2 (l/mol)^2/s of 5 mM and (3 mM)^2
    assert law.rate({**a, "CaX2": 0.0}, NUMBERS) == pytest.approx(-2.0 * 5e-3 * 9e-6 * 1e3, rel=1e-14)


def test_the_wien_effect_is_onsagers() -> None:
    b = np.array([1e-9, 0.3, 4.0, 59.9, 60.1, 500.0])
    np.testing.assert_allclose(enhancement(b, NUMBERS), iv(1, np.sqrt(8 * b)) / np.sqrt(2 * b), rtol=2e-9)
    pair, slope = {"H": 1, "OH": -1}, (1e8, 0.0)
    diffusivities = {"H": 9.0, "OH": 5.0}
    law, a = WaterDissociation(wien_effect=True), {"H": 1e-3, "OH": 2e-5}
    forward = law.rate_constant * 1e-8
    back = law.rate_constant * 2e-8
    strength = float(enhancement(np.float64(0.35e-9 * 1e8), NUMBERS))

    def rate(**slopes: float) -> float:
        each = {name: (slopes[name], 0.0) for name in pair}
        return float(law.rate_in_field(a, Field(slope, each, 0.7e-9, diffusivities, pair), NUMBERS))

    assert rate(H=1e8, OH=-1e8) == pytest.approx(strength * forward - back, rel=1e-7), "a uniform solution"
    assert rate(H=0.0, OH=0.0) == pytest.approx(strength * (forward - back), rel=1e-12), "at rest"
    assert rate(H=-1e8, OH=0.0) == pytest.approx(strength * (forward - back), rel=1e-12), "against the field"
    half = float(enhancement(np.float64(0.175e-9 * 1e8), NUMBERS))
    assert rate(H=0.5e8, OH=-0.5e8) == pytest.approx(strength * forward - half * back, rel=1e-9)


@pytest.mark.parametrize(
    ("z", "d", "D"), [((2, -1), (0.8, 2.0), 0.8 * 2 + 2.0), ((2, -2), (0.7, 1.1), 2 * 0.7 + 2 * 1.1)]
)
def test_ions_of_higher_valence_part_faster(z: tuple[int, int], d: tuple[float, float], D: float) -> None:
    """Onsager (1934): 2 b = |z1 z2| (z1 u1 - z2 u2)/(u1 + u2) l_B e E/(k T), of mobilities u = D/(k T) of a force."""
    valences, bjerrum, E = {"A": z[0], "B": z[1]}, 0.7e-9, 3e8
    slopes = {name: (valence * E * 0.6, valence * E * 0.8) for name, valence in valences.items()}
    field = Field((E * 0.6, E * 0.8), slopes, bjerrum, dict(zip("AB", d, strict=True)), valences)
    b = abs(z[0] * z[1]) * D / sum(d) * bjerrum * E / 2
    apart, together = factors("A", "B", field, NUMBERS)
    assert apart == pytest.approx(iv(1, math.sqrt(8 * b)) / math.sqrt(2 * b), rel=1e-8)
    assert together == pytest.approx(1.0, abs=1e-6)


def test_equilibria_that_share_species_are_solved_for_each_other() -> None:
    laws = [
        Equilibrium(equation="H2A = H + HA", pK=3.0),
        Equilibrium(equation="HA = H + A", pK=7.0),
        Equilibrium(equation="H2O = H + OH", pK=14.0),
    ]
    found = dependences(laws, ("H", "OH", "A", "HA", "H2A"))
    assert found.components == ("H", "A")
    assert found.combined({"H2A": 1}) == {"H": 2.0, "A": 1.0}
    assert found.combined({"OH": 2}) == {"H": -2.0}
    decay = MassAction(equation="H2A = HA + H", forward_rate_constant=1.0)
    assert events([*laws, decay], found.species) == [{}]  # it changes no total
    loss = MassAction(equation="HA = OH", forward_rate_constant=1.0)
    missing = np.array([2.0, 0.0, 1.0, 0.0, 0.0])
    np.testing.assert_allclose(unexplained(missing, np.abs(missing), [*laws, loss], found.species), 0.0, atol=1e-15)


def test_what_a_rare_species_lacks_is_no_share_of_plentiful_ones() -> None:
    """P + R = Q + S, R and S rare: the sum of R and S is conserved, and rounding of P and Q says nothing of them."""
    law = MassAction(equation="P + R = Q + S", forward_rate_constant=1.0, backward_rate_constant=1.0)
    names, sizes = ("P", "Q", "R", "S", "T"), np.array([1.0, 1.0, 1e-10, 1e-10, 0.0])
    extent = 1e-11 * np.array([-1.0, 1.0, -1.0, 1.0, 0.0])
    rounding = np.array([1e-15, -3e-15, 0.0, 0.0, 0.0])
    found = unexplained(extent + rounding, sizes, [law], names)
    assert np.abs(found[2:]).max() < 1e-23
    lost = unexplained(extent + rounding - 1e-13 * np.array([0.0, 0.0, 1.0, 0.0, 0.0]), sizes, [law], names)
    np.testing.assert_allclose(lost[2:4] / sizes[2:4], -5e-4, rtol=1e-6)


@pytest.mark.parametrize("pH", [3.0, 7.2, 11.5])
def test_a_buffer_is_titrated_exactly(pH: float) -> None:
    water = {"water": {"type": "equilibrium", "equation": "H2O = H + OH", "pK": 14}}
    electrolyte = Electrolyte.model_validate({**BUFFERED, "buffers": {"phosphate": "20 mM"}, "reactions": water})
    solution = electrolyte.salt(10.0, pH)
    assert sum(solution[name] for name in ("H3PO4", "H2PO4", "HPO4", "PO4")) == pytest.approx(20.0, rel=1e-13)

    def charge(x: float) -> float:
        weights = [10.0 ** (k * x - sum((2.16, 7.21, 12.32)[:k])) for k in range(4)]
        mean = sum(-k * w for k, w in enumerate(weights)) / sum(weights)
        return solution["K"] - solution["Cl"] + 20.0 * mean + 1e3 * 10.0**-x - 1e3 * 10.0 ** (x - 14.0)

    assert brentq(charge, 0.0, 14.0, xtol=1e-13) == pytest.approx(pH, abs=1e-10)


@pytest.mark.parametrize(("equation", "constant"), [("KCl = K + Cl", 0.1), ("K + Cl = KCl", 10.0)])
def test_totals_of_ions_that_pair_are_shared(equation: str, constant: float) -> None:
    pairs = {"type": "equilibrium", "equation": equation, "equilibrium_constant": constant}
    electrolyte = Electrolyte.model_validate(
        {"species": {"K": {}, "Cl": {}, "KCl": POINT}, "concentration": 100.0, "reactions": {"pairs": pairs}}
    )
    free = 100.0 * (math.sqrt(5.0) - 1.0) / 2.0  # c^2 / 100 + c = 100
    assert electrolyte.salt(100.0) == pytest.approx({"K": free, "Cl": free, "KCl": 100.0 - free}, rel=1e-13)


@pytest.mark.parametrize(
    ("changes", "key", "said"),
    [
        (
            {"reactions": {"a": {"type": "equilibrium", "equation": "HAc = H + Ac", "pK": 4}}},
            "reactions.a",
            "no species",
        ),
        ({"reactions": {"a": {"type": "mass_action", "equation": "K = Cl"}}}, "forward_rate_constant", "missing"),
        (
            {"reactions": {"a": {"type": "mass_action", "equation": "K = Cl", "forward_rate_constant": 1}}},
            "reactions.a",
            "charge of -2",
        ),
        (
            {"reactions": {"a": {"type": "equilibrium", "equation": "H = OH", "pK": 4, "equilibrium_constant": 2}}},
            "pK",
            "one of the two",
        ),
        (
            {"reactions": {name: {"type": "equilibrium", "equation": "H + OH = H2O", "pK": -14} for name in "ab"}},
            "reactions",
            "do not say what each of OH, H is",
        ),
        (
            {"reactions": {"a": {"type": "mass_action", "equation": "H + OH = H2O", "forward_rate_constant": 1}}},
            "reactions",
            "in one direction",
        ),
        ({"reactions": {"a": {**WIEN, "equation": "H2O = H+ + OH2-"}}}, "reactions.a", "charge of -2, but"),
        ({"reactions": {"a": {**WIEN, "equation": "H2O = H2+ + OH-"}}}, "reactions.a", "charge of +2, but"),
        ({"reactions": {"a": {**WIEN, "equation": "H = K"}}}, "reactions.a", "not balanced in atoms: H (-1), K (+1)"),
        ({"buffers": {"fosfate": "1 mM"}}, "buffers.fosfate", "phosphate"),
        (
            {
                "buffers": {"tris": "1 mM"},
                "reactions": {"a": {"type": "equilibrium", "equation": "Tris = K + OH", "pK": 4}},
            },
            "reactions",
            "'buffers' gives the total as tris",
        ),
        ({"buffers": {"phosphate": "0 mM"}}, "buffers.phosphate", "zero"),
        ({"buffers": {"phosphate": "1 mM"}, "protons": "buffered"}, "buffers", "protons: free"),
        ({"reactions": {"a": {**WIEN, "equation": "K = 2 K"}}}, "reactions.a", "charge of +1"),
        ({"reactions": {"a": {**WIEN, "equation": "K + Cl = Cl + K"}}}, "reactions.a", "both sides are the same"),
        (
            {
                "reactions": {"a": {**WIEN, "equation": "H + Cl = HCl", "pK": 7}},
                "species": {"K": {}, "Cl": {}, "HCl": POINT},
            },
            "reactions.a",
            "pair of one cation and one anion",
        ),
    ],
)
def test_what_cannot_be_is_refused(changes: dict[str, Any], key: str, said: str) -> None:
    with pytest.raises(nc.CaseError) as error:
        nc.Case(
            geometry={"type": "slit", "length": "1 um", "height": "20 nm", "width": "1 um", "reservoirs": None},  # type: ignore[arg-type]
            electrolyte={**BUFFERED, **changes},  # type: ignore[arg-type]
        )
    assert key in str(error.value)
    assert said in str(error.value)


def reacting(reaction: dict[str, Any], **changes: Any) -> nc.Case:
    """A slit of water in which something reacts."""
    return nc.Case(
        geometry={"type": "slit", "length": "1 um", "height": "20 nm", "width": "1 um", "reservoirs": None},  # type: ignore[arg-type]
        electrolyte={**BUFFERED, **changes, "reactions": {"a": reaction}},  # type: ignore[arg-type]
    )


@pytest.mark.parametrize(("equation", "sign"), [("H2O = H + OH", 1), ("2 H + 2 OH = 2 H2O", -2)])
def test_the_reaction_of_water_says_how_much_hydroxide_there_is(equation: str, sign: int) -> None:
    law = {"type": "mass_action", "equation": equation, "pK": 13.5 * sign, "forward_rate_constant": 1e-3}
    case = reacting(law)
    assert case.bulk("left")["OH"] == pytest.approx(1e3 * 10.0**-6.5, rel=1e-12)
    assert not [text for text in nc.check(case).warnings if "does not rest" in text]


ONE = {"stoichiometry": 1}


@pytest.mark.parametrize(
    ("reaction", "changes", "said"),
    [
        (
            {
                "type": "mass_action",
                "equation": "H2O = H + OH",
                "forward_rate_constant": 2e-5,
                "backward_rate_constant": 2e9,
            },
            {"protons": "buffered", "species": {"K": ONE, "Cl": ONE, "H": ONE, "OH": ONE}, "pH": None},
            "'a' does not rest in the reservoir at 'left': the product of its activities there is 1e+10 times",
        ),
        (
            {"type": "equilibrium", "equation": "KCl = Na + Cl", "pK": 1},
            {"species": {"K": ONE, "Na": ONE, "Cl": {"stoichiometry": 2}, "KCl": {**POINT, "stoichiometry": 1}}},
            "is not balanced in atoms, if the names are formulas: K (-1), Na (+1)",
        ),
        (
            {"type": "equilibrium", "equation": "H2O = H + OH", "pK": 14},
            {"properties": {"type": "water_glycerol", "fraction": 0.2}},
            "the same in any mixture with glycerol",
        ),
    ],
)
def test_check_warns_of_what_does_not_fit(reaction: dict[str, Any], changes: dict[str, Any], said: str) -> None:
    case = reacting(reaction, **changes)
    assert said in " ".join(nc.check(case).warnings)


@pytest.mark.parametrize(
    ("equation", "lost"),
    [
        ("HAc = H + Ac", {}),
        ("HA = H + A", {}),
        ("TrisH = Tris + H", {}),
        ("CO2 = H + HCO3", {}),
        ("Ca2 + CO3 2- = CaCO3(s)", {}),
        ("CaCl = K + Cl", {"Ca": -1, "K": 1}),
        ("HPO4 2- = H+ + 2 PO4", {"P": 1, "O": 4}),
    ],
)
def test_names_that_are_formulas_keep_their_atoms(equation: str, lost: dict[str, int]) -> None:
    valences = {"Ca2": 2, "CO3": -2, "HPO4": -2, "H": 1, "PO4": -3, "CaCl": 1}
    assert Equation.in_liquid(equation).lost_atoms(valences) == lost


def test_a_written_charge_is_that_of_the_species() -> None:
    law = MassAction(equation="CaX2 = Ca+ + 2 X-", pK=3.0, backward_rate_constant=2.0)
    assert "'Ca+' has a charge of +1, but the species 'Ca' one of +2" in str(
        law.objection({"Ca": 2, "X": -1, "CaX2": 0})
    )
    assert law.objection({"Ca": 1, "X": -1, "CaX2": -1}) is None
