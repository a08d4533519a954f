"""The report of a campaign: its points with their states and numbers, and figures over what was varied."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from postprocess.report.write import write_report
from solver.results.rows import ResultError

POTENTIAL, LENGTH = "terminals.base.potential [V]", "geometry.length [m]"


@pytest.fixture
def campaign(tmp_path: Path) -> Path:
    """Three lengths, of which one failed; two rows each."""
    lengths, folder = (1e-7, 2e-7, 3e-7), tmp_path / "study"
    states = ("complete", "complete", "failed")
    points = [
        {"number": i, "folder": f"points/{i:04d}", "values": {"geometry.length": length}, "status": status,
         "message": "no convergence" if status == "failed" else "", "wall_time": 2.0}
        for i, (length, status) in enumerate(zip(lengths, states, strict=True), 1)
    ]  # fmt: skip
    parameter = {"key": "geometry.length", "header": LENGTH, "unit": "m", "written": "nm", "spacing": "listed"}
    folder.mkdir()
    (folder / "points" / "0002").mkdir(parents=True)
    (folder / "points" / "0002" / "report.html").write_text("")
    description = {
        "format": 1, "kind": "campaign", "title": "Lengths", "case": "cone", "case_name": "cone", "status": "incomplete",
        "design": {"type": "grid"}, "parameters": [{**parameter, "values": lengths}], "points": points, "jobs": 2,
        "counts": {"complete": 2, "failed": 1}, "warnings": [{"text": "a coarse mesh", "points": [1, 2]}],
        "versions": {"dolfinx": "0.9.0"}, "started": "2026-11-28T12:00:00+00:00",
    }  # fmt: skip
    (folder / "campaign.json").write_text(json.dumps(description))
    rows = [
        f"{i},{length!r},0,{bias},{bias},{bias * 1e-17 / length!r}\n"
        for i, length in enumerate(lengths[:2], 1)
        for bias in (-1.0, 1.0)
    ]
    (folder / "table.csv").write_text(f"number,{LENGTH},point,{POTENTIAL},bias [V],current [A]\n{''.join(rows)}")
    (folder / "summary.csv").write_text(
        f"number,{LENGTH},status,wall_time [s],rectification_ratio\n1,1e-07,complete,2,1.25\n2,2e-07,complete,2,1.5\n"
        "3,3e-07,failed,2,\n"
    )
    return folder


def test_points_states_numbers_and_figures(campaign: Path) -> None:
    (file,) = write_report(campaign)
    text = file.read_text(encoding="utf-8")
    assert "Report of a campaign" in text
    assert "point 3 is failed: no convergence" in text
    assert "points 1, 2: a coarse mesh" in text
    rows = re.findall(r"<tr><td class=\"number\">(.*?)</tr>", text, re.DOTALL)
    shown = [re.findall(r">([^<>\n]+)<", f">{row}") for row in rows]
    assert shown == [
        ["1", "100 nm", "complete", "1.25", "2 s"],
        ["2", "200 nm", "complete", "1.5", "2 s"],
        ["3", "300 nm", "failed", "2 s"],
    ]
    assert '<a href="points/0002/report.html">2</a>' in text
    assert "points/0001/report.html" not in text
    (elsewhere,) = write_report(campaign, campaign.parent / "all reports" / "lengths.html")
    assert '<a href="../study/points/0002/report.html">2</a>' in elsewhere.read_text(encoding="utf-8")
    assert text.count("data:image/svg+xml") == 2  # current and rectification against the length
    assert not re.search(r"[> ](nan|None)\b", text)


def test_a_campaign_without_tables_says_how_to_make_them(campaign: Path) -> None:
    (campaign / "table.csv").unlink()
    with pytest.raises(ResultError, match="nanochannel collect"):
        write_report(campaign)


def test_measured_curves_belong_to_results(campaign: Path) -> None:
    with pytest.raises(ResultError, match="is a campaign; measured curves are drawn over those of a result"):
        write_report(campaign, measured=[campaign / "iv.csv"])
