"""Optimisation: a known optimum, evaluations that are kept, failures that are named."""

from __future__ import annotations

import math
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pytest
from mpi4py import MPI

from exploration.fit.model import EvaluationFailed
from exploration.fit.parameters import FreeParameter
from exploration.optimise.folder import OptimumFolder, headers_of
from exploration.optimise.objective import Objective
from exploration.optimise.optimise import _concluded, optimise
from exploration.optimise.quantities import Quantity
from exploration.optimise.search import GLOBAL, METHODS, WITH_GRADIENT, search
from solver.case.case import Case
from solver.results.rows import ResultError
from tests.support.small_cone import small_cone

pytestmark = pytest.mark.serial

FREE = [
    FreeParameter("geometry.radius_tip", "m", 2e-9, 1e-9, 1e-8, logarithmic=True),
    FreeParameter("terminals.base.pressure", "Pa", 0.0, -1e5, 2e5, logarithmic=False),
]
BEST = {"geometry.radius_tip": 4e-9, "terminals.base.pressure": 5e4}


def hill(values: Mapping[str, float]) -> tuple[float, np.ndarray]:
    """A smooth maximum of 3 at BEST, with its derivatives by the variables; nothing at pressures above 1.8 bar."""
    if values["terminals.base.pressure"] > 1.8e5:
        raise EvaluationFailed(ValueError("the device bursts"))
    x = math.log(values["geometry.radius_tip"] / 4e-9)
    y = (values["terminals.base.pressure"] - 5e4) / 1e5
    slopes = np.array([-2.0 * x * FREE[0].slope(1.0), -2.0 * y / 1e5 * FREE[1].slope(1.0)])
    return 3.0 - x * x - y * y, slopes


def folder_of(
    path: Path, free: list[FreeParameter] = FREE, case: object = "hill", *, force: bool = False
) -> OptimumFolder:
    """A folder of the hill."""
    description = {"program": "1", "case": {"name": case}}
    return OptimumFolder.begin(path, headers_of(free, "height", "m"), description, force=force)


def objective(path: Path | None, method: str, *, force: bool = False) -> Objective:
    """That of the hill."""

    def device(values: Mapping[str, float]) -> tuple[float, np.ndarray | None]:
        value, slopes = hill(values)
        return value, slopes if method in WITH_GRADIENT else None

    folder = None if path is None else folder_of(path, force=force)
    known = {} if folder is None else folder.earlier(FREE)
    return Objective(
        FREE, device, -1.0, "height", "m", 400, MPI.COMM_SELF, folder, known, needs_slopes=method in WITH_GRADIENT
    )


@pytest.mark.parametrize("method", METHODS)
def test_every_method_finds_a_known_optimum(method: str) -> None:
    found = objective(None, method)
    search(found, method)
    assert found.best is not None
    assert found.best.value == pytest.approx(3.0, abs=2e-2 if method == GLOBAL else 1e-4)
    if method != GLOBAL:
        assert found.best.values == pytest.approx(BEST, rel=3e-2)


def test_evaluations_are_kept(tmp_path: Path) -> None:
    """A second search computes nothing again that succeeded."""
    first = objective(tmp_path, "SLSQP")
    search(first, "SLSQP")
    again = objective(tmp_path, "SLSQP")
    search(again, "SLSQP")
    assert again.computed == sum(math.isnan(one.value) for one in first.done)  # what failed is tried again
    assert again.best is not None
    assert first.best is not None
    assert again.best.values == first.best.values


def test_evaluations_without_slopes_are_made_again_where_slopes_are_needed(tmp_path: Path) -> None:
    search(objective(tmp_path, "COBYQA"), "COBYQA")
    climbing = objective(tmp_path, "L-BFGS-B")
    assert climbing.known
    _, converged = search(climbing, "L-BFGS-B")
    assert converged
    assert climbing.best is not None
    assert all(one.slopes for one in climbing.done if math.isfinite(one.value))
    assert climbing.best.values == pytest.approx(BEST, rel=3e-2)
    assert all(one.slopes for at, one in objective(tmp_path, "TNC").known.items() if at in climbing._at)


@pytest.mark.parametrize(
    ("free", "case", "expected"),
    [
        (FREE[:1], "hill", "it has a column 'terminals.base.pressure \\[Pa\\]'"),
        (FREE[::-1], "hill", "its columns are in another order"),
        (FREE, "valley", "evaluations of another case .*name is 'hill' there and 'valley' here"),
    ],
)
def test_evaluations_of_something_else_are_refused(
    tmp_path: Path, free: list[FreeParameter], case: str, expected: str
) -> None:
    objective(tmp_path, "SLSQP")(np.array([0.5, 0.5]))
    with pytest.raises(ResultError, match=expected) as caught:
        folder_of(tmp_path, free, case).earlier(free)
    assert "--force begins anew" in str(caught.value)
    assert folder_of(tmp_path, free, case, force=True).earlier(free) == {}
    (tmp_path / "case.json").unlink()
    with pytest.raises(ResultError, match="does not say of which case"):
        folder_of(tmp_path)


