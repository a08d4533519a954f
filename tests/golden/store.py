"""Make the stored rows again: python3 -m tests.golden.store [NAME ...]; says what changes before it overwrites."""

from __future__ import annotations

import sys
import tempfile
import time
from contextlib import redirect_stdout
from pathlib import Path

from tests.golden.catalogue import ENTRIES, entry, run
from tests.golden.comparing import differences, kind_of, summary
from tests.golden.tables import Tables, store, stored


def report(name: str, before: Tables | None, tables: Tables) -> list[str]:
    """What changes, column by column, the largest deviation first."""
    if before is None:
        return ["new: " + "; ".join(f"{key} {summary(table)}" for key, table in tables.items())]
    lines = [
        f"{'' if difference.passed else 'BEYOND ITS TOLERANCE '}{difference}"
        for difference in sorted(differences(entry(name), before, tables), key=lambda d: -d.size)
    ]
    for key, table in tables.items():
        lines += [f"{key}: new column {column}" for column in table if column not in before.get(key, {})]
    return lines or ["as stored"]


def without_times(tables: Tables) -> Tables:
    """Without the columns that are never the same twice."""
    return {
        name: {column: values for column, values in table.items() if kind_of(column) != "skipped"}
        for name, table in tables.items()
    }


def main(names: list[str]) -> None:
    """Run the entries of these names, or all of them, and store their rows."""
    spent = 0.0
    for found in [entry(name) for name in names] or ENTRIES:
        with tempfile.TemporaryDirectory() as folder, redirect_stdout(sys.stderr):
            begin = time.process_time()
            tables = without_times(run(found, Path(folder)))
            taken = time.process_time() - begin
        spent += taken
        print(f"{found.name} ({taken:.1f} s of CPU)")
        print(*(f"  {line}" for line in report(found.name, stored(found.name), tables)), sep="\n", flush=True)
        store(found.name, tables)
    print(f"{spent:.0f} s of CPU in sum")


if __name__ == "__main__":
    main(sys.argv[1:])
