"""validation.md and its figures, from the folder that `nanochannel validate` wrote."""

from __future__ import annotations

import shutil
from pathlib import Path

FIGURES = "images/validation"
"""Folder of the figures in docs/."""


def copied(report: Path, docs: Path) -> Path:
    """Put the report into docs/, with the figures that it shows and no others; the page.

    Raises:
        OSError: there is no report.
    """
    text = (report / "validation.md").read_text(encoding="utf-8")
    shutil.rmtree(docs / FIGURES, ignore_errors=True)
    (docs / FIGURES).mkdir(parents=True)
    for figure in sorted((report / "figures").glob("*.png")):
        if f"](figures/{figure.name})" in text:
            shutil.copyfile(figure, docs / FIGURES / figure.name)
    page = docs / "validation.md"
    page.write_text(text.replace("](figures/", f"]({FIGURES}/"), encoding="utf-8", newline="\n")
    return page
