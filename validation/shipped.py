"""The shipped cases: their expected numbers, and the conical channel of PRL 130, 268401 against other methods."""

from __future__ import annotations

import math
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pandas as pd

from circuits.description.loading import is_circuit, load_circuit
from postprocess.tables.circuit import CircuitResult
from postprocess.tables.columns import matches, read_table
from postprocess.tables.expected import case_file, compare
from postprocess.tables.result import Result
from postprocess.tables.units import split_header
from python_interface.simulate import simulate
from solver.case.loading import CaseFile
from validation.checks import Check, Kind, Line, Plot, Section
from validation.devices import bar, ratio_bar
from validation.setting import Setting, shipped_cases

BIAS = "bias [V]"


def at_bias(result: Result, bias: float) -> dict[str, Any]:
    """The row of a bias (V) of a result with one curve; an empty one when there is none."""
    table = result.observables[matches(result.observables[BIAS], bias)]
    return dict(table.iloc[0]) if len(table) else {}


def current_voltage(section: str, result: Result, references: tuple[Line, ...], title: str, caption: str) -> Plot:
    """The I-V curve of a result, with error bars, over references."""
    table = result.observables.sort_values(BIAS)
    rows = [dict(row) for _, row in table.iterrows()]
    ours = Line(
        "this program",
        [row[BIAS] for row in rows],
        [row["current [A]"] for row in rows],
        [bar(row, "current [A]") for row in rows],
    )
    return Plot(section, result.name, title, "bias [V]", "current [A]", (*references, ours), caption)


# ------------------------------------------------------------------------------------------------ conical microchannel
CUBIC_ELEMENTS = {
    -1.0: -8.15944e-12,
    -0.5: -3.32588e-12,
    -0.1: -0.492481e-12,
    0.1: 0.400527e-12,
    0.5: 1.53976e-12,
    1.0: 2.78816e-12,
}
"""Current (A) at a bias (V): two-dimensional finite elements of third order, by another code."""

SPACE_CHARGE = {
    -1.0: -8.29803e-12,
    -0.5: -3.33933e-12,
    -0.2: -1.07988e-12,
    -0.1: -0.492553e-12,
    -0.05: -0.234283e-12,
    0.05: 0.210990e-12,
    0.1: 0.400554e-12,
    0.2: 0.728624e-12,
    0.5: 1.53834e-12,
    1.0: 2.78369e-12,
}
"""Current (A) at a bias (V): space-charge model, one-dimensional."""


def microchannel(setting: Setting) -> Iterator[Check | Plot]:
    """The channel of the iontronic memristor, steady, within 1 V."""
    name = "cone, 200 to 50 nm, 10 um long, 0.1 mM"
    overrides = ["study.values=[-1, -0.5, -0.2, -0.1, -0.05, 0, 0.05, 0.1, 0.2, 0.5, 1]", "study.range=null"]
    result = setting.shipped("conical_microchannel", overrides if setting.quick else [])
    for bias, exact in CUBIC_ELEMENTS.items():
        row = at_bias(result, bias)
        yield Check(
            "microchannel", name, f"current at {bias:g} V", "A", exact, row["current [A]"], 1e-4, "exact",
            "two-dimensional finite elements of third order, another code", reference_uncertainty=5e-6 * abs(exact),
            error=bar(row, "current [A]"),
        )  # fmt: skip
    minus, plus = at_bias(result, -1.0), at_bias(result, 1.0)
    yield Check(
        "microchannel", name, "rectification ratio at 1 V", "", CUBIC_ELEMENTS[-1.0] / -CUBIC_ELEMENTS[1.0],
        abs(minus["current [A]"] / plus["current [A]"]), 1e-4, "exact",
        "two-dimensional finite elements of third order, another code", reference_uncertainty=3e-5,
        error=ratio_bar(minus, plus),
    )  # fmt: skip
    for bias, model in SPACE_CHARGE.items():
        row = at_bias(result, bias)
        yield Check(
            "microchannel", name, f"current at {bias:g} V", "A", model, row["current [A]"], 3e-2, "model",
            "space-charge model in one dimension", error=bar(row, "current [A]"),
            note="the model is exact to leading order in radius over length",
        )  # fmt: skip
    theory = _theory(shipped_reference(result))
    for bias, current in theory.items():
        if bias in (-1.0, -0.5, -0.1, 0.1):
            row = at_bias(result, bias)
            yield Check(
                "microchannel", name, f"current at {bias:g} V", "A", current, row["current [A]"], 7e-2, "model",
                "g_inf(V) V of Kamsma et al., PRL 130, 268401 (2023): thin double layers",
                error=bar(row, "current [A]"),
                note="the theory leaves out surface conduction; beyond 0.58 V its salt becomes negative",
            )  # fmt: skip
    yield current_voltage(
        "microchannel", result,
        (
            Line("third-order elements, 2D", list(CUBIC_ELEMENTS), list(CUBIC_ELEMENTS.values()), look="points"),
            Line("theory of thin double layers (PRL 130, 268401)", list(theory), list(theory.values()), look="model"),
        ),
        "Conical microchannel of PRL 130, 268401",
        "The analytic theory is good for negative bias; at positive bias its salt becomes negative beyond 0.58 V.",
    )  # fmt: skip


