"""pH and sites in cases: what is made of them, and what is refused in one line with the key to blame."""

from __future__ import annotations

import math
from typing import Any

import pytest

from solver.case.case import Case, CaseError
from solver.case.electrolyte import Electrolyte

SILICA = {"groups": "silica", "stern": {"capacitance": "2.9 F/m^2"}}
SLIT: dict[str, Any] = {
    "geometry": {"type": "slit", "length": "100 nm", "height": "10 nm", "width": "1 um", "reservoirs": None},
    "electrolyte": {"species": {"K": {}, "Cl": {}}, "concentration": "10 mM", "pH": 7},
    "walls": {"channel": SILICA},
}


def case(electrolyte: dict[str, Any] | None = None, **keys: Any) -> Case:
    """The slit with other keys."""
    return Case(**{**SLIT, "electrolyte": {**SLIT["electrolyte"], **(electrolyte or {})}, **keys})


def site(**keys: Any) -> dict[str, Any]:
    """The slit's wall with a type of sites."""
    return {"channel": {"groups": [{"site": "silanol", **keys}]}}


@pytest.mark.parametrize(
    ("keys", "key", "text"),
    [
        ({"walls": site(binds=[{"Na": 1, "pK": 1}])}, "walls.channel.groups", "binds 'Na', which is no species"),
        ({"electrolyte": {"pH": None}}, "walls.channel.groups", "binds H, but the solution has no pH; write e.g."),
        ({"electrolyte": {"pH": 15}}, "electrolyte.pH", "no pH of a dilute solution; write one from 0 to 14"),
        (
            {"electrolyte": {"pH": 1}},
            "electrolyte.pH",
            "means 100 mM of H\\+, more than the 10 mM of ions of the other sign",
        ),
        ({"electrolyte": {"pH": 12.5}}, "electrolyte.pH", "mM of OH-, more than .* write a pH of at most 12,"),
        ({"electrolyte": {"pH": "7 mM"}}, "electrolyte.pH", "is not a number without unit; write e.g. '7'"),
        ({"electrolyte": {"protons": "fixed"}}, "electrolyte.protons", "buffered"),
        ({"terminals": {"left": {"pH": 5}}}, "terminals.left.pH", "a buffer holds one pH everywhere; write .*free"),
        (
            {"electrolyte": {"pH": None}, "terminals": {"left": {"pH": 5}}},
            "terminals.left.pH",
            "write it as electrolyte.pH",
        ),
        ({"electrolyte": {"pH": None, "protons": "free"}}, "electrolyte.pH", "is missing; write e.g. 'pH: 7'"),
        (
            {"electrolyte": {"species": {"K": {}, "Cl": {}, "H": {}}}},
            "electrolyte.pH",
            "given together with the species H, whose concentration says it",
        ),
        (
            {"electrolyte": {"protons": "free"}, "terminals": {"left": {"concentrations": {"K": 1, "Cl": 1, "H": 1}}}},
            "terminals.left.concentrations.H",
            "follows from pH where protons are free",
        ),
        ({"electrolyte": {"protons": "free", "species": {"H": {}, "OH": {}}}}, "electrolyte.species", "needs a salt"),
        ({"walls": {"channel": {**SILICA, "surface_charge": 0.01}}}, "walls.channel.groups", "together with a surface"),
        (
            {"walls": {"channel": {**SILICA, "potential": 0.0}}},
            "walls.channel.groups",
            "given together with a potential",
        ),
        ({"walls": {"channel": {**SILICA, "charge": 0.0}}}, "walls.channel.groups", "given together with a charge"),
        ({"walls": {"channel": {"groups": "silca"}}}, "walls.channel.groups", "did you mean 'silica'?"),
        ({"walls": {"channel": {"groups": []}}}, "walls.channel.groups", "no list of 1 to 10 types of sites"),
        ({"walls": site(binds=[{"H": 1}])}, "walls.channel.groups.0.binds.0.pK", "is missing; write e.g. 'pK: 7.5'"),
        ({"walls": site(binds=[{"H": 1, "pKa": 3}])}, "walls.channel.groups.0.binds.0.pKa", "did you mean 'pK'"),
        ({"walls": site(binds=[{"pK": 3}])}, "walls.channel.groups.0.binds.0", "names no ion"),
        ({"walls": site(binds=[{"H": 0, "pK": 3}])}, "walls.channel.groups.0.binds.0.H", "not a number of bound ions"),
        ({"walls": site(binds=[{"H": 0.5, "pK": 3}])}, "walls.channel.groups.0.binds.0.H", "not a whole number"),
        ({"walls": site(binds=[])}, "walls.channel.groups.0.binds", "needs 1 to 12 bound states"),
        (
            {"walls": site(binds=[{"H": 1, "pK": 3}, {"H": 1, "pK": 4}])},
            "walls.channel.groups.0.binds.1",
            "the same ions are bound twice",
        ),
        ({"walls": site(density="8 nm")}, "walls.channel.groups.0.density", "is not a quantity in 1/m\\^2"),
        (
            {"walls": {"channel": {"groups": [{"site": "crown_ether"}]}}},
            "walls.channel.groups.0.density",
            "is missing; write e.g. 'density: 8 /nm\\^2'",
        ),
        (
            {"walls": {"channel": {"groups": [{"site": "silanol"}, {"site": "silanol"}]}}},
            "walls.channel.groups.1.site",
            "is there twice",
        ),
        ({"walls": {"channel": {"groups": [{"site": "carboxl"}]}}}, "walls.channel.groups.0.site", "not in the table"),
        ({"walls": {"channel": {"groups": "silica", "stern": {}}}}, "walls.channel.stern.thickness", "is missing"),
        (
            {"walls": {"channel": {"stern": {"thickness": 1e-9, "capacitance": 1.0}}}},
            "walls.channel.stern.thickness",
            "given together with a capacitance",
        ),
    ],
)
def test_what_cannot_be_meant_is_refused_with_its_key(keys: dict[str, Any], key: str, text: str) -> None:
    with pytest.raises(CaseError, match=text) as caught:
        case(**keys)
    assert ".".join(map(str, caught.value.key)) == key
    assert "\n" not in caught.value.text


