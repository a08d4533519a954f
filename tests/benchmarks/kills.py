"""Kill a transient with several runs and fields again and again, and count the results that are whole in the end.

    ./environment.sh python3 -m tests.benchmarks.kills [KILLS] [SEED] [FOLDER]

Every chain of kills goes from the first step to the end, resumed on one and on two ranks in turn, with a checkpoint at every
step; its rows, fields and balances are compared with those of a run that nobody has killed.
"""

from __future__ import annotations

import random
import shutil
import sys
import tempfile
from pathlib import Path

from tests.support.kills import CASE, deviations, finish, killed, worst_balance

KILLS_OF_A_CHAIN = 5
TOLERANCE = 1e-8


def main(kills: int = 20, seed: int = 1, folder: Path | None = None) -> int:
    """Kill, compare and tell; the number of results that are not whole."""
    folder = Path(tempfile.mkdtemp()) if folder is None else folder
    case = folder / "case"
    case.mkdir(parents=True, exist_ok=True)
    (case / "case.yaml").write_text(CASE, encoding="utf-8")
    if not (folder / "whole" / "summary.json").exists():
        finish(case, folder / "whole")
    bad = 0
    for chain in range(-(-kills // KILLS_OF_A_CHAIN)):
        chance, out = random.Random(seed * 1000 + chain), folder / f"chain{chain}"
        shutil.rmtree(out, ignore_errors=True)
        for kill in range(KILLS_OF_A_CHAIN):
            ranks = 1 + kill % 2
            rows = killed(case, out, chance, chance.randint(2, 22), ranks)
            print(f"chain {chain}: kill {kill + 1} on {ranks} ranks, {rows} lines of rows", flush=True)
        finish(case, out, ranks=1 + chain % 2)
        found = deviations(out, folder / "whole")
        name, worst, balance = max(found, key=lambda key: found[key]), max(found.values()), worst_balance(out)
        whole = worst <= TOLERANCE and balance <= TOLERANCE
        bad += not whole
        outcome = "whole" if whole else "NOT WHOLE"
        print(f"chain {chain}: {outcome}; largest deviation {worst:.1e} ({name}), balances {balance:.1e}", flush=True)
    return bad


if __name__ == "__main__":
    given = sys.argv[1:]
    numbers = [int(text) for text in given[:2]]
    sys.exit(main(*numbers, **({"folder": Path(given[2])} if len(given) > 2 else {})))
