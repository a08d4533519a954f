"""docs/gallery.md: every shipped case with its picture and its numbers, from the folders of the cases."""

from __future__ import annotations

import csv
import textwrap
from pathlib import Path

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
    there = {path.parent.name for path in (ROOT / "cases").glob("*/case.yaml")}
    told = {name for cases in GROUPS.values() for name in cases}
    if stale := sorted(there ^ told):
        raise SystemExit(f"docs/generate/gallery_texts.py and cases/ differ in {', '.join(stale)}")
    parts = [INTRODUCTION, _overview([name for cases in GROUPS.values() for name in cases])]
    for group, cases in GROUPS.items():
        parts.append(f"## {group}\n")
        parts += [_case(name, *texts) for name, texts in cases.items()]
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


def _case(name: str, device: str, shows: str) -> str:
    folder = ROOT / "cases" / name
    title = str(YAML(typ="safe").load((folder / "case.yaml").read_text(encoding="utf-8"))["title"])
    lines = [f"### `{name}`", ""]
    if _picture(name).is_file():
        lines += [f"![{title}]({PICTURES}/{name}.webp)", ""]
    lines += [textwrap.fill(f"*{title}.* {device[0].upper()}{device[1:]}: {shows}.", 120), ""]
    lines += _numbers(folder / "expected.csv")
    others = sorted(path.name for path in folder.glob("*.yaml") if path.name != "case.yaml")
    files = ["case.yaml", *others, "expected.csv"]
    links = [f"[README](../cases/{name}/README.md)", *(f"[{file}](../cases/{name}/{file})" for file in files)]
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
