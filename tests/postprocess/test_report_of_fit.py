"""The report of a fit: parameters with their errors, warnings, correlation, numbers and residuals."""

from __future__ import annotations

import json
import re
from pathlib import Path

from postprocess.report.write import write_report


def entry(key: str, unit: str, value: float, error: float) -> dict[str, object]:
    return {
        "key": key, "unit": unit, "value": value, "standard_error": error, "relative_standard_error": error / abs(value),
        "interval": [value - 2 * error, value + 2 * error], "numerical_error": 0.1 * error, "determined": True,
    }  # fmt: skip


def test_what_a_fit_has_found(tmp_path: Path) -> None:
    charge, radius = "walls.channel.surface_charge", "geometry.radius_tip"
    data = {
        "title": "Chip 3", "case": "cone", "data": {"file": "/data/iv.csv", "along": ["bias [V]"],
        "quantities": ["current [A]"], "numbers": 3}, "confidence": 0.95,
        "parameters": [entry(charge, "C/m^2", -0.0243, 0.0005), entry(radius, "m", 3.49e-9, 1.3e-11)],
        "correlation": [[1.0, -0.622], [-0.622, 1.0]], "chi_squared": 1.25, "degrees_of_freedom": 1, "p_value": 0.26,
        "deviations": "given", "estimated_deviation": {"current [A]": 1e-12}, "warnings": ["details decide"],
        "evaluations": 7, "ending": "nothing changes any more", "profiles": {}, "wall_time": 38.0,
    }  # fmt: skip
    (tmp_path / "fit.json").write_text(json.dumps(data))
    rows = [f"{v},current,A,{v * 1e-10},1e-12,{v * 1e-10 + 2e-13},-2e-13,5e-13,1e-13\n" for v in (-1.0, 0.5, 1.0)]
    head = "bias [V],quantity,unit,measured,standard_deviation,fitted,residual,band,numerical_error\n"
    (tmp_path / "fit.csv").write_text(head + "".join(rows))
    (file,) = write_report(tmp_path)
    text = file.read_text(encoding="utf-8")
    words = [word.strip() for word in re.findall(r">([^<>]+)<", text)]
    assert "Report of a fit" in words
    assert "details decide" in words
    assert {"−24.3 mC/m²", "± 0.5 mC/m² (standard error)", "3.49 nm", "1.25", "38 s"} <= set(words)  # the tiles
    assert words.count("−0.622") == 2
    assert {"−100", "50", "−0.2", "[pA]"} <= set(words)  # numbers and residuals
    assert text.count("data:image/svg+xml") == 1
    assert not re.search(r"[> ](nan|None)\b", text)
