"""Twin experiments: are the parameters found again from noisy currents that the program itself has computed?

    python3 -m tests.benchmarks.fits --out DIR [--draws 100] [--jobs 2]

Every draw has parameters of its own (surface charge, radius of the tip, slip length of a small cone) and noise of its own,
both from its number as seed; the fit always starts from the same case. Draws that are in DIR already are not computed again.
What is told: how many values lie within two standard errors of the true ones, which is 95.4 % where everything is linear and
the standard errors are right; how many the same noise leaves there where the device is linear about the truth, which is the
best that can be had; and how many evaluations of the device a fit needed.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import time
from concurrent.futures import ProcessPoolExecutor, as_completed
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

CHARGE, RADIUS, SLIP = "walls.channel.surface_charge", "geometry.radius_tip", "walls.channel.slip_length"
START = {CHARGE: -45e-3, RADIUS: 3.2e-9, SLIP: 8e-9}
RANGES = {CHARGE: (-60e-3, -40e-3), RADIUS: (3e-9, 4e-9), SLIP: (6e-9, 15e-9)}
BIASES = (-1.0, -0.8, -0.6, -0.45, -0.3, -0.2, -0.1, 0.1, 0.2, 0.3, 0.45, 0.6, 0.8, 1.0)
NOISE = 0.005
"""Standard deviation of the noise over the current."""


def twin(number: int) -> dict[str, Any]:
    """One draw: the true values, the found ones with their standard errors, the number of evaluations."""
    from mpi4py import MPI

    from exploration.fit.fit import fit
    from exploration.fit.model import SteadyModel, Wanted
    from exploration.fit.parameters import free_parameters
    from exploration.fit.statistics import statistics_of
    from solver.case.case import Case
    from tests.support.small_cone import small_cone

    began, noise = time.perf_counter(), np.random.default_rng(number)
    truth = {key: float(noise.uniform(*ends)) for key, ends in RANGES.items()}
    case = Case.model_validate(small_cone(100.0, base={"potential": 1.0})).with_values(START)
    key = "terminals.base.potential"
    true_case = case.with_values(truth)
    free = free_parameters(true_case, list(START), {})
    device = SteadyModel(true_case, [Wanted("current [A]", ((key, v),)) for v in BIASES], free, MPI.COMM_SELF)
    prediction = device.evaluate(truth)
    device.close()
    exact, widths = prediction.values, NOISE * np.abs(prediction.values)
    errors = noise.standard_normal(len(exact))
    assert prediction.gradient is not None
    linear = statistics_of(errors, prediction.gradient / widths[:, None], known=True)
    ideal = [
        z * np.sign(one.slope(one.start)) for one, z in zip(free, linear.answer @ errors / linear.errors, strict=True)
    ]
    data = pd.DataFrame(
        {
            "bias [V]": BIASES,
            "current [A]": exact + widths * errors,
            "current standard deviation [A]": widths,
        }
    )
    found = fit(case, data, list(START), numerical_errors=False, comm=MPI.COMM_SELF)
    return {
        "draw": number,
        "truth": truth,
        "found": found.values,
        "standard_error": {entry["key"]: entry["standard_error"] for entry in found.data["parameters"]},
        "linear": dict(zip(truth, map(float, ideal), strict=True)),
        "evaluations": found.data["evaluations"],
        "chi_squared": found.data["chi_squared"],
        "ending": found.data["ending"],
        "warnings": found.warnings,
        "seconds": time.perf_counter() - began,
    }


def deviations(draw: dict[str, Any]) -> dict[str, float]:
    """What was found less the truth, in standard errors."""
    return {key: (draw["found"][key] - true) / draw["standard_error"][key] for key, true in draw["truth"].items()}


def told(draws: list[dict[str, Any]]) -> str:
    """Lines about all draws."""
    if not draws:
        return "no draws"
    count, away = len(draws), pd.DataFrame([deviations(draw) for draw in draws])
    inside, evaluations = away.abs() <= 2.0, [draw["evaluations"] for draw in draws]
    lines = [
        f"{key}: {int(inside[key].sum())} of {count} within 2 standard errors; mean {away[key].mean():+.2f}, standard"
        f" deviation {away[key].std():.2f} of the deviations"
        for key in away
    ]
    lines.append(f"all three at once: {int(inside.all(axis=1).sum())} of {count}")
    linear = pd.DataFrame([draw["linear"] for draw in draws if "linear" in draw])
    if len(linear):
        counts = ", ".join(str(int((linear[key].abs() <= 2.0).sum())) for key in linear)
        lines.append(
            f"of {len(linear)}, the same noise through a device that is linear about the truth: {counts} within 2"
        )
    lines.append(f"evaluations: {min(evaluations)} to {max(evaluations)}, {np.mean(evaluations):.1f} on average")
    goodness = np.mean([draw["chi_squared"] for draw in draws]) / (len(BIASES) - len(START))
    lines.append(f"chi^2 over degrees of freedom: {goodness:.3f} on average")
    return "\n".join(lines)


def main() -> None:
    """Compute the draws that are missing, and tell of all."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--draws", type=int, default=100)
    parser.add_argument("--jobs", type=int, default=2)
    options = parser.parse_args()
    options.out.mkdir(parents=True, exist_ok=True)
    file = options.out / "draws.jsonl"
    text = file.read_text(encoding="utf-8") if file.exists() else ""
    draws = [json.loads(line) for line in text[: text.rfind("\n") + 1].splitlines()]
    left = sorted(set(range(options.draws)) - {draw["draw"] for draw in draws})
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(options.jobs, mp_context=context) as pool, file.open("a", encoding="utf-8") as lines:
        for future in as_completed([pool.submit(twin, number) for number in left]):
            draws.append(future.result())
            lines.write(json.dumps(draws[-1]) + "\n")
            lines.flush()
            shown = ", ".join(f"{value:+.2f}" for value in deviations(draws[-1]).values())
            last = draws[-1]
            print(
                f"draw {last['draw']}: {shown}; {last['evaluations']} evaluations, {last['seconds']:.0f} s", flush=True
            )
    print(told(sorted(draws, key=lambda draw: int(draw["draw"]))))


if __name__ == "__main__":
    main()
