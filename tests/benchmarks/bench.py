"""Benchmarks: cost of I-V curves, work and precision, cost of sensitivities and of solids; as JSON, Markdown and pictures.

    ./environment.sh python3 -m tests.benchmarks.bench [--out DIR] [--quick] [--only PART] [--render] [--docs]
    ./environment.sh python3 -m tests.benchmarks.bench --references

Every part runs in a process of its own, so that its peak memory is its own. `--references` computes the currents anew against
which errors are measured (about 10 minutes), and writes tests/benchmarks/references.json.
"""

from __future__ import annotations

import argparse
import datetime
import json
import os
import platform
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from solver.parallel.versions import versions
from solver.results.rows import json_bytes
from tests.benchmarks import bench_costs, bench_precision, bench_solids
from tests.benchmarks.bench_figures import draw
from tests.benchmarks.bench_report import markdown

MOST = {False: 60_000, True: 10_000}
"""Largest adapted meshes, in unknowns: of the full and of the quick run."""

MOST_OF_SCAN = {False: 36_000, True: 12_000}
"""Largest hand-graded meshes of the scan."""

MOST_UNIFORM = {False: 60_000, True: 15_000}
"""Largest problems of uniform refinement, of any degree."""

TOLERANCE = {False: 5e-5, True: 1e-3}
"""Bar of the ratio at which adaptation stops."""

CURVES = [("conical_rectifier", "none"), ("conical_rectifier", "all"), ("slit_conductance", "none"),
          ("slit_conductance", "all")]  # fmt: skip

ROOT = Path(__file__).parents[2]

IN_SPACE = "## Three dimensions\n"
"""Begins the section of the report that is written by hand, from `tests.benchmarks.three_dimensions`."""

TITLES = {
    "moderate": "Cone, -20 mC/m^2 in 10 mM KCl",
    "strong": "Cone, -50 mC/m^2 in 100 mM KCl",
}


def parts(quick: bool) -> dict[str, Callable[[], Any]]:
    """What is measured, by name; each returns plain data."""
    found: dict[str, Callable[[], Any]] = {}
    for case, errors in CURVES[1 if quick else 0 : 2 if quick else None]:
        found[f"curve {case} {errors}"] = lambda case=case, errors=errors: bench_costs.curve(case, errors)  # type: ignore[misc]
    found["sensitivities"] = bench_costs.sensitivities
    found["solids"] = bench_solids.solids
    for name in bench_precision.CONES:
        found[f"adapted {name}"] = lambda name=name: _adapted(name, quick)  # type: ignore[misc]
        if not quick:
            found[f"bisected {name}"] = lambda name=name: _bisected(name, quick)  # type: ignore[misc]
        found[f"scan {name}"] = lambda name=name: _scan(name, quick)  # type: ignore[misc]
        found[f"uniform {name}"] = lambda name=name: _uniform(name, quick)  # type: ignore[misc]
    return found


def _scan(name: str, quick: bool) -> Any:
    grid = bench_precision.QUICK_SCAN if quick else bench_precision.SCAN
    return bench_precision.scan(name, bench_precision.references()[name], grid, MOST_OF_SCAN[quick])


def _uniform(name: str, quick: bool) -> Any:
    return bench_precision.uniform(name, bench_precision.references()[name], MOST_UNIFORM[quick])


def _adapted(name: str, quick: bool) -> Any:
    overrides = bench_precision.adaptation_overrides(TOLERANCE[quick], MOST[quick])
    entries = bench_precision.adapted(bench_precision.cone(name, *overrides))
    return bench_precision.with_effectivities(entries, bench_precision.references()[name])


def _bisected(name: str, quick: bool) -> Any:
    with TemporaryDirectory() as folder:
        entries = bench_precision.bisected(name, Path(folder), TOLERANCE[quick], MOST[quick])
    return bench_precision.with_effectivities(entries, bench_precision.references()[name])


# ---------------------------------------------------------------------------------------------------- processes
def in_its_own_process(name: str, quick: bool, environment: dict[str, str] | None = None) -> Any:
    """What a part returns, measured in a fresh process.

    Raises:
        subprocess.CalledProcessError: the part failed; its output is on standard error.
    """
    with TemporaryDirectory() as folder:
        target = Path(folder) / "part.json"
        module = [sys.executable, "-m", "tests.benchmarks.bench"]
        command = [*module, "--part", name, "--out", str(target), *(["--quick"] if quick else [])]
        subprocess.run(command, check=True, cwd=ROOT, stdout=sys.stderr, env={**os.environ, **(environment or {})})
        return json.loads(target.read_text(encoding="utf-8"))


def compilation(quick: bool) -> dict[str, float]:
    """Seconds of the forms' compilation with an empty cache, and of loading them afterwards."""
    with TemporaryDirectory() as folder:
        empty = {"XDG_CACHE_HOME": folder}
        first, later = (in_its_own_process("compilation", quick, empty)["seconds"] for _ in range(2))
    return {"first": first, "later": later}