def test_a_torn_line_is_dropped(tmp_path: Path) -> None:
    objective(tmp_path, "SLSQP")(np.array([0.5, 0.5]))
    file = tmp_path / "evaluations.csv"
    whole = file.read_text()
    file.write_text(whole + "3e-09,1000")
    objective(tmp_path, "SLSQP")(np.array([0.4, 0.5]))
    lines = file.read_text().splitlines()
    assert file.read_text().startswith(whole)
    assert len(lines) == 3
    assert len({line.count(",") for line in lines}) == 1


def test_what_is_there_stays_until_something_new_succeeds(tmp_path: Path) -> None:
    """Also next to a report, and after a search that begins anew with a failure."""
    objective(tmp_path, "SLSQP")(np.array([0.5, 0.5]))
    for name in ("optimum.json", "report.html", "report.pdf", ".optimum.json.part"):
        (tmp_path / name).write_text("")
    before = (tmp_path / "evaluations.csv").read_text()
    anew = objective(tmp_path, "SLSQP", force=True)
    anew(np.array([0.5, 1.0]))  # bursts
    assert (tmp_path / "evaluations.csv").read_text() == before
    assert (tmp_path / "optimum.json").exists()
    anew(np.array([0.2, 0.2]))
    lines = (tmp_path / "evaluations.csv").read_text().splitlines()
    assert lines[0] == before.splitlines()[0]
    assert "the device bursts" in lines[1]
    assert len(lines) == 3
    assert not (tmp_path / "optimum.json").exists()
    assert (tmp_path / "report.html").exists()
    (tmp_path / "mine.txt").write_text("")
    with pytest.raises(ResultError, match="something else in it"):
        folder_of(tmp_path)


def test_a_search_that_ends_early_has_not_converged() -> None:
    found = objective(None, "L-BFGS-B")
    found.most = 2
    assert search(found, "L-BFGS-B") == ("given up after 2 evaluations", False)


@pytest.mark.parametrize(
    ("own", "expected"), [(2.9, "on a mesh of its own the best case has height 2.9 m"), (2.99, "")]
)
def test_doubts_are_told(monkeypatch: pytest.MonkeyPatch, own: float, expected: str) -> None:
    """A search that did not converge, and a best case that is another one on a mesh of its own."""
    monkeypatch.setattr("exploration.optimise.optimise._best_result", lambda *_: None)
    found = objective(None, "SLSQP")
    search(found, "SLSQP")
    about = {"maximise": True, "method": "SLSQP", "ending": "Iteration limit reached", "wall_time": 1.0}
    asked = Quantity("height", "m", lambda _: own)
    case = Case.model_validate(small_cone(10.0))
    warnings = _concluded(case, found, asked, converged=False, about=about).warnings
    assert "the search did not converge: Iteration limit reached" in warnings
    assert any("on a mesh of its own" in text for text in warnings) == bool(expected)
    assert any(text.startswith(expected) for text in warnings)
    assert not any("converge" in text for text in _concluded(case, found, asked, converged=True, about=about).warnings)


def test_rectification_of_a_cone_has_its_optimum_at_the_bounds(tmp_path: Path) -> None:
    """The narrower the tip, the more it rectifies; the value is that of a run of its own."""
    potential = "terminals.base.potential"
    data = small_cone(10.0) | {"study": {"type": "sweep", "parameter": potential, "values": [-0.5, 0.5]}}
    over = {"geometry.radius_tip": ("2.5 nm", "3.5 nm")}
    found = optimise(Case.model_validate(data), "rectification", over, out=tmp_path / "optimum")
    assert found.values == pytest.approx({"geometry.radius_tip": 2.5e-9})
    assert "at the lower bound of geometry.radius_tip" in found.warnings[0]
    assert found.best is not None
    currents = found.best["current"].abs()
    assert found.value == pytest.approx(currents.max() / currents.min(), rel=1e-9)
    assert found.data["value_in_search"] == pytest.approx(found.value, rel=2e-2)
    case = Case.model_validate(data | {"electrolyte": {**data["electrolyte"], "concentration": 20.0}})
    with pytest.raises(ResultError, match=r"another case \(electrolyte.concentration is 10.0 there and 20.0 here"):
        optimise(case, "rectification", over, out=tmp_path / "optimum")
    assert (tmp_path / "optimum" / "optimum.json").exists()
    with pytest.raises(ResultError, match="did you mean 'rectification'"):
        optimise(Case.model_validate(data), "rectificaton", over)
