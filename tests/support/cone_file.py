"""A case file of a cone, written with changes and loaded."""

from __future__ import annotations

from pathlib import Path

from solver.case.case import Case
from solver.case.loading import load_case

TEXT = """\
title: A cone
geometry:
  type: cone
  length: 1 um
  radius_tip: 5 nm
  radius_base: 50 nm
  reservoirs: {length: 0.5 um, radius: 0.5 um}
electrolyte:
  species: {K: , Cl: {}}
  concentration: 10 mM
terminals:
  base: {potential: 1 V}
walls:
  channel:
    surface_charge: -20 mC/m^2
study:
  type: sweep
  parameter: terminals.base.potential
  range: {start: -1 V, stop: 1 V, points: 41}
"""

SWEEP = TEXT[TEXT.index("study:") :]
V = "terminals.base.potential"
SINE = "{type: sine, amplitude: {terminals.base.potential: 0.5 V}, frequency: 30 Hz, periods: 2}"


def write(folder: Path, *changes: tuple[str, str]) -> Path:
    """The folder, with the case file in it, of which each pair (old, new) replaces a part."""
    text = TEXT
    for old, new in changes:
        assert old in text
        text = text.replace(old, new)
    (folder / "case.yaml").write_text(text)
    return folder


def load(folder: Path, *changes: tuple[str, str], overrides: list[str] | None = None) -> Case:
    """The case of `write`, with overrides as of `--set`."""
    return load_case(write(folder, *changes), overrides or [])


def load_transient(folder: Path, protocol: str, *lines: str, overrides: list[str] | None = None) -> Case:
    """The cone with a transient study; its protocol starts in line 18 of the file."""
    study = "\n  ".join(("study:", "type: transient", f"protocol: {protocol}", *lines))
    return load(folder, (SWEEP, study), overrides=overrides)