def measure(quick: bool, only: str, record: Path) -> dict[str, Any]:
    """All parts, or those whose name begins with `only` (the others are kept), into a record on disk that is written after
    every part."""
    kept = json.loads(record.read_text(encoding="utf-8")) if only and record.exists() else {}
    data: dict[str, Any] = {
        "date": datetime.datetime.now(datetime.timezone.utc).isoformat(timespec="minutes"),
        "quick": quick,
        "machine": machine(),
        "versions": versions(),
        "pieces": bool(kept),
        "found": kept.get("found", {}),
    }
    for name in [*parts(quick), *([] if quick else ["compilation"])]:
        if name.startswith(only):
            print(f"{datetime.datetime.now():%H:%M:%S} {name}", flush=True)
            data["found"][name] = compilation(quick) if name == "compilation" else in_its_own_process(name, quick)
            record.write_bytes(json_bytes(data))
    return data


def arranged(data: dict[str, Any]) -> dict[str, Any]:
    """The record as the report wants it: by subject, cones with all that is needed."""
    exact = json.loads(bench_precision.REFERENCES.read_text(encoding="utf-8"))
    found, precision = data["found"], {}
    for cone, title in TITLES.items():
        kinds = ("adapted", "bisected", "scan", "uniform")
        part = {kind: found[f"{kind} {cone}"] for kind in kinds if f"{kind} {cone}" in found}
        if {"adapted", "scan", "uniform"} <= set(part):
            reference = {**exact[cone], "ratio": bench_precision.references()[cone].ratio}
            precision[cone] = {"title": title, "reference": reference, **part}
    curves = [found[f"curve {case} {errors}"] for case, errors in CURVES if f"curve {case} {errors}" in found]
    others = {name: found[name] for name in ("sensitivities", "solids", "compilation") if name in found}
    return {**data, "curves": curves, "precision": precision, **others}


# ---------------------------------------------------------------------------------------------------- machine
def machine() -> dict[str, Any]:
    """What the times depend on."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    return {
        "processor": _processor(),
        "cores": len(os.sched_getaffinity(0)),
        "memory_GB": memory,
        "load": os.getloadavg()[0],
        "blas": _blas(),
        "threads": os.environ.get("OMP_NUM_THREADS", "as BLAS likes"),
    }


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return platform.processor() or platform.machine()
    return next((line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")), platform.machine())


def _blas() -> str:
    """Names of the BLAS libraries that this process has loaded."""
    try:
        files = {line.split()[-1] for line in Path("/proc/self/maps").read_text().splitlines() if "/" in line}
    except OSError:
        return "unknown"
    known = ("openblas", "mkl_", "blis", "atlas", "libblas")
    resolved = {Path(file).resolve().name for file in files if any(word in Path(file).name for word in known)}
    return ", ".join(sorted(resolved)) or "unknown"


# ---------------------------------------------------------------------------------------------------- main
def write_references() -> None:
    """Compute and write the references of both cones."""
    found = {}
    for name in bench_precision.CONES:
        entry = in_its_own_process(f"reference {name}", False)
        found[name] = {key: value for key, value in entry.items() if key != "steps"}
    bench_precision.REFERENCES.write_bytes(json_bytes(found))


def main() -> None:
    """Measure and write."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", 1)[0])
    parser.add_argument("--out", type=Path, default=Path("results/benchmarks"), help="folder for the report")
    parser.add_argument("--quick", action="store_true", help="fewer and coarser meshes, one curve: in 3 minutes")
    parser.add_argument(
        "--only", default="", metavar="PART", help="only parts whose name begins so, e.g. curve; others are kept"
    )
    parser.add_argument("--references", action="store_true", help="compute the references anew")
    parser.add_argument("--render", action="store_true", help="measure nothing: write the report from benchmarks.json")
    parser.add_argument("--docs", action="store_true", help="also write docs/benchmarks.md and its pictures")
    parser.add_argument("--part", help=argparse.SUPPRESS)
    options = parser.parse_args()
    bench_precision.quiet()
    if options.references:
        write_references()
        return
    if options.part:
        options.out.write_bytes(json_bytes(_part(options.part, options.quick)))
        return
    options.out.mkdir(parents=True, exist_ok=True)
    record = options.out / "benchmarks.json"
    kept = json.loads(record.read_text(encoding="utf-8")) if options.render else None
    data = arranged(kept or measure(options.quick, options.only, record))
    write(data, options.out, options.out)
    if options.docs:
        write(data, ROOT / "docs", ROOT / "docs/images")
    print(options.out / "benchmarks.md")


def write(data: dict[str, Any], folder: Path, pictures: Path) -> None:
    """Write the report into `folder` and its pictures into `pictures`, there or below; the section on three dimensions that
    stands there is kept."""
    links = {name: path.relative_to(folder).as_posix() for name, path in draw(data, pictures).items()}
    report = folder / "benchmarks.md"
    _, title, rest = (report.read_text(encoding="utf-8") if report.exists() else "").partition(IN_SPACE)
    kept = f"\n{title}{rest}" if title else ""
    report.write_text(markdown(data, links) + kept, encoding="utf-8")


def _part(name: str, quick: bool) -> Any:
    kind, *rest = name.split()
    if kind == "reference":
        return bench_precision.compute_reference(rest[0], 5e-5, 90_000)
    if kind == "compilation":
        return bench_costs.compilation("conical_rectifier")
    return parts(quick)[name]()


if __name__ == "__main__":
    main()
