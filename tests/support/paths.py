"""Folders of the project."""

from __future__ import annotations

from pathlib import Path

ROOT = Path(__file__).parents[2]
CASES = ROOT / "cases"
"""The shipped cases."""
CASE_FILES = sorted(path for path in CASES.glob("*/*.yaml") if path.name != "study.yaml")
"""All case files in their folders; study.yaml is a study over many points of one."""
DOCS = ROOT / "docs"
