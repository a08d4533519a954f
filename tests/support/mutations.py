"""Seeded mutations of case files, and what reading and checking them leads to.

As a program it tries a range of seeds in one process with limits of time and memory, and writes a line of JSON for each:
    ./environment.sh python3 -m tests.support.mutations FIRST COUNT
"""

from __future__ import annotations

import copy
import io
import json
import random
import resource
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import traceback
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

from solver.case.case import Case
from solver.case.loading import load_case
from solver.check.report import check
from solver.inputs.errors import CaseError
from tests.support.nasty import CHARACTERS, FORMULAS, KEYS, LAUGHS, NUMBERS, OTHERS, STEPS, TAGS, TEXTS
from tests.support.paths import CASE_FILES, ROOT

LONGEST_MESSAGE = 600
"""Characters of a message without the path of the file."""
MEMORY = 1.5e9
"""Bytes that reading and checking may take beside the program."""
TIME = 10.0
"""Seconds of processor time that one case may take."""


# ------------------------------------------------------------------------------------------------ mutations of trees
def _paths(tree: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Paths of all nodes below the root."""
    items = tree.items() if isinstance(tree, dict) else enumerate(tree) if isinstance(tree, list) else ()
    return [found for key, value in items for found in ((*path, key), *_paths(value, (*path, key)))]


def _any_value(pick: random.Random) -> Any:
    return copy.deepcopy(pick.choice(pick.choice([NUMBERS, TEXTS, TEXTS, OTHERS, FORMULAS])))


def _changed_number(value: Any, pick: random.Random) -> Any:
    """A number or quantity of another size, sign, unit or type."""
    if isinstance(value, bool) or not isinstance(value, (int, float, str)):
        return _any_value(pick)
    if isinstance(value, str):
        number, _, unit = value.partition(" ")
        choices = [f"-{value}", *[f"{number}e{pick.randint(-most, most)} {unit}" for most in (2, 6, 12, 330)],
                   f"{number} {unit}^{pick.randint(-9, 10**9)}",
                   f"{number} {pick.choice(['V', 'm', 'nm', 'kg', 'mol', 'furlong', 'K', 's^-1', 'x', 'mM', '1/s'])}", number,
                   f"{number}{number}", f"{unit} {number}", f"{value} {value}", f"{number} {unit}*1e5",
                   f"{number},5 {unit}"]  # fmt: skip
        return pick.choice(choices)
    return pick.choice(
        [
            -value,
            *(value * 10.0 ** pick.randint(-most, most) for most in (1, 4, 12, 308)),
            str(value),
            bool(value),
            [value],
            value + 0.5,
        ]
    )


def _mutated_tree(tree: dict[str, Any], pick: random.Random) -> None:
    """One change of a tree in place."""
    path = pick.choice(_paths(tree))
    parent = tree
    for part in path[:-1]:
        parent = parent[part]
    last, value = path[-1], parent[path[-1]]
    action = pick.randrange(12)
    if action in (0, 1):
        parent[last] = _any_value(pick)
    elif action in (2, 3, 4):
        parent[last] = _changed_number(value, pick)
    elif action == 5:
        del parent[last]
    elif action == 6 and isinstance(parent, dict):
        name = pick.choice(["", " ", "x" * 300, "\u2028", f"{last}x", str(last)[1:], str(last).upper(), "type", "日本"])
        parent[name] = parent.pop(last)
    elif action == 7:
        parent[last] = pick.choice([[value], {"a": value}, {last: value}, [value] * 300])
    elif action == 8:
        key = pick.choice(list(KEYS))
        tree[key] = copy.deepcopy(pick.choice(KEYS[key]))
    elif action == 9:
        tree["study"] = {
            "type": "transient",
            "protocol": [copy.deepcopy(pick.choice(STEPS)) for _ in range(pick.randint(1, 3))],
        }
        if pick.random() < 0.5:
            tree["study"][pick.choice(["record_every", "tolerance", "largest_step", "fields_at", "outer"])] = (
                _any_value(pick)
            )
    elif action == 10:
        charge = {"type": "expression", "formula": pick.choice(FORMULAS)}
        tree.setdefault("walls", {})
        if isinstance(tree["walls"], dict):
            tree["walls"]["channel"] = {"surface_charge": charge}
    else:
        other = pick.choice(_paths(tree))
        source: Any = tree
        for part in other:
            source = source[part]
        parent[last] = copy.deepcopy(source)


def _scaled_tree(tree: Any, pick: random.Random) -> None:
    """One number or quantity of a tree several decades larger or smaller, in the same unit."""
    numeric = []
    for path in _paths(tree):
        parent = tree
        for part in path[:-1]:
            parent = parent[part]
        number, _, unit = str(parent[path[-1]]).partition(" ")
        try:
            numeric.append((parent, path[-1], float(number), unit))
        except ValueError:
            continue
    if numeric:
        parent, last, number, unit = pick.choice(numeric)
        scaled = number * 10.0 ** pick.uniform(*pick.choice([(-2, 2), (-5, 5), (-12, 12)])) * pick.choice([1, 1, 1, -1])
        whole = isinstance(parent[last], int) and not unit
        parent[last] = f"{scaled:.4g} {unit}" if unit else round(scaled) if whole else scaled


# ------------------------------------------------------------------------------------------------ mutations of texts
def _mutated_text(text: str, pick: random.Random) -> str:
    """One change of a text."""
    lines = text.splitlines(keepends=True)
    i = pick.randrange(len(lines))
    at = pick.randrange(len(text))
    deep = pick.choice([15, 50, 500, 3000])
    nested = ["[" * deep, "[" * deep + "]" * deep, "{a: " * deep + "1" + "}" * deep]
    changes: list[Callable[[], str]] = [
        lambda: "".join(lines[:i] + lines[i + 1 :]),
        lambda: "".join(lines[: i + 1] + lines[i:]),
        lambda: text[:at],
        lambda: text[:at] + text[at + 1 :],
        lambda: text[:at] + pick.choice(CHARACTERS) + text[at:],
        lambda: "".join([*lines[:i], pick.choice([" ", "  ", "\t"]) + lines[i], *lines[i + 1 :]]),
        lambda: "".join([*lines[:i], f"{lines[i].partition(':')[0]}: {pick.choice([*TAGS, *nested])}\n", *lines[i + 1 :]]),
        lambda: LAUGHS + text,
        lambda: LAUGHS + "title: *l11\n" + text,
        lambda: text + "\nwalls: &w\n  channel: *w\n",
        lambda: "".join([*lines[:i], "a:\n" * 3, *(" " * k + "a:\n" for k in range(min(deep, 500))), *lines[i:]]),
        lambda: text.replace("\n", pick.choice(["\r\n", "\r", "\x85"])),
        lambda: text + text,
        lambda: text.upper(),
        lambda: "".join(pick.sample(lines, len(lines))),
        lambda: text + "title: " + "y" * 1_100_000 + "\n",
        lambda: "".join(c if pick.random() > 0.02 else pick.choice("{}[]:, \n'\"0a") for c in text),
    ]  # fmt: skip
    return pick.choice(changes)()


# ------------------------------------------------------------------------------------------------ trying one
def _tried(seed: int, folder: Path) -> tuple[str, str]:
    """How a mutated case ends, "accepted", "refused" or a fault, and its message or traceback."""
    pick = random.Random(seed)
    source = pick.choice(CASE_FILES)
    file = folder / "case.yaml"
    text: str | None = source.read_text(encoding="utf-8")
    tree: Any = None
    if pick.random() < 0.35:
        for _ in range(pick.choice([1, 1, 2, 5])):
            text = _mutated_text(text, pick) if text else "x"
    else:
        tree = YAML(typ="safe", pure=True).load(text)
        change = pick.choice([_mutated_tree, _mutated_tree, _scaled_tree])
        for _ in range(pick.choice([1, 1, 1, 2, 4])):
            if _paths(tree):
                change(tree, pick)
        text = _dumped(tree)
    for table in source.parent.glob("*.csv"):
        shutil.copy(table, folder)
    try:
        if text is None or (tree is not None and pick.random() < 0.2):
            case = Case.model_validate(tree)  # as from Python
        else:
            file.write_bytes(text.encode("utf-8", "surrogatepass"))
            case = load_case(file)
        shown = repr(check(case))
    except CaseError as error:
        message = str(error).replace(str(folder), "")
        message.encode()
        bad = len(message.splitlines()) != 1 or not message.isprintable() or len(message) > LONGEST_MESSAGE
        return ("ugly message" if bad else "refused"), message
    shown.encode()
    return "accepted", ""


def _dumped(tree: Any) -> str | None:
    """YAML of a tree; None when it has none."""
    stream = io.StringIO()
    try:
        YAML(typ="safe", pure=True).dump(tree, stream)
    except Exception:
        return None
    return stream.getvalue()


class _Hang(BaseException):
    """A case takes too long."""


def _out_of_time(*_: object) -> None:
    raise _Hang


def outcome(seed: int) -> dict[str, Any]:
    """What came of one seed: `ended` (accepted, refused, ugly message, traceback or hang), `message`, and `seconds` of
    processor time."""
    begin = time.process_time()
    with tempfile.TemporaryDirectory() as folder:
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("error")  # numpy's and Python's warnings would reach the user
                ended, message = _tried(seed, Path(folder))
        except _Hang:
            ended, message = "hang", traceback.format_exc()
        except Exception:
            ended, message = "traceback", traceback.format_exc()
    return {"seed": seed, "ended": ended, "message": message, "seconds": time.process_time() - begin}


def main(first: int, count: int) -> None:
    """Try a range of seeds within limits of time and memory."""
    used = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
    resource.setrlimit(resource.RLIMIT_AS, (used + int(MEMORY), resource.getrlimit(resource.RLIMIT_AS)[1]))
    hard = resource.getrlimit(resource.RLIMIT_CPU)[1]
    signal.signal(signal.SIGPROF, _out_of_time)
    for seed in range(first, first + count):
        print(seed, file=sys.stderr, flush=True)  # a process that the system ends has said at which
        signal.setitimer(signal.ITIMER_PROF, TIME, 1.0)
        resource.setrlimit(resource.RLIMIT_CPU, (int(time.process_time() + 3.0 * TIME), hard))  # beyond signal handlers
        found = outcome(seed)
        signal.setitimer(signal.ITIMER_PROF, 0.0)
        print(json.dumps(found), flush=True)


def run(first: int, count: int) -> list[dict[str, Any]]:
    """Outcomes of a range of seeds, tried in a process of its own. If the system ends it, the last one tells where."""
    command = [sys.executable, "-m", "tests.support.mutations", str(first), str(count)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=ROOT)
    found = [json.loads(line) for line in done.stdout.splitlines()]
    if done.returncode != 0:
        message = f"exit code {done.returncode}: {done.stderr[-2000:]}"
        found.append({"seed": first + len(found), "ended": "killed", "message": message, "seconds": 0.0})
    return found


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]))
