"""Fits of compact models, families of them, and the forms in which they are written."""

from __future__ import annotations

import itertools
import json
import math
import re
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from numpy.typing import NDArray
from scipy.integrate import solve_ivp

import nanochannel as nc
from circuits.compact.exports import exported
from circuits.compact.family import CompactFamily, compact_model_at
from circuits.compact.model import Branch, CompactModel, ModelError
from exploration.compact.compact import compact
from exploration.compact.data import DeviceData, InTime, Spectrum, Steady
from exploration.compact.memory import fitted_memory
from exploration.compact.steady import steady_models
from solver.case.studies.transient import schedule_of
from solver.results.rows import ResultError
from tests.support.paths import CASES

pytestmark = pytest.mark.serial

Array = NDArray[np.float64]

REVERSAL, TIMES, WEIGHTS, CAPACITANCE = -0.03, (8e-3, 0.9e-3), (0.7, 0.3), 2e-15


def g_inf(voltage: Array | float) -> Array:
    """A conductance that rectifies, S."""
    return np.asarray(4e-12 * (1.2 - 0.7 * np.tanh(1.6 * np.asarray(voltage))))


def at_rest(voltages: Array) -> Array:
    """Steady current, A."""
    return g_inf(voltages) * (voltages - REVERSAL)


def in_time(times: Array, course: Callable[[float], float], breaks: tuple[float, ...] = ()) -> Array:
    """Current of the two branches by an integrator of another kind, without what the capacitance takes."""

    def rates(t: float, g: Array) -> Array:
        return (g_inf(course(t)) - g) / np.array(TIMES)

    state, found = np.full(2, g_inf(course(0.0))), []
    edges = [0.0, *breaks, times[-1]]
    for start, stop in itertools.pairwise(edges):
        inside = times[(times > start) & (times <= stop)] if start else times[times <= stop]
        solved = solve_ivp(rates, (start, stop), state, t_eval=inside, rtol=1e-10, atol=1e-22, max_step=5e-4)
        found.append(solved.y)
        state = solve_ivp(rates, (start, stop), state, rtol=1e-10, atol=1e-22, max_step=5e-4).y[:, -1]
    conductance = np.array(WEIGHTS) @ np.concatenate(found, axis=1)
    return conductance * (np.array([course(t) for t in times]) - REVERSAL)


def spectrum(voltage: float, frequencies: Array) -> NDArray[np.complex128]:
    """Admittance, S."""
    omega, slope = 2j * np.pi * frequencies, (g_inf(voltage + 1e-5) - g_inf(voltage - 1e-5)) / 2e-5
    memory = sum(w / (1.0 + omega * t) for w, t in zip(WEIGHTS, TIMES, strict=True))
    return np.asarray(g_inf(voltage) + (voltage - REVERSAL) * slope * memory + omega * CAPACITANCE)


def synthetic(noise: float = 0.0) -> DeviceData:
    """A sweep, a sine and a spectrum of a device that is known."""
    random = np.random.default_rng(7)
    voltages = np.linspace(-1.0, 1.0, 41)

    def course(t: float) -> float:
        return 0.9 * math.sin(2.0 * math.pi * 25.0 * t)

    times = np.linspace(0.0, 0.08, 400)
    currents = in_time(times, course)
    currents = currents + noise * np.abs(currents).max() * random.standard_normal(len(times))
    driven = np.array([course(t) for t in times])
    frequencies = np.geomspace(1.0, 1e4, 25)
    return DeviceData(
        ("base", "tip"),
        "",
        (Steady("sweep", None, voltages, at_rest(voltages)),),
        (InTime("sine", None, times, driven, currents + CAPACITANCE * np.gradient(driven, times)),),
        (Spectrum("spectrum", None, 0.4, frequencies, spectrum(0.4, frequencies)),),
    )


@pytest.mark.parametrize(("noise", "close"), [(0.0, 5e-4), (3e-3, 0.1)])
def test_a_device_that_is_known_is_found_again(noise: float, close: float) -> None:
    data = synthetic(noise)
    (model,) = steady_models(data.steady, data.terminals)
    assert model.reversal == pytest.approx(REVERSAL, abs=1e-7)
    between = np.linspace(-0.99, 0.99, 77)
    assert model.steady_conductances(between)[0] == pytest.approx(g_inf(between), rel=2e-5)
    memory = fitted_memory(data, lambda place: model)
    assert memory is not None
    assert memory.shape.name == "2 branches, one time"
    assert [b.weight for b in memory.branches] == pytest.approx(WEIGHTS, rel=close)
    assert [b.times[0] for b in memory.branches] == pytest.approx(TIMES, rel=close)
    assert memory.capacitance == pytest.approx(CAPACITANCE, rel=close)


