"""Pores in a case: what is wrong with them in one line that names the key, and what `check` says."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from solver.case.case import Case
from solver.check.pores import pore_numbers
from solver.inputs.errors import CaseError
from tests.support.strip_with_pores import BLOCKED, strip

CHAIN = {"type": "site_chain", "species": {"K": {"wells": [-2.0], "barriers": [8.0, 8.0]}}}


@pytest.mark.parametrize(
    ("pore", "key", "text"),
    [
        ({"mouths": ["left_face", "left_face"]}, "mouths.1", "is the first mouth already"),
        ({"mouths": ["left_face", "right_fase"]}, "mouths.1", "did you mean 'right_face'?"),
        ({"kinetics": {"type": "single_occupancy", "species": {}}}, "kinetics.species", "is empty; write at least one"),
        ({"kinetics": {**CHAIN, "sites": [0.3, 0.6]}}, "kinetics.sites", "have 1 wells"),
        (
            {"kinetics": {"type": "site_chain", "species": {"K": {"wells": [1.0], "barriers": [1.0]}}}},
            "kinetics.species.K.barriers",
            "1 wells have 2 barriers",
        ),
        (
            {"kinetics": {"type": "site_chain", "species": {"K": {"wells": [1.0, 2.0], "barriers": [1.0, 2.0]}}}},
            "kinetics.species.K.barriers",
            "2 wells have 3 barriers",
        ),
        (
            {"kinetics": {"type": "single_occupancy", "species": {"Li": {"k_on": 1.0, "k_off": 1.0}}}},
            "pore",
            "unknown species",
        ),
        ({"number": 0.0}, "number", "'0' must be positive; write e.g. '2'"),
    ],
)
def test_what_does_not_fit_is_refused(tmp_path: Path, pore: dict[str, Any], key: str, text: str) -> None:
    with pytest.raises(CaseError) as raised:
        Case.model_validate(strip(tmp_path, **pore))
    assert text in str(raised.value)
    assert key.split(".")[-1] in ".".join(map(str, raised.value.key or ())) + str(raised.value)


def test_a_mouth_has_no_other_law_that_passes_or_holds_ions(tmp_path: Path) -> None:
    data = {**strip(tmp_path), "walls": {"left_face": {"fluxes": {"K": 1e-6}}}}
    with pytest.raises(CaseError, match="has 'fluxes', which the mouth of a pore cannot have"):
        Case.model_validate(data)


def test_spectra_are_refused(tmp_path: Path) -> None:
    data = {**strip(tmp_path), "study": {"type": "impedance", "terminal": "left", "frequencies": [1.0]}}
    with pytest.raises(CaseError, match="spectra of a device with pores"):
        Case.model_validate(data)


def test_a_copy_of_a_case_keeps_its_mouths(tmp_path: Path) -> None:
    found = Case.model_validate(strip(tmp_path)).with_value("terminals.left.potential", 0.0)
    assert [law.key for law in found.walls["left_face"].laws][-1] == "pore"
    changed = found.with_value("pores.pore.kinetics.species.K.k_on", 3.0)
    law = changed.walls["right_face"].laws[-1]
    assert law.coefficients(78.5)["species.K.k_on"] == 3.0


def test_check_says_what_is_in_the_pores(tmp_path: Path) -> None:
    (found,) = pore_numbers(Case.model_validate(strip(tmp_path)))
    weights = {"empty": 1.0, "K": 1.0, "B": 0.5}
    assert found.occupancies == pytest.approx({name: each / 2.5 for name, each in weights.items()})
    assert found.current == pytest.approx(0.0, abs=1e-25)
    assert len(found.relaxation) == len(BLOCKED["species"])
    assert found.relaxation[0] > found.relaxation[1] > 0.0


def test_cases_with_the_same_pores_are_equal(tmp_path: Path) -> None:
    data = strip(tmp_path)
    assert Case.model_validate(data) == Case.model_validate(data)
    assert Case.model_validate(data) != Case.model_validate(strip(tmp_path, number=2.0))
