"""A complete result brought back to what a kill would have left."""

from __future__ import annotations

import json
import shutil
from pathlib import Path


def interrupt(result: Path, rows: int) -> None:
    """Leave as many rows of a steady result, and a part of the next one, as a kill before the first checkpoint does."""
    shutil.rmtree(result / "checkpoint", ignore_errors=True)
    run = json.loads((result / "run.json").read_text(encoding="utf-8"))
    run.pop("checkpoint", None)
    (result / "run.json").write_text(json.dumps({**run, "status": "running"}), encoding="utf-8")
    for name, lines in (("journal.jsonl", rows), ("observables.csv", rows + 1)):
        text = (result / name).read_text(encoding="utf-8").splitlines(keepends=True)
        (result / name).write_text("".join(text[:lines]) + text[lines][:40], encoding="utf-8")
