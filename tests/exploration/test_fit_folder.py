"""The folder of a fit, and what a fit keeps when something fails on its way."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from exploration.fit import fit as fits
from exploration.fit.fitted import NoFittedCase
from exploration.fit.folder import FitFolder
from exploration.fit.likelihood import better_by_profile
from exploration.fit.model import EvaluationFailed, Prediction, SteadyModel
from solver.case.case import Case
from solver.inputs.errors import CaseError
from solver.results.rows import ResultError
from tests.support.small_cone import small_cone

pytestmark = pytest.mark.serial

CASE = Case.model_validate(small_cone(10.0, base={"potential": 1.0}))
RADIUS = "geometry.radius_tip"
BIASES = np.array([0.5, 1.0, 2.0])


def test_a_fit_stays_until_there_is_another_one(tmp_path: Path) -> None:
    for name in ("fit.json", "fit.csv", "report.html", "report.pdf", ".fit.json.part"):
        (tmp_path / name).write_text("{}")
    with pytest.raises(ResultError, match="has a fit already"):
        FitFolder.begin(tmp_path, force=False)
    folder = FitFolder.begin(tmp_path, force=True)
    assert (tmp_path / "fit.json").exists()
    folder.clear()
    assert not (tmp_path / "fit.json").exists()
    (tmp_path / "notes.txt").touch()
    with pytest.raises(ResultError, match="something else"):
        FitFolder.begin(tmp_path, force=True)


class Moved(SteadyModel):
    """A current that is the radius times the bias, on a mesh of which no second one can be made."""

    def __init__(self, *_: Any) -> None:
        self.evaluations, self.failures, self.renewed = 0, list[str](), False

    @property
    def moved(self) -> bool:
        return True

    def renew(self) -> None:
        self.renewed = True

    def evaluate(self, values: Mapping[str, float], *, gradient: bool = True) -> Prediction:
        if self.renewed:
            raise EvaluationFailed(CaseError("no mesh"))
        self.evaluations += 1
        radius = values[RADIUS]
        return Prediction(radius * BIASES, radius * BIASES[:, None])

    def close(self) -> None:
        pass


@pytest.mark.parametrize(
    ("most", "expected"), [(40, "could not be computed: no mesh"), (1, "given up after 1 evaluations")]
)
def test_what_was_found_outlives_failures(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, most: int, expected: str
) -> None:
    def failing(*_: Any, **__: Any) -> None:
        assert (tmp_path / "fit.json").exists()  # it is written before
        raise NoFittedCase("the fitted case has no result of its own")

    monkeypatch.setattr(fits, "model_of", Moved)
    monkeypatch.setattr(fits, "fitted_result", failing)
    noise = np.array([1.0, -1.0, 0.5]) * 1e-11
    data = pd.DataFrame({"bias [V]": BIASES, "I [A]": 4e-9 * BIASES + noise, "sd [A]": np.full(3, 1e-11)})
    found = fits.fit(CASE, data, [RADIUS], out=tmp_path, most_evaluations=most)
    written = json.loads((tmp_path / "fit.json").read_text())
    assert written["warnings"] == found.warnings
    assert found.best is None
    assert any(expected in text for text in found.warnings)
    assert any(fits.ON_A_MOVED_MESH in text for text in found.warnings)
    assert "no result of its own" in found.warnings[-1]
    if most > 1:
        assert found.values[RADIUS] == pytest.approx(4e-9, rel=1e-2)
    else:
        assert any("the values are no minimum" in text for text in found.warnings)


def test_a_profile_that_finds_a_better_fit_is_named() -> None:
    assert better_by_profile({"a": {"increase": [1.0, -0.001, 0.0]}}) == []
    assert (
        "the profile of b came upon a better fit (chi^2 less by 0.5)"
        in better_by_profile({"b": {"increase": [-0.5, 0.0]}})[0]
    )
