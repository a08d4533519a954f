"""Tables show what devices of a kind are judged by."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from postprocess.figures.sweeps import current_voltage
from postprocess.tables.expected_table import expected_table
from postprocess.tables.result import Result
from postprocess.tables.result_table import result_table
from solver.case.case import Case
from solver.case.loading import load_case
from tests.support.cone_case import CONE, make

BIAS = "terminals.base.potential [V]"
SALT = "terminals.tip.concentration [mol/m^3]"


def result_of(case: Case, table: dict[str, Any]) -> Result:
    """A result of a case in memory."""
    run = {
        "case_name": "device",
        "case": case.model_dump(mode="json"),
        "driven_terminal": case.driven_terminal,
        "written_units": case.study.written_units(),
        "geometry": {"terminals": list(case.terminals)},
    }
    return Result(None, run, pd.DataFrame({"point": range(len(table["bias [V]"])), **table}))


def curve(current: float = -1e-10, conductance: float = 1e-9, **shared: float) -> dict[str, Any]:
    """A straight current-voltage curve with a current at no bias."""
    bias = np.array([0.0, 0.1, 0.2, -0.1, -0.2])
    found = current + conductance * bias
    with np.errstate(divide="ignore"):
        quotient = np.where(bias == 0.0, np.nan, found / np.where(bias == 0.0, 1.0, bias))
    columns = {"current [A]": found, "current_error [A]": np.full(5, 1e-13), "conductance [S]": quotient}
    return {**{key: np.full(5, value) for key, value in shared.items()}, BIAS: bias, "bias [V]": bias, **columns}


def test_unlike_reservoirs_have_a_reversal_potential_and_no_rectification() -> None:
    case = make({"terminals.base.concentration": "1 mM", "terminals.tip.concentration": "1 M"})
    text = result_table(result_of(case, curve()))
    assert "rectification" not in text
    assert "conductance" not in text, "current over bias is none"
    # a straight line: I = -100 pA + 1 nS V
    assert (
        "reversal potential 100.00(10) mV, short-circuit current -100.00(10) pA, osmotic power 2.500(6) pW at 50 mV"
        " (interpolated)" in text
    )


def test_the_figure_between_unlike_reservoirs_has_no_rectification() -> None:
    unlike = make({"terminals.base.concentration": "1 mM", "terminals.tip.concentration": "1 M"})
    assert len(current_voltage(result_of(unlike, curve())).figure.axes) == 1
    assert len(current_voltage(result_of(make({}), curve(current=-1e-11))).figure.axes) == 2


def test_a_sweep_that_ends_before_the_reversal_potential_says_so() -> None:
    case = make({"terminals.base.concentration": "1 mM", "terminals.tip.concentration": "1 M"})
    text = result_table(result_of(case, curve(current=-1e-9)))
    assert "short-circuit current -1.00000(11) nA (interpolated)" in text
    assert "no change of sign of the current from -0.2 V to 0.2 V: sweep farther for a reversal potential" in text


def test_of_several_outer_values_only_unlike_reservoirs_have_one() -> None:
    study = {
        "type": "sweep",
        "parameter": "terminals.base.potential",
        "values": ["0 V", "0.1 V", "0.2 V", "-0.1 V", "-0.2 V"],
        "outer": {"parameter": "terminals.tip.concentration", "values": ["10 mM", "1000 mM"]},
    }
    like, unlike = curve(current=0.0, **{SALT: 10.0}), curve(**{SALT: 1000.0})
    table = {key: np.concatenate([like[key], unlike[key]]) for key in like}
    lines = result_table(result_of(make({"study": study}), table)).splitlines()
    blocks = {line: lines[k + 1] for k, line in enumerate(lines) if line.startswith("concentration at tip =")}
    assert {name: "rectification" in head for name, head in blocks.items()} == {
        "concentration at tip = 10 mM": True,
        "concentration at tip = 1000 mM": False,
    }
    row = next(line for line in lines if line.startswith("1000 mM"))
    assert row.split()[2:4] == ["100.00(10)", "mV"]


def test_like_reservoirs_are_judged_by_conductance_and_rectification() -> None:
    lines = result_table(result_of(make(), curve(current=0.0))).splitlines()
    assert lines[2].split() == ["bias", "current", "conductance", "rectification"]
    assert lines[4].split() == ["-0.2", "-200.00(10)", "1.0000"]


def test_a_current_that_pressure_drives_gives_no_conductance() -> None:
    assert "conductance" not in result_table(result_of(make({"terminals.tip.pressure": "1 bar"}), curve()))


def test_expected_numbers_of_another_case_are_not_called_failed(tmp_path: Path) -> None:
    folder = tmp_path / "cone"
    folder.mkdir()
    (folder / "case.yaml").write_text(json.dumps(CONE))
    (folder / "expected.csv").write_text("quantity,bias [V],value,tolerance,source\ncurrent,0.1,1 pA,1 %,paper\n")

    def told(*overrides: str) -> str:
        result = result_of(load_case(folder, overrides), curve(current=0.0))
        return expected_table(replace(result, run={**result.run, "case_directory": str(folder), "case_name": "cone"}))

    assert "FAILED" in told()
    assert "FAILED" in told("study.range.points=3", "mesh.growth=2"), "the same case, computed otherwise"
    assert told("electrolyte.concentration=1 mM") == (
        "expected.csv belongs to another case (electrolyte.concentration is 10.0 there and 1.0 here): its numbers are not"
        " compared with these"
    )


def test_where_the_folder_is_gone_the_overrides_tell(tmp_path: Path) -> None:
    (tmp_path / "expected.csv").write_text("quantity,bias [V],value,tolerance,source\ncurrent,0.1,1 pA,1 %,paper\n")
    result = result_of(make(), curve(current=0.0))
    gone = {"case_directory": str(tmp_path / "gone"), "overrides": ["mesh.growth=2", "walls.channel.surface_charge=0"]}
    text = expected_table(replace(result, path=tmp_path, run={**result.run, **gone}))
    assert text.startswith("expected.csv belongs to another case (walls.channel.surface_charge was set)")
    gone["overrides"] = ["mesh.growth=2"]
    assert "FAILED" in expected_table(replace(result, path=tmp_path, run={**result.run, **gone}))


def test_a_closed_cell_shows_the_charges_of_its_electrodes() -> None:
    case = Case.model_validate(
        {
            "geometry": {"type": "cell", "length": "100 nm", "width": "1 um"},
            "electrolyte": {"species": {"K": {}, "Cl": {}}, "concentration": "1 mM"},
            "walls": {"left": {"potential": "0 V"}, "right": {"potential": "0 V"}},
            "solver": {"flow": "none"},
            "study": {"type": "sweep", "parameter": "walls.right.potential", "values": ["50 mV", "100 mV"]},
        }
    )
    bias = np.array([0.05, 0.1])
    table = {"walls.right.potential [V]": bias, "bias [V]": bias, "current [A]": 0.0}
    table |= {"charge_left [C]": -1e-15 * bias, "charge_right [C]": 1e-15 * bias}
    table |= {"charge_left_error [C]": 1e-20, "charge_right_error [C]": 1e-20}
    lines = result_table(result_of(case, table)).splitlines()
    assert lines[2].split("  ")[0].strip() == "bias"
    assert lines[4].split() == ["50", "-50.000(10)", "50.000(10)"]
    assert lines[3].split() == ["[mV]", "[aC]", "[aC]"]
