"""Campaigns from Python."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from circuits.description.loading import described_by
from exploration.campaign.children import Command
from exploration.campaign.computing import compute, cores, described, failures
from exploration.campaign.folder import Campaign, Point, planned
from exploration.campaign.study import load_study, study_file, study_of
from postprocess.tables.campaign import CampaignTables, load_campaign
from solver.case.case import Case
from solver.case.loading import CaseFile
from solver.inputs.files import CASE_FILE
from solver.results.rows import ResultError, json_bytes, reason, replace_file

if TYPE_CHECKING:
    import pandas as pd

    from python_interface.drawings import Drawings


@dataclass(frozen=True, eq=False)
class CampaignResult:
    """A campaign on disk.

    Attributes:
        campaign: its points and their states.
        tables: what is there of them.
    """

    campaign: Campaign
    tables: CampaignTables

    @property
    def path(self) -> Path:
        """Its folder."""
        return self.campaign.path

    @property
    def table(self) -> pd.DataFrame:
        """The rows of all points (table.csv): number of the point, its values, the observables. SI units."""
        return self.tables.table

    @property
    def summary(self) -> pd.DataFrame:
        """One row a point (summary.csv): its values, status and numbers such as "rectification_ratio"."""
        return self.tables.summary

    @property
    def failures(self) -> dict[int, str]:
        """Messages of the points that could not be computed, by number."""
        return {point.number: point.message for point in failures(self.campaign)}

    def plot(
        self,
        quantity: str | None = None,
        against: Sequence[str] | str = (),
        at: Sequence[str] | str = (),
        style: str = "screen",
    ) -> Drawings:
        """Draw one quantity against one parameter (curves) or two (a map); as `nanochannel plot`.

        Raises:
            ResultError: something of this is not there.
        """
        from postprocess.figures.campaign import draw_campaign
        from postprocess.figures.style import style_of
        from python_interface.drawings import Drawings

        keys, places = ([text] if isinstance(text, str) else list(text) for text in (against, at))
        return Drawings({quantity or "campaign": draw_campaign(self.tables, quantity, keys, places, style_of(style))})

    def __repr__(self) -> str:
        from postprocess.tables.campaign_summary import campaign_summary

        return campaign_summary(self.path)


def campaign(
    case: Case | Path | str,
    parameters: Mapping[str, Any] | None = None,
    out: Path | str | None = None,
    *,
    study: Path | str | None = None,
    overrides: Iterable[str] = (),
    jobs: int | None = None,
    ranks: int = 1,
    progress: bool = True,
    **keys: Any,
) -> CampaignResult:
    """Compute a case at many values of its keys; points that are complete in `out` are not computed again.

    Args:
        case: the case, or its directory or YAML file.
        parameters: values by key, such as {"geometry.length": ["1 um", "2 um"]}; None for those of a study file.
        out: folder of the campaign; default results/<case>_study.
        study: file of the study; default the study.yaml beside the case.
        overrides: "key=value" texts for all points.
        jobs: points at once; default as many as there are cores for.
        ranks: MPI ranks of each point.
        progress: whether to say when a point is done.
        keys: of the study: type ("grid" by default, "zip", "latin_hypercube", "sobol"), title, samples, seed.

    Raises:
        CaseError: the case or the study is wrong.
        ResultError: the folder cannot be used or written.
        KeyboardInterrupt: Ctrl-C; what is done is kept.
    """
    overrides = tuple(overrides)
    if isinstance(case, Case) and out is None:
        raise ResultError("a case that was made in Python needs a folder: give out")
    file = _case_file(case, Path(out or "")) if isinstance(case, Case) else CaseFile.read(case)
    if parameters is None:
        found = load_study(study_file(file, None if study is None else Path(study)), file, overrides)
    else:
        found = study_of({"type": "grid", **keys, "parameters": dict(parameters)}, file, overrides)
    base = described_by(file, overrides)
    path = Path(out) if out is not None else Path("results") / f"{base.name}_study"
    jobs = jobs or max(1, cores() // ranks)
    command = Command(file.file, overrides, ranks)
    plan = described(planned(found, path, file, overrides), found, base, command, jobs)

    def write() -> None:
        if isinstance(case, Case):
            _write(file)

    def told(point: Point, done: int, total: int) -> None:
        if progress:
            print(
                f"point {point.number}: {point.status}{': ' * bool(point.message)}{point.message}, {done} of {total}",
                flush=True,
            )

    computed, stopped = compute(plan, command, jobs, told, write)
    if stopped:
        raise KeyboardInterrupt(f"interrupted; the same call goes on from here; {path} has what is there")
    return CampaignResult(computed, load_campaign(path))


def _case_file(case: Case, folder: Path) -> CaseFile:
    """A case as the file in a folder that it will be, for the processes that compute points."""
    data = case.model_dump(mode="json")
    if case.geometry.type == "file":
        for key, path in (("path", case.geometry.path), ("coarser", case.geometry.coarser)):
            if path is not None:
                data["geometry"][key] = str((case.directory / path).resolve())
    return CaseFile(folder / CASE_FILE, json.loads(json_bytes(data)))


def _write(case: CaseFile) -> None:
    """Write the file of a case, where it is not there yet."""
    try:
        case.file.parent.mkdir(parents=True, exist_ok=True)
        if not case.file.exists() or json.loads(case.file.read_text(encoding="utf-8")) != case.tree:
            replace_file(case.file, json_bytes(case.tree))  # JSON is YAML
    except (OSError, ValueError) as error:
        why = reason(error) if isinstance(error, OSError) else "a case of another kind is there"
        raise ResultError(f"cannot write {case.file}: {why}") from error