def test_a_current_without_memory_gets_none() -> None:
    data = synthetic()
    run = data.in_time[0]
    plain = DeviceData(
        data.terminals, "", data.steady, (InTime("sine", None, run.times, run.voltages, at_rest(run.voltages)),)
    )
    (model,) = steady_models(data.steady, data.terminals)
    memory = fitted_memory(plain, lambda place: model)
    assert memory is not None
    assert memory.branches == (Branch(1.0),)


def stand_in(folder: Path, study: dict[str, object], currents: Callable[[Array], Array] | None = None) -> Path:
    """A result as `nanochannel run` writes it, of the device above in the place of a cone."""
    case = nc.load_case(CASES / "conical_microchannel").model_copy()
    case = nc.Case.model_validate({**case.model_dump(mode="json"), "study": study})
    folder.mkdir(parents=True)
    run = {"status": "complete", "case": case.model_dump(mode="json"), "driven_terminal": "base", "case_name": "cone"}
    (folder / "run.json").write_text(json.dumps(run | {"geometry": {"terminals": ["base", "tip"]}}), encoding="utf-8")
    key = "terminals.base.potential [V]"
    if study["type"] == "sweep":
        voltages = np.array([point.values[0][1] for point in case.study.points(case)], dtype=float)
        table = pd.DataFrame({key: voltages, "bias [V]": voltages, "current [A]": at_rest(voltages)})
    else:
        schedule = schedule_of(case)
        breaks = tuple(corner.time for corner in schedule.corners() if corner.jump)
        times = np.unique(
            np.concatenate(
                [np.linspace(0.0, schedule.duration, 301), *(t + np.geomspace(1e-6, 5e-3, 30) for t in breaks)]
            )
        )
        voltages = np.array([schedule.values(t)["terminals.base.potential"] for t in times])
        found = in_time(times, lambda t: schedule.values(t, after=True)["terminals.base.potential"], breaks)
        # at a jump the row has the value before it
        found = np.where(
            np.isin(times, breaks),
            found
            * (voltages - REVERSAL)
            / (np.array([schedule.values(t, after=True)["terminals.base.potential"] for t in times]) - REVERSAL),
            found,
        )
        table = pd.DataFrame({"time [s]": times, key: voltages, "bias [V]": voltages, "current [A]": found})
    table.insert(0, "point", range(len(table)))
    table.to_csv(folder / "observables.csv", index=False)
    return folder


SWEEP = {
    "type": "sweep",
    "parameter": "terminals.base.potential",
    "range": {"start": "-1 V", "stop": "1 V", "points": 41},
}
STEPS = {
    "type": "transient",
    "protocol": [
        {"type": "hold", "duration": "2 ms"},
        {"type": "step", "to": {"terminals.base.potential": "-0.8 V"}},
        {"type": "hold", "duration": "40 ms"},
        {"type": "step", "to": {"terminals.base.potential": "0.7 V"}},
        {"type": "hold", "duration": "40 ms"},
    ],
}
SINE = {
    "type": "transient",
    "protocol": [
        {"type": "sine", "amplitude": {"terminals.base.potential": "0.9 V"}, "frequency": "30 Hz", "periods": 2}
    ],
}


