"""docs/gallery.md: every shipped case with its picture and its numbers, from the folders of the cases."""

from __future__ import annotations

import csv
import re
import textwrap
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

import command_line
from gallery_texts import GROUPS

ROOT = Path(command_line.__file__).resolve().parents[1]
PICTURES = "images/gallery"
MOST_NUMBERS = 4
COLUMNS = 4

INTRODUCTION = """\
# Gallery

*Written by `make docs` from `cases/`; do not edit by hand.*

Every shipped case: what it is, what it shows, its picture as `nanochannel run --pictures` draws it, and numbers that it
has to reproduce. Each folder has a README with the source of its numbers and all of them in `expected.csv`. To run one:

```
nanochannel run cases/conical_rectifier --pictures
```
"""


def document() -> str:
    """The text of docs/gallery.md."""
    everything = sorted(path.parent.name for path in (ROOT / "cases").glob("*/case.yaml"))
    circuits = [name for name in everything if "circuit" in _data(name)]
    there = set(everything) - set(circuits)
    told = {name for cases in GROUPS.values() for name in cases}
    if stale := sorted(there ^ told):
        raise SystemExit(f"docs/generate/gallery_texts.py and cases/ differ in {', '.join(stale)}")
    parts = [INTRODUCTION, _overview([*(name for cases in GROUPS.values() for name in cases), *circuits])]
    for group, cases in GROUPS.items():
        parts.append(f"## {group}\n")
        parts += [_case(name, f"{device[0].upper()}{device[1:]}: {shows}.") for name, (device, shows) in cases.items()]
    if circuits:
        parts.append("## Circuits\n")
        parts += [_case(name, _first_paragraph(name)) for name in circuits]
    return "\n".join(parts)


def _overview(names: list[str]) -> str:
    """All pictures as a table of links."""
    cells = [
        f"[![{name}]({PICTURES}/{name}.webp)](#{name}) [{name}](#{name})" for name in names if _picture(name).is_file()
    ]
    rows = [cells[at : at + COLUMNS] for at in range(0, len(cells), COLUMNS)]
    rows[-1] += [""] * (COLUMNS - len(rows[-1]))
    return "\n".join(
        ["|" + " |" * COLUMNS, "|" + "---|" * COLUMNS, *("| " + " | ".join(row) + " |" for row in rows), ""]
    )


def _picture(name: str) -> Path:
    return ROOT / "docs" / PICTURES / f"{name}.webp"


def _data(name: str) -> Any:
    return YAML(typ="safe").load((ROOT / "cases" / name / "case.yaml").read_text(encoding="utf-8"))


def _first_paragraph(name: str) -> str:
    """What the README of a circuit says first, as one line without its links, which lead from the folder of the case."""
    path = ROOT / "cases" / name / "README.md"
    paragraphs = path.read_text(encoding="utf-8").split("\n\n") if path.is_file() else []
    found = next(
        (" ".join(each.split()) for each in paragraphs if each.strip() and not each.lstrip().startswith("#")), ""
    )
    return re.sub(r"\[([^]]*)\]\([^)]*\)", r"\1", found)


def _case(name: str, text: str) -> str:
    folder = ROOT / "cases" / name
    title = str(_data(name)["title"])
    lines = [f"### `{name}`", ""]
    if _picture(name).is_file():
        lines += [f"![{title}]({PICTURES}/{name}.webp)", ""]
    lines += [textwrap.fill(f"*{title}.* {text}".rstrip(), 120), ""]
    lines += _numbers(folder / "expected.csv") if (folder / "expected.csv").is_file() else []
    others = sorted(path.name for path in folder.glob("*.yaml") if path.name != "case.yaml")
    files = ["case.yaml", *others, "expected.csv"]
    links = [
        f"[{file.removesuffix('.md')}](../cases/{name}/{file})"
        for file in ["README.md", *files]
        if (folder / file).is_file()
    ]
    return "\n".join([*lines, ", ".join(links), ""])


def _numbers(path: Path) -> list[str]:
    """A table of the first numbers of a case, those with a tolerance of their own."""
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    keys = [key for key in rows[0] if key not in ("quantity", "value", "tolerance", "source")]
    chosen = [row for row in rows if row["value"] and row["tolerance"]][:MOST_NUMBERS]
    if not chosen:
        return []
    lines = ["| " + " | ".join(["quantity", *keys, "value", "tolerance"]) + " |", "|" + "---|" * (len(keys) + 3)]
    for row in chosen:
        cells = [f"`{row['quantity']}`", *(row[key] for key in keys), row["value"], row["tolerance"]]
        lines.append("| " + " | ".join(cells) + " |")
    return [*lines, ""]
