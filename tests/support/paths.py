"""Folders of the project."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
CASES = ROOT / "cases"
"""The shipped cases."""


def is_circuit(file: Path) -> bool:
    """Whether a file describes a circuit rather than a single device."""
    return re.search(r"^circuit:", file.read_text(encoding="utf-8"), flags=re.MULTILINE) is not None


FILES = sorted(path for path in CASES.glob("*/*.yaml") if path.name != "study.yaml")
CIRCUIT_FILES = [path for path in FILES if is_circuit(path)]
"""All files of circuits."""
CASE_FILES = [path for path in FILES if path.with_name("case.yaml") not in CIRCUIT_FILES]
"""All case files of single devices in their folders; study.yaml is a study over many points of one."""
DEVICE_FILES = [path for path in FILES if path not in CASE_FILES and path not in CIRCUIT_FILES]
"""Case files of the devices of circuits, in the folders of these."""
DOCS = ROOT / "docs"
