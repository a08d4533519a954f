"""The table of usual sizes, and what is said beyond them."""

from __future__ import annotations

from fnmatch import fnmatchcase
from pathlib import Path

import pytest

from circuits.description.loading import is_circuit
from solver.case.case import Case
from solver.case.loading import CaseFile, load_case
from solver.check.plausible import USUAL, implausible, numbers_of
from solver.check.report import check, extreme_points
from solver.inputs.errors import CaseError
from solver.inputs.keys import numeric_key
from tests.support import filled_slit
from tests.support.cone_case import make
from tests.support.paths import CASE_FILES, ROOT

GOLDEN = (ROOT / "tests" / "golden" / "cases").glob("*.yaml")
FILES = sorted([*CASE_FILES, *(file for file in GOLDEN if not is_circuit(CaseFile.read(file)))])


@pytest.fixture(scope="module")
def cases() -> list[Case]:
    """All cases that are shipped or computed by tests."""
    return [load_case(file) for file in FILES]


BINDS = {"K": {"k_on": 1.0, "k_off": 1.0}, "Cl": {"k_on": 1.0, "equilibrium_constant": 1.0}}


def test_every_entry_of_the_table_is_of_a_key_with_its_unit(cases: list[Case]) -> None:
    ions = make({"terminals": {"base": {"concentrations": {"K": "1 mM", "Cl": "1 mM"}}}})
    filled = Case.model_validate(filled_slit.values(Path("slit.msh"), solid=True))
    leak = {"concentrations": {"K": 1.0, "Cl": 1.0}, "permeability": {"Cl": 1e-6}, "conductance": {"K": 1.0}}
    walls = {
        "membrane_tip": {"zeta_potential": -0.05},
        "channel": {"adsorption": [{"density": 1e-8, "binds": BINDS}]},
        "membrane_base": {"fluxes": {"K": 1e-6}, "leak": leak, "water": {"permeability": 1e-12, "osmolarity": 1.0}},
    }
    openings = make({"terminals": {"base": {"flow_rate": "1 nL/min"}}, "walls": walls})
    tracer = {"valence": 1, "radius": "1 nm", "concentration": "1 nM"}
    electrolyte = {"species": {"K": {}, "Cl": {}}, "concentration": "1 mM", "trace": {"x": tracer}}
    traced = make({"electrolyte": electrolyte, "terminals": {"base": {"trace": {"x": "1 nM"}}}})
    made = (*cases, ions, filled, openings, traced)
    keys = {key: numeric_key(each, key).symbol for each in made for key, _ in numbers_of(each)}
    for usual in USUAL:
        units = {unit for key, unit in keys.items() if fnmatchcase(key, usual.keys)}
        assert usual.unit in units, usual.keys
        assert 0.0 < usual.low < usual.high


def test_shipped_cases_have_usual_values(cases: list[Case]) -> None:
    assert [implausible(extreme_points(case)) for case in cases] == [{}] * len(FILES)


def test_the_ends_of_a_sweep_are_looked_at() -> None:
    study = {"type": "sweep", "parameter": "geometry.length", "range": {"start": "1 um", "stop": "1 m", "points": 3}}
    found = implausible(extreme_points(make({"study": study})))
    assert list(found) == ["geometry.length"]
    assert found["geometry.length"].startswith("geometry.length is 1 m, and usual are 100 pm to 50 mm")


def test_values_that_nothing_can_be_computed_from_are_refused_in_one_line() -> None:
    case = make({"electrolyte.temperature": 1e-39, "walls.channel": {"surface_charge": 1e29}})
    with pytest.raises(CaseError, match=r"its numbers cannot be computed \(.*\): electrolyte.temperature is 1e-39 K"):
        check(case)
