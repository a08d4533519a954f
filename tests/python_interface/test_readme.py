"""The Python lines of the README run as they are written."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import nanochannel as nc
from tests.support.paths import ROOT


@pytest.mark.serial
def test_lines_of_the_readme(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (lines,) = re.findall(r"```python\n(.*?)```", (ROOT / "README.md").read_text(), flags=re.DOTALL)
    (tmp_path / "cases").symlink_to(ROOT / "cases")
    monkeypatch.chdir(tmp_path)
    names: dict[str, object] = {}
    exec(compile(lines, "README.md", "exec"), names)
    result = names["result"]
    assert isinstance(result, nc.SimulationResult)
    assert list(result["bias [V]"]) == [0.0, 1.0, -1.0]
    assert [path.name for path in tmp_path.iterdir()] == ["cases"], "nothing is written"
