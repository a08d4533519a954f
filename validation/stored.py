"""What sections found, as files of their own: a report is made of all that are there, whenever each was computed."""

from __future__ import annotations

import json
import os
import platform
import subprocess
from collections.abc import Iterable
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np

from solver.parallel.logs import logger
from solver.parallel.versions import versions
from solver.results.rows import ResultError, reason
from validation.checks import Check, Line, Origin, Outcome, Plot, Section

FOLDER = "sections"
"""Of the files, in that of the report."""


def origin(*, quick: bool, ranks: int) -> Origin:
    """Of what is computed now on this computer."""
    date = datetime.now().astimezone().isoformat(timespec="minutes")
    return Origin(date, commit(), quick, ranks, machine(), versions())


def commit() -> str:
    """Commit of the program, "-dirty" where files differ from it; "" outside of a repository."""
    command = ["git", "-C", str(Path(__file__).parent), "describe", "--always", "--dirty", "--exclude=*"]
    try:
        return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()
    except (OSError, subprocess.CalledProcessError):
        return ""


def machine() -> str:
    """Processor, number of cores and system of this computer."""
    model = platform.machine()
    try:
        for line in Path("/proc/cpuinfo").read_text().splitlines():
            if line.startswith("model name"):
                model = line.partition(":")[2].strip()
                break
    except OSError:
        pass
    return f"{model}, {os.cpu_count()} cores, {platform.system()} {platform.release()}"


def store(out: Path, outcome: Outcome) -> None:
    """Write the file of a section, in the folder of the report.

    Raises:
        ResultError: it cannot be written.
    """
    data = {name: value for name, value in asdict(outcome).items() if name != "section"}
    path = _file(out, outcome.section)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        new = path.with_suffix(".new")
        new.write_text(json.dumps(data, default=_plain, indent=1) + "\n", encoding="utf-8")
        new.replace(path)
    except OSError as error:
        raise ResultError(f"cannot write {path}: {reason(error)}") from error


def stored(out: Path, sections: Iterable[Section]) -> list[Outcome]:
    """What these sections found, of those that have a file, in their order. What another version of the program wrote and
    this one does not understand is left out, with a warning."""
    found = []
    for section in sections:
        path = _file(out, section)
        if not path.is_file():
            continue
        try:
            found.append(_outcome(section, json.loads(path.read_text(encoding="utf-8"))))
        except (OSError, ValueError, TypeError, KeyError):
            logger.warning("warning: %s cannot be read; compute it anew with --only %s", path, section.key)
    return found


def _file(out: Path, section: Section) -> Path:
    return out / FOLDER / f"{section.key}.json"


def _outcome(section: Section, data: dict[str, Any]) -> Outcome:
    checks = [Check(**each) for each in data["checks"]]
    plots = [Plot(**{**each, "lines": tuple(Line(**line) for line in each["lines"])}) for each in data["plots"]]
    return Outcome(section, checks, plots, float(data["seconds"]), Origin(**data["origin"]))


def _plain(value: Any) -> Any:
    """Arrays and numbers of NumPy as JSON has them."""
    if isinstance(value, np.ndarray | np.generic):
        return value.tolist()
    raise TypeError(f"{type(value).__name__} is not JSON")
