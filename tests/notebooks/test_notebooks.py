"""Notebooks of the documentation run from their first to their last cell."""

from __future__ import annotations

from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient

from tests.support.paths import DOCS

pytestmark = pytest.mark.serial  # a process of its own

NOTEBOOKS = DOCS / "notebooks"


@pytest.mark.parametrize("path", sorted(NOTEBOOKS.glob("*.ipynb")), ids=lambda path: path.stem)
def test_it_runs(path: Path, tmp_path: Path) -> None:
    """In another folder, without writing anything there."""
    notebook = nbformat.read(path, as_version=4)
    nbformat.validate(notebook)
    assert not any(cell.get("outputs") for cell in notebook.cells), "stored without outputs"
    NotebookClient(notebook, timeout=300, resources={"metadata": {"path": str(tmp_path)}}).execute()
    assert list(tmp_path.iterdir()) == []
    shown = [output for cell in notebook.cells for output in cell.get("outputs", [])]
    assert any("image/png;base64" in output.get("data", {}).get("text/html", "") for output in shown), (
        "figures are shown"
    )
    assert any("surface charge" in output.get("data", {}).get("text/plain", "") for output in shown), (
        "the check is shown"
    )
    assert not [output for output in shown if output.get("name") == "stderr" and "Error" in output["text"]]
