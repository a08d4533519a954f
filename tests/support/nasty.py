"""Values that have broken readers of input files: of wrong types and sizes, and texts that grow when they are read."""

from __future__ import annotations

import datetime
from typing import Any

LAUGHS = "laughs: &l0 [ha, ha]\n" + "".join(f"l{i}: &l{i} [{', '.join([f'*l{i - 1}'] * 9)}]\n" for i in range(1, 12))
NUMBERS = [
    0, -1, 1, 0.5, 1e308, -1e308, 5e-324, 1e-30, 1e30, 10**9, -(10**9), 10**400, 2**63, float("nan"), float("inf"),
    -float("inf"), 1e15, 999999, 1e-9, 1000, True, False,
]  # fmt: skip
TEXTS = [
    "", " ", "yes", "on", "1_000", "0x10", "1e5", "1:30", "~", "null", "nothing", "٣ nm", "³ m", "5 nm 6 nm",
    "1 m**1000000000",
    "9**9**9 m", "1 m^9^9^9", "1 m^(9^9)", "1 (m**9)**9**9", "1 m²³²³²³", "1e999999999 nm", "1e-999999999 nm", "nan m",
    "inf nm", "1 " + "m*" * 5000 + "m", "1 " + "(" * 5000 + "m" + ")" * 5000, "1" + " " * 100000 + "x", "1" * 100000 + "!",
    "1 __import__('os').system('true')", "5 nm\n6 nm", "\x1b[31mred", "a\u2028b", "\ud800", "x" * 100000, "x" * 1000,
    "日本語", "🧂", "{", "'", '"', "''' \"", "${HOME}", "../../..", "/dev/zero", "/etc/passwd", "a\0b", "%s%n{0}", "1 debye",
    "0.3 debye_length", "1e400 debye_length", "-1 debye_length", "1 V", "1 mM", "5 nm", "1 s", "1 Hz", "20 K", "-300 degC",
    "1 dBm", "1 M^2", "1/0 m", "5 m/0", "5 m**-9", "5 m**0", "1 %", "100000 %",
]  # fmt: skip
OTHERS: list[Any] = [
    None, [], {}, [[]], [{}], {"": None}, {"type": None}, {"type": []}, {"type": {}}, [None], [1, [2, [3]]], [True],
    {"a": {"a": {}}},
    datetime.date(2026, 1, 31), datetime.datetime(2026, 1, 31, 12), b"bytes", {1: 2}, {None: None}, {True: False}, {1.5: 1},
    list(range(2000)), {str(i): i for i in range(500)}, {"type": "expression", "formula": "s"},
]  # fmt: skip
FORMULAS = [
    "9**9**9", "s**s**s", "(" * 5000, "-" * 900 + "s", "s+" * 400 + "s", "exp(exp(exp(1000)))", "min(s)", "lambda: 0",
    "__import__('os')", "s\n+1", "1j", "where(s<0.5)", "s if s else 1", "0" * 10000, "'a'*10**9", "\0", "1" + "0" * 5000,
    "s.__class__", "[s for s in s]", "1(s)", "where(s < 0.5, -0.02, 0.02)", "(-1)**0.5", "1/0", "0/0*s", "s < 1", "True",
    "1" + "0" * 400, "1e400", "f'{s}'", "s" * 3000, "sin(" * 300 + "s" + ")" * 300, "# s", "s;s", "é", "٣*s",
    "-0.02 * (1 - s)",
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
        {"type": "transient", "protocol": [{"type": "hold", "duration": 1}],
         "fields_at": {"start": 0, "stop": 1, "points": 10**7}},
        {"type": "transient", "protocol": {}}, {"type": "transient", "protocol": {"a": []}}, {"type": []}, "sweep", "steady",
        {"type": "steady", "driven_terminal": ["base"]},
        {"type": "transient", "protocol": [{"type": "hold", "duration": 1}], "start": ".."},
    ],
    "mesh": [
        {"wall_size": 1e-30}, {"wall_size": "1e-300 debye_length"}, {"corner_size": 5e-324}, {"growth": 1.0000001},
        {"axial_cells": 10**9}, {"refinement": 30}, {"tolerance": 1}, {"tolerance": "300 %"}, {"most_unknowns": 1e300},
        {"wall_size": 1e300}, {"corner_size": {}}, {"goal": []}, {"growth": "2"}, {"growth": True},
    ],
    "solver": [{"tolerance": 1}, {"max_iterations": 10**12}, {"quadrature_degree": 10**6}, {"linear": []}, {"linear": {}},
               {"flow": {}}],
    "outputs": [{"profile_points": 10**10}, {"sensitivities": ["geometry.length"] * 3000}, {"fields": []}, {"checkpoint": 2},
                {"sensitivities": ["study.range.points", "", ".", "a..b"]}],
    "title": ["x" * 10**6, 5, None, ["a"], "\ud800", "a\nb"],
    "format": [2, "1", True, 1.0, None],
    "walls": [{"channel": {"surface_charge": {"type": "piecewise", "breaks": [i * 1e-12 for i in range(1, 5000)],
                                              "values": [0.01] * 5000}}},
              {"channel": {"surface_charge": 1e300}}, {"channel": {"slip_length": 1e300}},
              {"channel": {"stern": {"thickness": 1e-300}}},
              {"channel": {"potential": 1e10}}, {"channel": {"potential": 1, "stern": {"thickness": "0.5 nm"}}}],
    "electrolyte": [{"concentration": "1 M",
                     "species": {f"X{i}": {"valence": (-1) ** i, "diffusivity": 1e-9} for i in range(300)}},
                    {"concentration": 1e300, "species": {"K": {}, "Cl": {}}},
                    {"concentration": 1e-300, "species": {"K": {}, "Cl": {}}},
                    {"concentration": 1, "species": {"K": {}, "Cl": {}}, "temperature": 1e-300},
                    {"concentration": 1, "species": {"K": {}, "Cl": {}}, "relative_permittivity": 1e300}],
    "geometry": [{"type": "file", "path": "/dev/zero", "symmetry": "planar", "width": 1, "terminals": {"a": "b"}},
                 {"type": "file", "path": ".", "symmetry": "axisymmetric", "terminals": {}},
                 {"type": "cylinder", "length": 1e300, "radius": 1e-300, "reservoirs": None},
                 {"type": "cylinder", "length": 1e-6, "radius": 5e-9, "reservoirs": {}},
                 {"type": "cell", "gap": 1e300, "reservoirs": None}],
    "terminals": [[], {"base": []}, {"base": {"concentrations": {}}}, {"base": {"potential": 1e300}},
                  {"base": {"pressure": -1e300}}],
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
CHARACTERS = [*"\t\0{}[]:,&*!|>'\"%@`#-?~\\\r\x1b", "\ufeff", "\u2028", "\ud800", "é", "٣", "\n\n", "---\n"]
TAGS = [
    "&a [*a]", "*none", "!!binary aGk=", "!!int x", "!!timestamp x", "!!set {a}", "!!python/object:os.system x", "!foo 5 nm",
    "2026-01-31", "0o17", "1__0", "!!bool x", "!!float x", "!!omap [a: 1]", "<<", "9" * 5000, "1" * 400, "|", ">", "? [a]",
    "x" * 10**6, '"\\ud800"', '"\\x1b[31m"', '"a\\0b"',
]  # fmt: skip
"""What stands behind a key."""