def test_free_protons_are_species_that_follow_from_pH() -> None:
    """The salt's anion comes with an acid, its cation with a base; the reservoir is neutral."""
    made = case({"protons": "free"}, terminals={"left": {"pH": 4}, "right": {"pH": 10}})
    assert list(made.electrolyte.species) == ["K", "Cl", "H", "OH"]
    acid, base = made.bulk("left"), made.bulk("right")
    assert acid == pytest.approx({"K": 10.0, "Cl": 10.1, "H": 0.1, "OH": 1e-7}, rel=1e-8)
    assert base == pytest.approx({"K": 10.1, "Cl": 10.0, "H": 1e-7, "OH": 0.1}, rel=1e-8)
    assert sum(made.electrolyte.valences[name] * c for name, c in acid.items()) == pytest.approx(0.0, abs=1e-12)
    assert [type(law).__name__ for law in made.electrolyte.reaction_laws] == ["WaterDissociation"]
    assert Case.model_validate(made.model_dump(mode="json")) == made


def test_a_pH_belongs_to_a_solution_only_where_it_is_buffered() -> None:
    assert case().solution("left").pH == 7.0
    assert case({"protons": "free"}).solution("left").pH is None


def test_protons_may_be_a_species_of_given_concentration() -> None:
    """Without a pH and a buffer: sites take the H+ that is there."""
    bulk = {"K": 10.0, "Cl": 10.1, "H": 0.1}
    species = {"K": {}, "Cl": {}, "H": {}}
    found = case({"pH": None, "species": species, "concentration": None}, terminals={
        name: {"concentrations": bulk} for name in ("left", "right")
    })  # fmt: skip
    buffered = case({"pH": 4.0})
    z = found.geometry.profile([0.5]) * 0.0
    charges = [each.charge_at("channel", z)[0] for each in (found, buffered)]
    assert charges[0] == pytest.approx(charges[1], rel=5e-3)


@pytest.mark.parametrize(
    "key", ["electrolyte.pH", "walls.channel.groups.0.density", "walls.channel.groups.0.binds.0.pK"]
)
def test_values_of_regulation_are_swept_without_new_forms(key: str) -> None:
    from solver.discretization.build import same_structure

    one = case()
    for factor in (0.99, 1.01):
        value = 7.0 if key.endswith("pH") else 7.5 if key.endswith("pK") else 8e18
        assert same_structure(one, one.with_value(key, factor * value))


@pytest.mark.parametrize(
    ("electrolyte", "terminals", "to", "text"),
    [
        ({}, {}, {"electrolyte.pH": 8.0}, "ends a charged channel and holds the equilibrium profile at one pH"),
        ({}, {}, {"electrolyte.pK": 8.0}, "cannot be driven"),
        ({"protons": "free"}, {}, {"electrolyte.pH": 8.0}, "cannot be driven"),
    ],
)
def test_protocols_that_cannot_drive_a_pH_say_so(
    electrolyte: dict[str, Any], terminals: dict[str, Any], to: dict[str, float], text: str
) -> None:
    study = {"type": "transient", "protocol": [{"type": "ramp", "duration": 1e-6, "to": to}]}
    with pytest.raises(CaseError, match=text):
        case(electrolyte, terminals=terminals, study=study)


def test_a_pH_is_driven_within_what_the_salt_allows() -> None:
    geometry = {**SLIT["geometry"], "reservoirs": {"length": "50 nm", "half_height": "50 nm"}}

    def driven(pH: float) -> Case:
        step = {"type": "ramp", "duration": 1e-6, "to": {"electrolyte.pH": pH}}
        return case(geometry=geometry, study={"type": "transient", "protocol": [step]})

    assert driven(9.0).study.type == "transient"
    with pytest.raises(CaseError, match=r"brings electrolyte.pH to 1: pH 1 means 100 mM of H\+"):
        driven(1.0)


@pytest.mark.parametrize("model", ["davies", "debye_hueckel"])
def test_pKs_are_those_of_activities(model: Any) -> None:
    """Of a buffer in a salt of 0.1 M: the ratio of its forms is not that of an ideal solution."""
    keys = {
        "species": {"Na": {}, "Cl": {}},
        "protons": "free",
        "pH": 7,
        "buffers": {"phosphate": "50 mM"},
        "model": model,
    }
    liquid = Electrolyte.model_validate({**keys, "concentration": 100.0})
    solution = liquid.solution(liquid.salt(100.0))
    mu = {name: value / math.log(10.0) for name, value in solution.potentials.items()}
    assert mu["H2PO4"] - mu["H"] - mu["HPO4"] == pytest.approx(7.21, abs=1e-9)
    at = dict(zip(solution.names, solution.concentrations, strict=True))
    assert abs(math.log10(at["HPO4"] / at["H2PO4"]) - (7.0 - 7.21)) > 0.02
    charges = [z * c for z, c in zip(solution.valences, solution.concentrations, strict=True)]
    assert sum(charges) == pytest.approx(0.0, abs=1e-10)
