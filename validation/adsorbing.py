"""Walls that adsorb in time: exchange in a mixed liquid, and uptake from a slab through which species diffuse."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

from python_interface.result import SimulationResult
from validation.checks import Check, Line, Plot, Section, in_turn
from validation.devices import simulated
from validation.fronts import front
from validation.setting import Setting

SECTION = "adsorption"
TIME, COVERAGE = "time [s]", "coverage_wall_{}"
BALANCES = ("salt_balance_error", "charge_balance_error")


def device(setting: Setting, points: np.ndarray, bulk: Mapping[str, float], sites: Mapping[str, Any]) -> dict[str, Any]:
    """Sites on a wall in front of a reservoir, without a study.

    points: nm from the wall. bulk: mol/m^3 of each species in the reservoir, of which K and Cl are the salt and the others
    have no charge.
    """
    species = {name: {} if name in ("K", "Cl") else {"valence": 0, "diffusivity": DIFFUSIVITY} for name in bulk}
    return {
        "geometry": front(setting.scratch / "adsorption.msh", points),
        "electrolyte": {"temperature": 298.15, "relative_permittivity": 78.5, "species": species},
        "terminals": {"bulk": {"concentrations": dict(bulk)}},
        "walls": {"wall": {"adsorption": [sites]}},
        "solver": {"flow": "none"},
        "outputs": {"errors": "none"},
    }


def held(data: Mapping[str, Any], duration: float, tolerance: float, **study: Any) -> SimulationResult:
    """A device in time whose reservoir stays as it is. Collective."""
    protocol = [{"type": "hold", "duration": duration}]
    return simulated({**data, "study": {"type": "transient", "protocol": protocol, "tolerance": tolerance, **study}})


DIFFUSIVITY = 1e-9
"""Of what is adsorbed, m^2/s."""


# ------------------------------------------------------------------------------------------------ a mixed liquid
MIXED = "closed form: one sixth of 1 - exp(-12 t / s)"
EXCHANGE = {"incoming": "A", "outgoing": "B", "k_in": 200.0, "k_out": 200.0, "initial": 0.0}


def exchange(setting: Setting) -> Iterator[Check | Plot]:
    """A takes the places of B on sites so few that the liquid does not notice: the coverage relaxes with 12 /s."""
    bulk = {"K": 1.0, "Cl": 1.0, "A": 0.01, "B": 0.05}
    data = device(setting, np.linspace(0.0, 10.0, 4), bulk, {"density": 1e-12, "exchange": EXCHANGE})
    steps, errors, name = 2.0 ** np.array([-7.0, -8.0, -9.0]), [], "exchange in a mixed liquid"
    for step in steps:
        found = held(data, 0.1, 1e-3, largest_step=float(step))
        times, covered = (np.array(found[header], dtype=float) for header in (TIME, COVERAGE.format("A")))
        errors.append(float(np.abs(covered - (1.0 - np.exp(-12.0 * times)) / 6.0).max()))
    yield Check(
        SECTION, name, "part of the sites after 0.1 s", "", 0.11646763, float(covered[-1]), 1e-6, "exact", MIXED,
        reference_uncertainty=5e-9, note=f"steps of at most {1e3 * steps[-1]:.2g} ms",
    )  # fmt: skip
    yield Check(
        SECTION, name, "order in time of the largest error", "", 3.0, float(np.log2(errors[1] / errors[2])), 0.3, "exact",
        "order of the method", scale=1.0, bound=">",
        note=f"errors {', '.join(f'{e:.1e}' for e in errors)}, each with steps of half the length",
    )  # fmt: skip


def balance(name: str, found: SimulationResult) -> Check:
    """The check that a run loses nothing of what it holds and takes."""
    worst = max(float(np.nanmax(np.array(found[header], dtype=float))) for header in BALANCES)
    return Check(
        SECTION, name, "largest error of the balances of species and charge", "", 1e-8, worst, 0.0, "exact",
        "what enters is in the liquid or on the wall", bound="<",
    )  # fmt: skip


# ------------------------------------------------------------------------------------------------ a slab
LENGTH = 1e-6
"""Of the slab, m."""

TRACE = 1e-4
"""Concentration of what is adsorbed, mol/m^3."""

CROSSING = LENGTH**2 / DIFFUSIVITY
"""Time of diffusion across it, s."""

TIMES = (0.01, 0.05, 0.2, 1.0, 5.0)
UPTAKE: dict[str, tuple[float, tuple[float, ...], float]] = {
    "linear": (1e6, (0.03583075, 0.12967770, 0.33531337, 0.93146873, 2.84747145), 1e-8),
    "Langmuir": (1.0, (0.035345, 0.124735, 0.308666, 0.690551, 0.833218), 1e-6),
}
"""Sites over what the liquid holds, amount on the wall in the same unit at TIMES (in times of diffusion), and its error."""

SLAB = {
    "linear": "inverse Laplace transform of the closed form",
    "Langmuir": "finite volumes with Richardson extrapolation",
}


def uptake(setting: Setting) -> Iterator[Check | Plot]:
    """D c_x = dG/dt = 5 c (1 - G/Gm) - G at the wall x = 0 of 0 < x < 1 with c = 1 at x = 1 and at the start."""
    lines: list[Line] = []
    for kind, (sites, amounts, uncertainty) in UPTAKE.items():
        binding = {"k_on": 5.0 / CROSSING / sites / TRACE, "k_off": 1.0 / CROSSING, "initial": 0.0}
        law = {"density": sites * TRACE * LENGTH, "binds": {"X": binding}}
        points = LENGTH * 1e9 * np.linspace(0.0, 1.0, 25) ** 2
        data = device(setting, points, {"K": 1.0, "Cl": 1.0, "X": TRACE}, law)
        # rows at the times of the reference: the smallest is a common divisor of all
        found = held(data, TIMES[-1] * CROSSING, 1e-4, record_every=TIMES[0] * CROSSING)
        times = np.array(found[TIME], dtype=float) / CROSSING
        covered = np.array(found[COVERAGE.format("X")], dtype=float) * sites
        name = f"uptake from a slab, {kind}"
        for time, amount in zip(TIMES, amounts, strict=True):
            own = float(covered[int(np.argmin(np.abs(times - time)))])
            yield Check(
                SECTION, name, f"amount on the wall at {time:g}", "", amount, own, 1e-3, "exact", SLAB[kind],
                reference_uncertainty=uncertainty,
            )  # fmt: skip
        yield balance(name, found)
        shown = np.unique(np.geomspace(1, len(times) - 1, 30).astype(int))
        lines += [
            Line(f"this program, {kind}", list(times[shown]), list(covered[shown]), look="curve"),
            Line(f"reference, {kind}", list(TIMES), list(amounts), look="points"),
        ]
    yield Plot(
        SECTION, "uptake", "Uptake of a wall from a slab of liquid", "time / time of diffusion",
        "amount on the wall / that in the liquid", tuple(lines),
        "The wall takes what reaches it; with sites for no more than the liquid holds it fills.", x_log=True, y_log=True,
    )  # fmt: skip


ADSORBING = Section(
    SECTION,
    "Walls that adsorb",
    "Sites that take species from the liquid with finite rates and give them back: two species that exchange in a mixed "
    "liquid, and uptake from a slab through which the species has to diffuse, with as many sites as it likes and with few. "
    "Nothing is lost on the way.",
    in_turn(exchange, uptake),
)