def shipped_reference(result: Result) -> pd.DataFrame:
    """The case's reference.csv; empty when there is none."""
    path = case_file(result, "reference.csv")
    return pd.DataFrame() if path is None else read_table(path)


def _theory(table: pd.DataFrame) -> dict[float, float]:
    if table.empty:
        return {}
    table = table[table["label"].str.startswith("thin-double-layer")]
    return dict(zip(table[BIAS].astype(float), table["current [A]"].astype(float), strict=True))


MICROCHANNEL = Section(
    "microchannel",
    "Conical microchannel of PRL 130, 268401",
    "The channel of T. M. Kamsma et al., Phys. Rev. Lett. 130, 268401 (2023): steady current against an independent "
    "two-dimensional solution, a one-dimensional model, and the paper's theory of thin double layers.",
    microchannel,
)


# ------------------------------------------------------------------------------------------------ expected.csv
QUICK_CASES = ("slit_electroosmosis", "slit_polarization")
"""Cases with references outside of this program that take seconds; the others wait for the full validation."""

OTHERS_SHOWN = ("conical_microchannel",)
"""Cases whose expected numbers are those of a section of their own."""


def shipped(setting: Setting) -> Iterator[Check | Plot]:
    """Every line of expected.csv of every shipped case, as shipped."""
    for folder in sorted(path.parent for path in shipped_cases().glob("*/case.yaml")):
        if folder.name in OTHERS_SHOWN or (setting.quick and folder.name not in QUICK_CASES):
            continue
        if is_circuit(CaseFile.read(folder)):
            yield from _circuit(setting, folder)
            continue
        result = setting.shipped(folder.name)
        for line in with_sources(compare(result)).to_dict("records"):
            yield _expected(result, line)
        if result.sweeps_bias and result.outer is None:
            expected = _expected_currents(result)
            reference = Line("expected.csv", list(expected), list(expected.values()), look="points")
            yield current_voltage(
                "cases", result, (reference,), result.title, "The shipped case and its expected numbers.",
            )  # fmt: skip


def _circuit(setting: Setting, folder: Path) -> Iterator[Check]:
    """Every line of expected.csv of a shipped circuit."""
    result = simulate(
        load_circuit(folder), setting.scratch / f"circuit-{folder.name}", progress=False, comm=setting.comm
    )
    for line in with_sources(compare(result)).to_dict("records"):
        yield _expected(result, line)


SAME = "the same"
"""How a source begins that is that of the line before."""


def with_sources(lines: pd.DataFrame) -> pd.DataFrame:
    """Lines of a comparison with every source written out."""
    sources: list[str] = []
    for source in lines["source"].astype(str):
        sources.append(sources[-1] + source.removeprefix(SAME) if sources and source.startswith(SAME) else source)
    return lines.assign(source=sources)


def _expected(result: Result | CircuitResult, line: dict[str, Any]) -> Check:
    """A line of the comparison with expected.csv as a check."""
    name, unit = split_header(line["quantity"])
    reference, tolerance = float(line["expected"]), float(line["tolerance"])
    source = str(line["source"])
    kind: Kind = "exact" if source.startswith(("exact", "conservation", "current at mid")) else "model"
    kind = "refined" if source.startswith("this program") else kind
    digits = min(5e-5, tolerance) if line["relative"] else 5e-5
    return Check(
        "cases", f"{result.name}, {line['at']}" if line["at"] else result.name, name.replace("_", " "), unit, reference,
        float(line["value"]), tolerance, kind, source, reference_uncertainty=digits * abs(reference),
        error=_error(result, line), bound=line["bound"] or "=", scale=None if line["relative"] else 1.0,
    )  # fmt: skip


def _error(result: Result | CircuitResult, line: dict[str, Any]) -> float:
    """The error bar of the value of a line: that of the row with this value; NaN for what is derived from several."""
    table = result.observables
    header = line["quantity"]
    if header in table:
        rows = table[table[header] == line["value"]]
        return bar(dict(rows.iloc[0]), header) if len(rows) else math.nan
    if header == "rectification_ratio" and isinstance(result, Result):
        for _, plus in table[table[BIAS] > 0].iterrows():
            minus = at_bias(result, -plus[BIAS])
            if minus and math.isclose(abs(minus["current [A]"] / plus["current [A]"]), line["value"], rel_tol=1e-9):
                return ratio_bar(minus, dict(plus))
    return math.nan


def _expected_currents(result: Result) -> dict[float, float]:
    """Expected currents (A) by bias (V), without those of approximate models."""
    lines = with_sources(compare(result))
    lines = lines[(lines["quantity"] == "current [A]") & lines["source"].str.startswith(("this program", "exact"))]
    lines = lines[lines["at"].str.startswith("bias [V] = ")]
    found = {}
    for _, line in lines.iterrows():
        text = line["at"].removeprefix("bias [V] = ").split(",")[0]
        found[float(text)] = float(line["expected"])
    return dict(sorted(found.items()))


SHIPPED = Section(
    "cases",
    "Shipped cases",
    "Every number of the `expected.csv` of the shipped cases. Most are this program's own on finer meshes: they say "
    "whether the error bars hold.",
    shipped,
)