def test_command(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    sweep, steps, sine = (
        stand_in(tmp_path / name, study) for name, study in (("sweep", SWEEP), ("steps", STEPS), ("sine", SINE))
    )
    words = ["compact", str(sweep), str(steps), "--validate", str(sine), "--export", "csv"]
    assert nc.main(words) == 0
    told = capsys.readouterr().out
    assert "rectification" in told
    assert f"held against {sine} (transient): error of the current rms 0.0" in told
    model = nc.CompactModel.read(sweep / "compact.json")
    assert [b.times[0] for b in model.branches] == pytest.approx(TIMES, rel=5e-3)
    assert model.source["errors_of_validation"][0]["relative_rms"] < 1e-3
    assert model.source["errors"][1]["relative_largest"] < 1e-3
    table = pd.read_csv(sweep / "compact.csv")
    assert list(table) == ["voltage [V]", "conductance [S]", "current [A]", "memory_time_1 [s]", "memory_time_2 [s]"]
    # of another device, without a sweep, and without anything
    other = stand_in(tmp_path / "other", SINE)
    data = json.loads((other / "run.json").read_text())
    data["case"]["geometry"]["length"] = 2e-5
    (other / "run.json").write_text(json.dumps(data))
    for words, text in (
        (["compact", str(sweep), str(other)], "of another device than"),
        (["compact", str(steps)], "no steady sweep of the voltage"),
        (["compact", str(sweep / "compact.json")], "--export FORM"),
        (["compact", str(tmp_path)], "not a result directory"),
    ):
        assert nc.main(words) == 2
        said = capsys.readouterr()
        assert text in said.out + said.err


def known(conductance: float = 1.0, reversal: float = 0.0) -> CompactModel:
    """A model of two branches, one with times that follow the voltage."""
    voltages = np.linspace(-1.0, 1.0, 21)
    times = 5e-3 * (1.0 + 0.3 * voltages)
    branches = Branch(0.8, tuple(times.tolist())), Branch(0.15, (1e-3,)), Branch(0.05)
    conductances = tuple((conductance * g_inf(voltages)).tolist())
    return CompactModel(("base", "tip"), tuple(voltages.tolist()), conductances, branches, reversal, CAPACITANCE)


def test_a_family_between_its_values(tmp_path: Path) -> None:
    family = CompactFamily(
        "electrolyte.concentration [mol/m^3]", (0.1, 1.0, 10.0), (known(1.0, 0.0), known(10.0, 0.1), known(100.0, 0.2))
    )
    family.write(tmp_path / "compact.json")
    file = tmp_path / "compact.json"
    found = compact_model_at(file, "0.3162277660168379 mM")
    assert found.steady_conductance(0.2)[0] == pytest.approx(10**0.5 * float(g_inf(0.2)), rel=1e-3)
    assert found.reversal == pytest.approx(0.05, rel=1e-6)
    assert compact_model_at(file, 1.0).conductances == known(10.0).conductances
    with pytest.raises(ModelError, match=r"say for which value, e\.g\. 'parameter: 0\.1 mol/m"):
        compact_model_at(file)
    with pytest.raises(ModelError, match=r"from 0\.1 to 10, and none for 50"):
        compact_model_at(file, "50 mM")
    with pytest.raises(ModelError, match="say for which value"):
        CompactModel.read(file)
    there = nc.compact_model_at(str(file), "1 mM")
    assert there.conductances == known(10.0).conductances
    assert there.steady_current([-0.5, 0.5]).tolist() == [there.steady_current(-0.5), there.steady_current(0.5)]
    assert exported(family, "spice", "cone").count(".subckt cone_") == 3


def test_sweeps_at_several_pressures_make_a_family(tmp_path: Path) -> None:
    outer = {"parameter": "terminals.base.pressure", "values": ["0 Pa", "1 kPa"]}
    sweep = stand_in(tmp_path / "sweep", SWEEP)
    data = json.loads((sweep / "run.json").read_text())
    data["case"]["study"]["outer"] = outer
    (sweep / "run.json").write_text(json.dumps(data))
    table = pd.read_csv(sweep / "observables.csv")
    both = [table.assign(**{"current [A]": factor * table["current [A]"]}) for factor in (1.0, 3.0)]
    for part, value in zip(both, (0.0, 1000.0), strict=True):
        part.insert(1, "terminals.base.pressure [Pa]", value)
    pd.concat(both).assign(point=range(2 * len(table))).to_csv(sweep / "observables.csv", index=False)
    found = compact([sweep])
    assert isinstance(found.model, CompactFamily)
    assert found.model.values == (0.0, 1000.0)
    assert found.model.at(500.0).steady_conductance(0.3)[0] == pytest.approx(3**0.5 * float(g_inf(0.3)), rel=1e-4)
    assert "no memory" in found.notes[0]
    other = stand_in(tmp_path / "other", SWEEP)
    table.insert(1, "geometry.length [m]", 1e-5)
    table.to_csv(other / "observables.csv", index=False)
    with pytest.raises(ResultError, match="a compact model has one parameter"):
        compact([sweep, other])


def test_verilog_a_has_the_splines() -> None:
    model = known(reversal=-0.02)
    text = exported(model, "verilog-a", "my cone")
    assert "module my_cone(base, tip);" in text
    unit = max(model.conductances)
    for voltage in (-1.7, -0.93, 0.0, 0.412, 1.2):
        assert unit * _evaluated(text, "g_inf", voltage) == pytest.approx(
            model.steady_conductance(voltage)[0], rel=1e-10
        )
        assert math.exp(_evaluated(text, "ln_tau_1", voltage)) == pytest.approx(model.time(0, voltage)[0], rel=1e-10)
    assert text.count("ddt(V(memory_") == 2


def _evaluated(text: str, name: str, voltage: float) -> float:
    """Value of a function of a module, by its own text."""
    body = text.partition(f"analog function real {name};")[2].partition("endfunction")[0]
    x = eval(re.search(r"x = (.*);", body)[1], {"min": min, "max": max, "v": voltage})  # type: ignore[index]
    for limit, value in re.findall(rf"(?:if \(x < ([^)]*)\) )?{name} = (.*);", body):
        if not limit or x < float(limit):
            return float(eval(value, {"x": x}))
    raise AssertionError(name)
