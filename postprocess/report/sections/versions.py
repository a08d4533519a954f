"""What is needed to compute the same again: versions, when and from what."""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from postprocess.report.base import Section
from postprocess.tables.result import Result


def content(result: Result) -> Mapping[str, Any]:
    """Versions, times and the command."""
    run = result.run
    folder, name = run.get("case_directory"), run.get("case_name")
    times = [(key, str(run[key]).replace("T", " ")) for key in ("started", "finished") if run.get(key)]
    command = ""
    if folder and name:
        case = str(folder) if Path(folder).name == name else f"{folder}/{name}.yaml"
        words = ["nanochannel", "run", case]
        words += [word for text in run.get("overrides") or () for word in ("--set", str(text))]
        command = shlex.join(words)
    return {
        "versions": list((run.get("versions") or {}).items()),
        "times": times,
        "command": command,
        "place": "" if result.path is None else str(result.path),
    }


SECTION = Section("versions", "Versions", content)
