"""Seeded mutations of case files, and what reading and checking them leads to.

As a program it tries a range of seeds in one process with limits of time and memory, and writes one line of JSON for each:
    ./environment.sh python3 -m tests.support.mutations FIRST COUNT
"""

from __future__ import annotations

import copy
import datetime
import io
import json
import random
import resource
import shutil
import signal
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
from tests.support.paths import CASES

SHIPPED = sorted(CASES.glob("*/*.yaml"))
LONGEST_MESSAGE = 600
"""Characters of a message without the path of the file."""
MEMORY = 1.5e9
"""Bytes that reading and checking may take beside the program."""
TIME = 10.0
"""Seconds of processor time that one case may take."""

LAUGHS = "laughs: &l0 [ha, ha]\n" + "".join(f"l{i}: &l{i} [{', '.join([f'*l{i - 1}'] * 9)}]\n" for i in range(1, 12))
NUMBERS = [
    0, -1, 1, 0.5, 1e308, -1e308, 5e-324, 1e-30, 1e30, 10**9, -(10**9), 10**400, 2**63, float("nan"), float("inf"),
    -float("inf"), 1e15, 999999, 1e-9, 1000, True, False,
]  # fmt: skip
TEXTS = [
    "", " ", "yes", "on", "1_000", "0x10", "1e5", "1:30", "~", "null", "nothing", "٣ nm", "³ m", "5 nm 6 nm", "1 m**1000000000",
    "9**9**9 m", "1 m^9^9^9", "1 m^(9^9)", "1 (m**9)**9**9", "1 m²³²³²³", "1e999999999 nm", "1e-999999999 nm", "nan m",
    "inf nm", "1 " + "m*" * 5000 + "m", "1 " + "(" * 5000 + "m" + ")" * 5000, "1" + " " * 100000 + "x", "1" * 100000 + "!",
    "1 __import__('os').system('true')", "5 nm\n6 nm", "\x1b[31mred", "a\u2028b", "\ud800", "x" * 100000, "x" * 1000,
    "日本語", "🧂", "{", "'", '"', "''' \"", "${HOME}", "../../..", "/dev/zero", "/etc/passwd", "a\0b", "%s%n{0}", "1 debye",
    "0.3 debye_length", "1e400 debye_length", "-1 debye_length", "1 V", "1 mM", "5 nm", "1 s", "1 Hz", "20 K", "-300 degC",
    "1 dBm", "1 M^2", "1/0 m", "5 m/0", "5 m**-9", "5 m**0", "1 %", "100000 %",
]  # fmt: skip
OTHERS: list[Any] = [
    None, [], {}, [[]], [{}], {"": None}, {"type": None}, {"type": []}, {"type": {}}, [None], [1, [2, [3]]], [True], {"a": {"a": {}}},
    datetime.date(2026, 1, 31), datetime.datetime(2026, 1, 31, 12), b"bytes", {1: 2}, {None: None}, {True: False}, {1.5: 1},
    list(range(2000)), {str(i): i for i in range(500)}, {"type": "expression", "formula": "s"},
]  # fmt: skip
FORMULAS = [
    "9**9**9", "s**s**s", "(" * 5000, "-" * 900 + "s", "s+" * 400 + "s", "exp(exp(exp(1000)))", "min(s)", "lambda: 0",
    "__import__('os')", "s\n+1", "1j", "where(s<0.5)", "s if s else 1", "0" * 10000, "'a'*10**9", "\0", "1" + "0" * 5000,
    "s.__class__", "[s for s in s]", "1(s)", "where(s < 0.5, -0.02, 0.02)", "(-1)**0.5", "1/0", "0/0*s", "s < 1", "True",
    "1" + "0" * 400, "1e400", "f'{s}'", "s" * 3000, "sin(" * 300 + "s" + ")" * 300, "# s", "s;s", "é", "٣*s", "-0.02 * (1 - s)",
]  # fmt: skip
KEYS: dict[str, list[Any]] = {
    "study": [
        {"type": "sweep", "parameter": "terminals.base.potential", "range": {"start": 0, "stop": 1, "points": 10**9}},
        {"type": "sweep", "parameter": "study.parameter", "values": [1]},
        {"type": "sweep", "parameter": "study.range.points", "range": {"start": 2, "stop": 5, "points": 3}},
        {"type": "sweep", "parameter": "electrolyte.concentration",
         "range": {"start": "1 nM", "stop": "5 M", "points": 5, "spacing": "logarithmic"}},
        {"type": "sweep", "parameter": "mesh.refinement", "values": [0, 4]},
        {"type": "impedance", "frequencies": {"start": "1 uHz", "stop": "1 GHz", "points": 10**8, "spacing": "logarithmic"}},
        {"type": "impedance", "frequencies": [1, 10], "at": [True, "1 V"]},
        {"type": "transient", "protocol": [{"type": "hold", "duration": "1000 h"}], "record_every": "1 ns"},
        {"type": "transient", "protocol": [{"type": "hold", "duration": 1e300}], "record_every": 1e-300},
        {"type": "transient", "protocol": [{"type": "hold", "duration": 1}], "fields_at": {"start": 0, "stop": 1, "points": 10**7}},
        {"type": "transient", "protocol": {}}, {"type": "transient", "protocol": {"a": []}}, {"type": []}, "sweep", "steady",
        {"type": "steady", "driven_terminal": ["base"]}, {"type": "transient", "protocol": [{"type": "hold", "duration": 1}], "start": ".."},
    ],
    "mesh": [
        {"wall_size": 1e-30}, {"wall_size": "1e-300 debye_length"}, {"corner_size": 5e-324}, {"growth": 1.0000001},
        {"axial_cells": 10**9}, {"refinement": 30}, {"tolerance": 1}, {"tolerance": "300 %"}, {"most_unknowns": 1e300},
        {"wall_size": 1e300}, {"corner_size": {}}, {"goal": []}, {"growth": "2"}, {"growth": True},
    ],
    "solver": [{"tolerance": 1}, {"max_iterations": 10**12}, {"quadrature_degree": 10**6}, {"linear": []}, {"linear": {}}, {"flow": {}}],
    "outputs": [{"profile_points": 10**10}, {"sensitivities": ["geometry.length"] * 3000}, {"fields": []}, {"checkpoint": 2},
                {"sensitivities": ["study.range.points", "", ".", "a..b"]}],
    "title": ["x" * 10**6, 5, None, ["a"], "\ud800", "a\nb"],
    "format": [2, "1", True, 1.0, None],
    "walls": [{"channel": {"surface_charge": {"type": "piecewise", "breaks": [i * 1e-12 for i in range(1, 5000)],
                                              "values": [0.01] * 5000}}},
              {"channel": {"surface_charge": 1e300}}, {"channel": {"slip_length": 1e300}}, {"channel": {"stern": {"thickness": 1e-300}}},
              {"channel": {"potential": 1e10}}, {"channel": {"potential": 1, "stern": {"thickness": "0.5 nm"}}}],
    "electrolyte": [{"concentration": "1 M", "species": {f"X{i}": {"valence": (-1) ** i, "diffusivity": 1e-9} for i in range(300)}},
                    {"concentration": 1e300, "species": {"K": {}, "Cl": {}}}, {"concentration": 1e-300, "species": {"K": {}, "Cl": {}}},
                    {"concentration": 1, "species": {"K": {}, "Cl": {}}, "temperature": 1e-300},
                    {"concentration": 1, "species": {"K": {}, "Cl": {}}, "relative_permittivity": 1e300}],
    "geometry": [{"type": "file", "path": "/dev/zero", "symmetry": "planar", "width": 1, "terminals": {"a": "b"}},
                 {"type": "file", "path": ".", "symmetry": "axisymmetric", "terminals": {}},
                 {"type": "cylinder", "length": 1e300, "radius": 1e-300, "reservoirs": None},
                 {"type": "cylinder", "length": 1e-6, "radius": 5e-9, "reservoirs": {}},
                 {"type": "cell", "gap": 1e300, "reservoirs": None}],
    "terminals": [[], {"base": []}, {"base": {"concentrations": {}}}, {"base": {"potential": 1e300}}, {"base": {"pressure": -1e300}}],
    "regions": [[], {"a": []}, {"a": "fluid"}, {"a": "solid"}],
    "x" * 5000: [1], "": [1],
}  # fmt: skip
"""Values to give to keys of the case as a whole."""
STEPS: list[dict[str, Any]] = [
    {"type": "sine", "amplitude": {"terminals.base.potential": 1}, "frequency": 1e9, "periods": 1e9},
    {"type": "triangle", "amplitude": {"terminals.base.potential": 1}, "frequency": 1e3, "periods": 1e10},
    {"type": "pulses", "to": {"terminals.base.potential": 1}, "width": 1e-6, "period": 1e-5, "count": 10**10},
    {"type": "pulses", "to": {"terminals.base.potential": 1}, "width": 1e-6, "period": 1e-5, "count": True},
    {"type": "hold", "duration": 1e308}, {"type": "hold", "duration": 1e-308}, {"type": "ramp", "duration": 1, "to": {}},
    {"type": "table", "file": "/dev/zero"}, {"type": "table", "file": "."}, {"type": "table", "file": "case.yaml"},
    {"type": "table", "file": "a\0b"}, {"type": "table", "times": [0, True], "values": {"terminals.base.potential": [0, 1]}},
    {"type": "sine", "amplitude": {"terminals.base.pressure": 1e300}, "frequency": 1e-300, "phase": "90"},
    {"type": "step", "to": {"walls.channel.potential": 1}}, {"type": "step", "to": {"x" * 300: 1}}, {"type": []},
    {"type": "step", "to": {"terminals.base.potential": True}},
]  # fmt: skip


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
        choices = [f"-{value}", *[f"{number}e{pick.randint(-most, most)} {unit}" for most in (2, 6, 12, 330)], f"{number} {unit}^{pick.randint(-9, 10**9)}",
                   f"{number} {pick.choice(['V', 'm', 'nm', 'kg', 'mol', 'furlong', 'K', 's^-1', 'x', 'mM', '1/s'])}", number,
                   f"{number}{number}", f"{unit} {number}", f"{value} {value}", f"{number} {unit}*1e5", f"{number},5 {unit}"]  # fmt: skip
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
    changes: list[Callable[[], str]] = [
        lambda: "".join(lines[:i] + lines[i + 1 :]),
        lambda: "".join(lines[: i + 1] + lines[i:]),
        lambda: text[:at],
        lambda: text[:at] + text[at + 1 :],
        lambda: text[:at] + pick.choice([*"\t\0{}[]:,&*!|>'\"%@`#-?~\\\r\x1b", "\ufeff", "\u2028", "\ud800", "é", "٣", "\n\n", "---\n"]) + text[at:],
        lambda: "".join([*lines[:i], pick.choice([" ", "  ", "\t"]) + lines[i], *lines[i + 1 :]]),
        lambda: "".join([*lines[:i], lines[i].partition(":")[0] + ": " + pick.choice(["&a [*a]", "*none", "!!binary aGk=", "!!int x",
                "!!timestamp x", "!!set {a}", "!!python/object:os.system x", "!foo 5 nm", "2026-01-31", "0o17", "1__0", "!!bool x",
                "!!float x", "!!omap [a: 1]", "<<", "9" * 5000, "1" * 400, "|", ">", "? [a]", "[" * deep, "[" * deep + "]" * deep,
                "{a: " * deep + "1" + "}" * deep, "x" * 10**6, '"\\ud800"', '"\\x1b[31m"', '"a\\0b"']) + "\n", *lines[i + 1 :]]),
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
    source = pick.choice(SHIPPED)
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


def tried(seed: int) -> dict[str, Any]:
    """What came of one seed: `ended`, `message`, `seconds` of processor time."""
    begin = time.process_time()
    _, hard = resource.getrlimit(resource.RLIMIT_CPU)
    resource.setrlimit(resource.RLIMIT_CPU, (int(begin + 3.0 * TIME), hard))  # ends what no signal handler can
    signal.setitimer(signal.ITIMER_PROF, TIME, 1.0)
    with tempfile.TemporaryDirectory() as folder:
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("error")  # numpy's and Python's warnings would reach the user
                ended, message = _tried(seed, Path(folder))
        except _Hang:
            ended, message = "hang", traceback.format_exc()
        except Exception:
            ended, message = "traceback", traceback.format_exc()
        finally:
            signal.setitimer(signal.ITIMER_PROF, 0.0)
    return {"seed": seed, "ended": ended, "message": message, "seconds": time.process_time() - begin}


def main(first: int, count: int) -> None:
    """Try a range of seeds within the limits."""
    used = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
    resource.setrlimit(resource.RLIMIT_AS, (used + int(MEMORY), resource.getrlimit(resource.RLIMIT_AS)[1]))
    signal.signal(signal.SIGPROF, _out_of_time)
    for seed in range(first, first + count):
        print(f"{seed}", file=sys.stderr, flush=True)  # whoever is killed by the system has said at which
        print(json.dumps(tried(seed)), flush=True)


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]))
