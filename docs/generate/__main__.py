"""Writes what is generated of docs/: cases.md and case.schema.json from the schema of the case files, circuits.md and
circuit.schema.json from that of circuits, results.md from the table of quantities, commands.md from the command line,
gallery.md from the shipped cases.

python3 docs/generate                        writes the pages
python3 docs/generate --check                exit code 1 when a page is not what would be written
python3 docs/generate --validation FOLDER    puts the report of `nanochannel validate` in FOLDER into docs/
"""

from __future__ import annotations

import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent.parent))

import cases  # noqa: E402
import circuit_page  # noqa: E402
import commands  # noqa: E402
import copied_report  # noqa: E402
import gallery  # noqa: E402
import results  # noqa: E402
from circuits.description.json_schema import FILE_NAME as CIRCUIT_FILE  # noqa: E402
from circuits.description.json_schema import circuit_schema_text  # noqa: E402
from solver.case.json_schema import FILE_NAME, schema_text  # noqa: E402

PAGES = {
    "cases.md": cases.document,
    "results.md": results.document,
    "commands.md": commands.document,
    "circuits.md": circuit_page.document,
    "gallery.md": gallery.document,
    FILE_NAME: schema_text,
    CIRCUIT_FILE: circuit_schema_text,
}


def main() -> int:
    """Write the pages, or compare with them."""
    if sys.argv[1:2] == ["--validation"]:
        print(copied_report.copied(Path(sys.argv[2]), HERE.parent))
        return 0
    stale = False
    for name, document in PAGES.items():
        path, text = HERE.parent / name, document()
        if "--check" not in sys.argv[1:]:
            path.write_text(text, encoding="utf-8", newline="\n")
            print(path)
        elif not path.is_file() or path.read_text(encoding="utf-8") != text:
            print(f"{path} is out of date; run `make docs`", file=sys.stderr)
            stale = True
    return int(stale)


if __name__ == "__main__":
    sys.exit(main())
