"""The generated pages of docs/ are those that the schema and the table of quantities give."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

from tests.support.paths import DOCS


def check(docs: Path) -> subprocess.CompletedProcess[str]:
    """Compare the pages in a folder with what would be written."""
    search = os.pathsep.join([str(DOCS.parent), os.environ.get("PYTHONPATH", "")])
    command = [sys.executable, docs / "generate", "--check"]
    return subprocess.run(
        command, capture_output=True, text=True, check=False, env={**os.environ, "PYTHONPATH": search}
    )


def test_generated_pages_are_up_to_date() -> None:
    done = check(DOCS)
    assert done.returncode == 0, done.stderr


def test_a_page_that_was_edited_by_hand_is_named(tmp_path: Path) -> None:
    copy = tmp_path / "docs"
    shutil.copytree(DOCS, copy, ignore=shutil.ignore_patterns("images", "__pycache__"))
    with (copy / "results.md").open("a") as page:
        page.write("one more line\n")
    done = check(copy)
    assert done.returncode == 1
    assert "results.md is out of date" in done.stderr
    assert "cases.md" not in done.stderr
