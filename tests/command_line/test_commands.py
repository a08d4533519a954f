"""The command as a user runs it: files, exit codes, messages, resuming, ranks."""

from __future__ import annotations

import json
import resource
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from nanochannel import main
from tests.support.command_line import ROOT, call, table
from tests.support.interrupted import interrupt
from tests.support.mesh_files import strip, write

SMALL = ("--set", "study.range.points=5", "--set", "mesh={growth: 3, axial_cells: 6}")


@pytest.fixture(scope="module")
def result(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small sweep of the showcase."""
    out = tmp_path_factory.mktemp("results") / "cone"
    done = call("run", ROOT / "cases/conical_rectifier", *SMALL, "--out", out)
    assert done.returncode == 0, done.stderr
    assert "rectification" in done.stdout
    return out


def test_a_run_leaves_what_the_readme_lists(result: Path) -> None:
    run = json.loads((result / "run.json").read_text())
    assert run["status"] == "complete"
    assert run["mesh"]["unknowns"] > 1000
    assert {"mesh", "assembly", "factorisation", "solve"} <= set(run["cost"]["phases"])
    rows = table(result)
    assert [float(row["bias [V]"]) for row in rows] == [0, 0.5, 1, -0.5, -1]
    for row in rows[1:]:
        assert float(row["conservation_error"]) <= 1e-8
        assert float(row["current_route_difference"]) <= 1e-6
        assert float(row["flow_conservation_error"]) <= 1e-8
    assert abs(float(rows[0]["current [A]"])) < 1e-17
    assert {row["point"] for row in table(result, "profiles.csv")} == {"0", "1", "2", "3", "4"}
    (pair, _) = sorted(json.loads((result / "summary.json").read_text())["rectification"], key=lambda e: -e["bias [V]"])
    assert pair["ratio"] == pytest.approx(abs(float(rows[4]["current [A]"]) / float(rows[2]["current [A]"])))
    assert (result / "fields" / "fields.pvd").is_file()
    assert (result / "checkpoint" / "current.json").exists()
    assert (result / "log.txt").read_text().count("bias ") == 5


def test_info_plot_and_render(result: Path, tmp_path: Path) -> None:
    info = call("info", result)
    assert info.returncode == 0
    assert "conical_rectifier" in info.stdout
    for command in (("plot",), ("render",), ("render", "--field", "salt", "--at", "1 V")):
        drawn = call(command[0], result, *command[1:], "--out", tmp_path / "-".join(command).replace(" ", ""))
        assert drawn.returncode == 0, drawn.stderr
        pictures = [Path(line) for line in drawn.stdout.split()]
        assert pictures
        assert all(picture.stat().st_size > 10_000 for picture in pictures)


def test_a_result_is_not_overwritten(result: Path) -> None:
    before = (result / "observables.csv").read_bytes()
    again = call("run", ROOT / "cases/conical_rectifier", *SMALL, "--out", result)
    assert again.returncode == 2
    assert "--resume" in again.stderr
    assert again.stderr.count("\n") == 2, "what is run, and why not"
    assert (result / "observables.csv").read_bytes() == before


def test_an_interrupted_run_resumes_on_other_ranks(result: Path, tmp_path: Path) -> None:
    half = tmp_path / "half"
    shutil.copytree(result, half)
    interrupt(half, 2)
    done = call("run", ROOT / "cases/conical_rectifier", *SMALL, "--out", half, "--resume", ranks=2)
    assert done.returncode == 0, done.stderr
    for one, other in zip(table(result), table(half), strict=True):
        assert float(one["current [A]"]) == pytest.approx(float(other["current [A]"]), rel=1e-8, abs=1e-18)


def test_results_do_not_depend_on_ranks(result: Path, tmp_path: Path) -> None:
    """On three, the branch of positive biases; `make test` runs much on two, and compares there."""
    out, positive = tmp_path / "parallel", ("--set", "study.range.start=0 V", "--set", "study.range.points=3")
    done = call("run", ROOT / "cases/conical_rectifier", *SMALL, *positive, "--out", out, ranks=3)
    assert done.returncode == 0, done.stderr
    compared = ("current [A]", "flow_rate [m^3/s]", "salt_mean [mol/m^3]", "zeta_potential_mean [V]", "transference_K")
    assert [row["bias [V]"] for row in table(out)] == [row["bias [V]"] for row in table(result)[:3]]
    for one, other in zip(table(result), table(out), strict=False):
        assert list(one) == list(other)
        for name in compared:
            if float(one["bias [V]"]) == 0 and name in ("current [A]", "flow_rate [m^3/s]", "transference_K"):
                continue
            assert float(one[name]) == pytest.approx(float(other[name]), rel=1e-8), name
        for name in ("current_error [A]", "current_tip_Cl_error [A]", "current_reservoir_error [A]"):
            scale = abs(float(one["current [A]"]))
            assert float(one[name]) == pytest.approx(float(other[name]), rel=1e-6, abs=1e-9 * scale + 1e-24), name


def test_what_does_not_converge_ends_with_exit_code_1(tmp_path: Path) -> None:
    out = tmp_path / "failed"
    done = call("run", ROOT / "cases/conical_rectifier", *SMALL, "--set", "solver.max_iterations=1", "--out", out)
    assert done.returncode == 1
    message = done.stderr.splitlines()[-1]
    assert "not converged" in message
    assert "tried" in message
    assert json.loads((out / "run.json").read_text())["status"] == "failed"


def test_a_full_disk_is_one_line_and_loses_nothing(result: Path, tmp_path: Path) -> None:
    """A limit on the size of files stands for a full disk; the earlier result is kept aside and comes back to use."""
    out = tmp_path / "full"
    shutil.copytree(result, out)

    def limit() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (60_000, 60_000))

    done = call(
        "run", ROOT / "cases/conical_rectifier", *SMALL, "--set", "outputs.fields=none", "--set",
        "outputs.checkpoint=false", "--out", out, "--force", preexec_fn=limit,
    )  # fmt: skip
    assert done.returncode == 2, done.stderr
    message = done.stderr.splitlines()[-1]
    assert "profiles.csv" in message
    assert "kept" in message
    (kept,) = out.glob("old-*")
    assert (kept / "observables.csv").read_bytes() == (result / "observables.csv").read_bytes()


def test_petsc_options_pass_through(tmp_path: Path) -> None:
    small = (*SMALL, "--set", "study.range.points=2")
    done = call("run", ROOT / "cases/conical_rectifier", *small, "--out", tmp_path / "r", "--", "-snes_monitor")
    assert done.returncode == 0, done.stderr
    assert "SNES Function norm" in done.stdout


def test_mesh_writes_a_gmsh_file_that_runs_as_a_case(result: Path, tmp_path: Path) -> None:
    """The generated mesh, read back as a user's own file, gives the same current."""
    sizes = ("--set", "mesh={growth: 3, axial_cells: 6}")
    made = call("mesh", ROOT / "cases/conical_rectifier", *sizes, "--out", tmp_path / "cone.msh")
    assert made.returncode == 0, made.stderr
    text = (ROOT / "cases/conical_rectifier/case.yaml").read_text()
    head, tail = text.split("geometry:")[0], text.split("electrolyte:", 1)[1].split("mesh:")[0]
    own = (
        "geometry:\n  type: file\n  path: cone.msh\n  symmetry: axisymmetric\n  scale: 1e-9\n"
        "  terminals: {base: base, tip: tip}\n  walls: {channel: channel, membrane_face: membrane_face}\n  axis: axis\n"
        "  channel: {start: 0, stop: 1 um}\n  radius: 5 nm\n"
    )
    (tmp_path / "case.yaml").write_text(head + own + "terminals: {base: {potential: 0.5 V}}\nelectrolyte:" + tail)
    done = call("run", tmp_path, "--out", tmp_path / "refused")
    assert done.returncode == 2, "glass would be taken for water in silence"
    line = "regions: {channel: fluid, reservoir_base: fluid, reservoir_tip: fluid}"
    assert line in done.stderr
    done = call("run", tmp_path, "--out", tmp_path / "r", "--set", line.replace(": ", "=", 1))
    assert done.returncode == 0, done.stderr
    ours = float(table(tmp_path / "r")[0]["current [A]"])
    theirs = next(float(r["current [A]"]) for r in table(result) if float(r["bias [V]"]) == 0.5)
    assert ours == pytest.approx(theirs, rel=1e-8)
    assert float(table(tmp_path / "r")[0]["current_route_difference"]) < 1e-6


# ------------------------------------------------------------------------------------------------ errors, adaptation
SMALL_CONE = """\
title: A small cone
geometry:
  type: cone
  length: 60 nm
  radius_tip: 3 nm
  radius_base: 8 nm
  reservoirs: {length: 40 nm, radius: 40 nm}
electrolyte: {species: {K: , Cl: }, concentration: 30 mM}
walls: {channel: {surface_charge: -20 mC/m^2}}
study:
  type: sweep
  parameter: terminals.base.potential
  values: [0.2 V, 0.4 V, -0.2 V, -0.4 V]
"""


@pytest.fixture(scope="module")
def adapted(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Case and result of a small cone on a mesh made for half a percent of the rectification ratio."""
    folder = tmp_path_factory.mktemp("adapted")
    (folder / "case.yaml").write_text(
        SMALL_CONE + "mesh: {tolerance: 0.5 %, goal: rectification_ratio}\n"
        "outputs: {fields: none, sensitivities: [walls.channel.surface_charge, geometry.radius_tip]}\n"
    )
    done = call("run", folder, "--out", folder / "r")
    assert done.returncode == 0, done.stderr
    return folder


def test_an_adapted_run(adapted: Path) -> None:
    """What was asked and reached is in run.json and in the table; the ratio carries its error."""
    run = json.loads((adapted / "r" / "run.json").read_text())
    record = run["mesh"]["adaptation"]
    assert record["reached"] is True
    assert (record["tolerance"], record["goal"]) == (0.005, "rectification_ratio")
    assert record["steps"][-1]["error"] <= 0.005
    assert record["steps"][-1]["unknowns"] == run["mesh"]["unknowns"]
    assert {"axial 0", "layers", "shells base", "fan tip"} <= set(record["grid_lines"])
    ratios = json.loads((adapted / "r" / "summary.json").read_text())["rectification"]
    assert [entry["bias [V]"] for entry in ratios] == [0.2, 0.4]
    assert all(0 < entry["ratio_error"] < 0.006 * entry["ratio"] for entry in ratios)
    rows = table(adapted / "r")
    assert all(float(row["current_error [A]"]) > 0 for row in rows)
    assert {"error estimate", "reservoir error", "sensitivities"} <= set(run["cost"]["phases"])


def test_sensitivities_of_a_run(adapted: Path) -> None:
    """Both goals by every key at every point, with units; the elasticities are those of the derivatives."""
    rows = table(adapted / "r", "sensitivities.csv")
    assert list(rows[0]) == ["point", "parameter", "unit", "value", "goal", "derivative", "elasticity"]
    assert len(rows) == 4 * 2 * 2
    currents = {row["point"]: float(row["current [A]"]) for row in table(adapted / "r")}
    for row in rows:
        assert row["unit"] == {"w": "C/m^2", "g": "m"}[row["parameter"][0]]
        if row["goal"] == "current":
            elasticity = float(row["derivative"]) * float(row["value"]) / currents[row["point"]]
            assert float(row["elasticity"]) == pytest.approx(elasticity, rel=1e-6)
            assert 0 < elasticity < 2, "more charge and a wider tip carry more current"


def test_resuming_keeps_the_adapted_mesh(adapted: Path, tmp_path: Path) -> None:
    """On other ranks too: nothing is judged again, and every number is what it would have been."""
    half = tmp_path / "half"
    shutil.copytree(adapted / "r", half)
    interrupt(half, 2)
    (half / "log.txt").unlink()
    done = call("run", adapted, "--out", half, "--resume", ranks=2)
    assert done.returncode == 0, done.stderr
    assert "mesh with" not in (half / "log.txt").read_text()
    runs = [json.loads((folder / "run.json").read_text()) for folder in (adapted / "r", half)]
    assert runs[0]["mesh"] == runs[1]["mesh"]
    for one, other in zip(table(adapted / "r"), table(half), strict=True):
        assert float(one["current [A]"]) == pytest.approx(float(other["current [A]"]), rel=1e-8, abs=0)
        # the correction is known to a hundredth, and guessed from other points when resumed
        assert float(one["current_error [A]"]) == pytest.approx(float(other["current_error [A]"]), rel=0.02, abs=0)
    pairs = zip(table(adapted / "r", "sensitivities.csv"), table(half, "sensitivities.csv"), strict=True)
    for one, other in pairs:
        assert (one["point"], one["parameter"], one["goal"]) == (other["point"], other["parameter"], other["goal"])
        assert float(one["derivative"]) == pytest.approx(float(other["derivative"]), rel=1e-5, abs=0)


def test_a_tolerance_out_of_reach_is_said_and_the_run_goes_on(tmp_path: Path) -> None:
    (tmp_path / "case.yaml").write_text(SMALL_CONE + "mesh: {tolerance: 1e-6, most_unknowns: 5000}\n")
    one = ("--set", "study.values=[0.2 V]", "--set", "outputs.fields=none")
    done = call("run", tmp_path, *one, "--out", tmp_path / "r")
    assert done.returncode == 0, done.stderr
    (warning,) = [line for line in done.stderr.splitlines() if "mesh.tolerance" in line]
    assert "raise mesh.most_unknowns to go on" in warning
    assert json.loads((tmp_path / "r" / "run.json").read_text())["mesh"]["adaptation"]["reached"] is False


@pytest.mark.parametrize(
    ("more", "message"),
    [
        ("mesh: {tolerance: -1 %}", "case.yaml:14: mesh.tolerance: '-1 %' must be positive"),
        (
            "mesh: {tolerance: 1 %, goal: flow_rate}\nsolver: {flow: none}",
            "case.yaml:14: mesh.goal: 'flow_rate' needs 'solver: {flow: stokes}'",
        ),
        ("mesh: {tolerance: 1 %, goal: salt_maen}", "case.yaml:14: mesh.goal: unknown value 'salt_maen'; did you mean"),
        ("outputs: {sensitivities: [geometry.radius]}", "outputs.sensitivities.0: unknown key 'geometry.radius'"),
        ("outputs: {sensitivities: [mesh.growth]}", "outputs.sensitivities.0: the results have no derivative"),
        # the bias is never symmetric: seen when the points are known
        (
            "mesh: {tolerance: 1 %, goal: rectification_ratio}\nterminals: {tip: {potential: 50 mV}}",
            "mesh.goal needs two points whose biases differ in sign alone",
        ),
    ],
)
def test_tolerances_and_sensitivities_that_cannot_be(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], more: str, message: str
) -> None:
    (tmp_path / "case.yaml").write_text(SMALL_CONE + more + "\n")
    assert main(["run", str(tmp_path), "--out", str(tmp_path / "r")]) == 2
    errors = capsys.readouterr().err
    told = f"{tmp_path.name}: A small cone"  # by a run whose fault shows only when its points are known
    lines = [line for line in errors.splitlines() if line != told and not line.startswith("warning: ")]
    assert len(lines) == 1, errors
    assert message in lines[0]


@pytest.mark.parametrize(
    ("line", "replacement", "message"),
    [
        ("radius_tip: 5 nm", "radius_tip: 5 mV", "geometry.radius_tip: '5 mV' is not a quantity in m"),
        ("radius_tip: 5 nm", "radius_tip: -5 nm", "geometry.radius_tip"),
        ("radius_tip: 5 nm", "radius_tip: 80 nm", "larger than radius_base"),
        ("  length: 1 um", "  lenght: 1 um", "did you mean 'length'?"),
        ("species: {K: {}, Cl: {}}", "species: {K: {}}", "electrolyte.species"),
        ("concentration: 10 mM", "concentration: 0 mM", "zero"),
        ("walls:", "terminals: {base: {concentrations: {K: 1 mM, Cl: 2 mM}}}\nwalls:", "net charge"),
        ("walls:", "terminals: {top: {}}\nwalls:", "unknown terminal"),
        ("title:", "\ttitle:", "tab"),
    ],
)
def test_bad_input_is_one_line_with_file_line_and_key(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], line: str, replacement: str, message: str
) -> None:
    """In this process: how one of its own ends with an error is seen above and below."""
    text = (ROOT / "cases/conical_rectifier/case.yaml").read_text()
    assert line in text
    (tmp_path / "case.yaml").write_text(text.replace(line, replacement, 1))
    for command in ("check", "run"):
        assert main([command, str(tmp_path), *(("--out", str(tmp_path / "r")) if command == "run" else ())]) == 2
        errors = capsys.readouterr().err
        assert errors.count("\n") == 1, errors
        assert "case.yaml:" in errors
        assert message in errors
    assert not (tmp_path / "r").exists()


def test_unreadable_mesh(tmp_path: Path) -> None:
    case = (ROOT / "cases/conical_rectifier/case.yaml").read_text()
    tail = case.split("electrolyte:", 1)[1].split("mesh:")[0]
    own = (
        "geometry: {type: file, path: own.msh, symmetry: axisymmetric, terminals: {a: a, b: b}, walls: {channel: w}}\n"
        "electrolyte:"
    )
    (tmp_path / "case.yaml").write_text(own + tail)
    missing = call("run", tmp_path, "--out", tmp_path / "r")
    assert missing.returncode == 2
    assert "case.yaml:1: geometry.path: no mesh file" in missing.stderr
    (tmp_path / "own.msh").write_text("this is no mesh")
    broken = call("run", tmp_path, "--out", tmp_path / "r", "--force")
    assert broken.returncode == 2
    assert "own.msh" in broken.stderr or "Gmsh" in broken.stderr
    assert broken.stderr.count("\n") <= 3


def test_check_opens_a_mesh_file(tmp_path: Path) -> None:
    """It says what it found, or in one line what does not fit."""
    write(tmp_path / "strip.msh", *strip())
    geometry = "type: file, path: strip.msh, symmetry: planar, width: 1 um, terminals: {a: left, b: right}"
    (tmp_path / "case.yaml").write_text(
        f"geometry: {{{geometry}, scale: 1 nm, walls: {{lid: top, floor: bottom}}}}\n"
        "electrolyte: {species: {K: {}, Cl: {}}, concentration: 1 M}\n"
        "walls: {lid: {surface_charge: -50 mC/m^2}}\n"
    )
    found = call("check", tmp_path)
    assert found.returncode == 0
    assert "48 triangles, 35 vertices; regions liquid (48 cells)" in found.stdout
    assert "the cells at wall 'lid' are up to 1 nm high" in found.stdout
    for override, message in (
        ("geometry.scale=1", "a device of 6 m by 4 m; write e.g. 'scale: 1 nm'"),
        ("geometry.walls={lid: top}", "6 of its 20 boundary edges"),
        ("geometry.terminals.a=elft", "it has no boundary named elft; did you mean 'left'?"),
    ):
        refused = call("check", tmp_path, "--set", override)
        assert refused.returncode == 2
        assert refused.stderr.startswith(f"nanochannel: {tmp_path / 'strip.msh'}: ")
        assert message in refused.stderr
        assert refused.stderr.count("\n") == 1


def test_the_mesh_of_a_file_is_written_with_the_names_of_the_case(tmp_path: Path) -> None:
    made = call("mesh", ROOT / "cases/junction_mesh", "--out", tmp_path / "made.msh")
    assert made.returncode == 0, made.stderr
    assert "triangles" in made.stdout
    text = (tmp_path / "made.msh").read_text(errors="replace")
    assert all(f'"{name}"' in text for name in ("left", "right", "top", "bar", "stem", "face", "liquid"))
    shutil.copytree(ROOT / "cases/junction_mesh", tmp_path / "own")
    refused = call("mesh", tmp_path / "own", "--out", tmp_path / "own/junction.geo")
    assert refused.returncode == 2
    assert "is the file that the case reads" in refused.stderr


def test_check_needs_no_compiled_stack() -> None:
    code = (
        "import sys; [sys.modules.__setitem__(m, None) for m in ('dolfinx', 'mpi4py', 'petsc4py', 'gmsh', 'ufl')];"
        f"import nanochannel; sys.exit(nanochannel.main(['check', '{ROOT / 'cases/conical_rectifier'}']))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT, check=False)
    assert done.returncode == 0, done.stderr
    assert "Debye length" in done.stdout
