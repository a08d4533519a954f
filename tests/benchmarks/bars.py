"""Whether the error bars of all columns cover what finer meshes change, over the sweeps of shipped cases.

Every point of a sweep is also computed with every cell halved (or at a tenth of the tolerance); the number there, which has a
bar of its own, stands for the truth. A bar is too small where the change exceeds it by more than the bar of the finer mesh;
it is loose where it is more than 20 times the change. Run from the repository:
    ./environment.sh python3 -m tests.benchmarks.bars [CASE ...] [--out bars.csv]
"""

from __future__ import annotations

import argparse
import csv
import math
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from python_interface.simulate import simulate
from solver.case.loading import load_case
from solver.results.headers import error_header, split_header
from validation.setting import shipped_cases

CASES: dict[str, tuple[str, ...]] = {
    "agcl_pore": ("study.values=[0 mC/m^2, -5 mC/m^2]",),
    "calcium_charge_inversion": ("study.values=[1 mM, 100 mM, 1 M]",),
    "conical_rectifier": ("study.range.points=21", "mesh.tolerance=null"),
    "bipolar_diode": ("study.range.points=17",),
    "conical_microchannel": ("study.range.points=11",),
    "pressure_cone": (),
    "slit_conductance": (),
    "slit_electroosmosis": (),
    "slit_polarization": ("study.range.points=9",),
    "junction_mesh": (),
    "crown_ether_gate": ("study.range.points=2", "mesh.tolerance=3 %"),
    "gated_slit": ("study.range.points=5", "mesh.tolerance=1 %"),
    "ionic_transistor": ("study.range.points=4", "mesh.growth=3"),
    "leaky_membrane": ("study.range.points=6",),
    "membrane_diode": ("study.range.points=5",),
    "membrane_diode_poisson": (),
    "metal_pore": ("study.range.points=5", "mesh.tolerance=1 %"),
    "nanopore_membrane": ("study.values=[1 M, 30 mM, 1 mM]", "mesh.tolerance=1 %"),
    "ph_gate": ("study.range={start: 5, stop: 9, points: 2}", "study.outer.values=[1 mM, 100 mM]"),
    "resistive_pulse": ("study.values=[-5 nm, 15 nm]", "mesh.growth=3"),
    "thin_film_cell": ("study.values=[14.286178 pA, 128.575602 pA, 157.147958 pA]",),
}
"""Cases, and how their sweeps are shortened."""

LOOSE = 20.0
"""Bar over change above which a bar says too little."""

ROUNDING = 1e-13
"""Relative change that counts as none: Donnan potentials of electroneutral devices are exact on any mesh."""


def measured(name: str, overrides: tuple[str, ...], finer: str) -> Iterator[dict[str, Any]]:
    """One entry for every column with a bar at every point."""
    tables = []
    if tolerance := load_case(shipped_cases() / name, list(overrides)).mesh.tolerance:
        finer = f"mesh.tolerance={tolerance / 10}"
    for more in ((), (finer,)):
        case = load_case(shipped_cases() / name, [*overrides, *more])
        tables.append(simulate(case, progress=False).table.to_dict("records"))
    for number, (row, better) in enumerate(zip(*tables, strict=True)):
        for header in row:
            bar = error_header(header)
            if bar not in row or header.endswith("_field_error") or not math.isfinite(row[header]):
                continue
            error = abs(better[header] - row[header])
            if error <= ROUNDING * abs(row[header]):
                error = 0.0
            yield {
                "case": name,
                "point": number,
                "column": split_header(header)[0],
                "value": row[header],
                "bar": row[bar],
                "error": error,
                "finer_bar": better[bar],
                "excess": (error - better[bar]) / row[bar] if row[bar] else math.inf if error > better[bar] else 0.0,
                "looseness": row[bar] / error if error else math.inf,
            }


def main() -> None:
    """Print how many bars cover, and every one that does not."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("cases", nargs="*", default=list(CASES))
    parser.add_argument("--finer", default="mesh.refinement=1", help="override of the finer mesh")
    parser.add_argument("--out", type=Path, default=Path("bars.csv"))
    options = parser.parse_args()
    entries: list[dict[str, Any]] = []
    for name in options.cases:
        found = list(measured(name, CASES.get(name, ()), options.finer))
        entries += found
        missed = [entry for entry in found if entry["excess"] > 1.0]
        print(f"{name}: {len(found) - len(missed)} of {len(found)} bars cover", flush=True)
        for entry in missed:
            print(
                "  {column} at point {point}: {value:.6g}, bar {bar:.2e}, error {error:.2e}".format(**entry), flush=True
            )
        loose = [e for e in found if e["looseness"] > LOOSE and e["error"] > e["finer_bar"]]
        print(f"  {len(loose)} are more than {LOOSE:g} times the error", flush=True)
    with options.out.open("w", newline="") as file:
        writer = csv.DictWriter(file, list(entries[0]))
        writer.writeheader()
        writer.writerows(entries)


if __name__ == "__main__":
    main()
