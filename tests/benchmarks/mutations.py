"""How many of some thousand mutated case files end in a traceback, hang, or get a message of several lines.

Run from the repository, with the number of mutations and the first seed:
    ./environment.sh python3 tests/benchmarks/mutations.py [COUNT] [FIRST]
"""

from __future__ import annotations

import collections
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))

from tests.support.mutations import run

PART = 500
"""Mutations of one process."""


def main(count: int, first: int) -> int:
    """Try all, say what came of them."""
    found = []
    for start in range(first, first + count, PART):
        stop = min(start + PART, first + count)
        while start < stop:  # goes on behind one that ended its process
            found += run(start, stop - start)
            start = found[-1]["seed"] + 1
        print(f"{len(found)} of {count}", file=sys.stderr)
    for ended, number in collections.Counter(each["ended"] for each in found).most_common():
        print(f"{number:6d} {ended}")
    slowest = max(found, key=lambda each: each["seconds"])
    total = sum(each["seconds"] for each in found)
    print(f"{total:.0f} s of processor time; the slowest, seed {slowest['seed']}, took {slowest['seconds']:.1f} s")
    faults = [each for each in found if each["ended"] not in ("accepted", "refused")]
    for each in faults:
        print(f"seed {each['seed']}: {each['ended']}: {each['message'].strip().splitlines()[-1][:200]}")
    return 1 if faults else 0


if __name__ == "__main__":
    numbers = [int(word) for word in sys.argv[1:]]
    sys.exit(main(*(numbers + [3000, 100_000][len(numbers) :])))
