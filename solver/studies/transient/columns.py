"""Columns of observables.csv that only runs in time have."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from solver.results.columns import IN_TIME, Quantity
from solver.results.headers import TIME, header

CHARGE_PASSED = header("charge_passed", "C")
SALT_INVENTORY = header("salt_inventory", "mol")
CHARGE_INVENTORY = header("charge_inventory", "C")
SALT_BALANCE_ERROR = "salt_balance_error"
CHARGE_BALANCE_ERROR = "charge_balance_error"
STEP_SIZE = header("step_size", "s")
STEP_ERROR = "step_error"

AMOUNT_PASSED = Quantity(
    header("amount_passed_{terminal}_{species}", "mol"),
    "{species} passed at {terminal}",
    "Amount of the species that has entered at the terminal since the start, its dose where it leaves (negative).",
    studies=(IN_TIME,),
)

INSTANT = (
    Quantity(
        TIME,
        "time",
        "Time since the start of the protocol; at a jump of the drive the row holds the values before it.",
        studies=(IN_TIME,),
    ),
)

BALANCES = (
    Quantity(
        CHARGE_PASSED,
        "charge passed",
        "Charge that has entered at the driven terminal or electrode since the start: the integral of the current.",
        studies=(IN_TIME,),
    ),
    AMOUNT_PASSED,
    Quantity(
        SALT_INVENTORY,
        "salt in the device",
        "Amount of salt (sum |z| n / 2) in the device, reservoirs included.",
        studies=(IN_TIME,),
    ),
    Quantity(CHARGE_INVENTORY, "charge in the device", "Charge of all ions in the device.", studies=(IN_TIME,)),
    Quantity(
        SALT_BALANCE_ERROR,
        "balance error of the ions",
        "Ions that are missing from what was there at the start and has entered since, over those that have passed: the"
        " largest of all species.",
        studies=(IN_TIME,),
    ),
    Quantity(
        CHARGE_BALANCE_ERROR,
        "balance error of the charge",
        "Charge of the missing ions, over that of all ions that have passed.",
        studies=(IN_TIME,),
    ),
)

STEPS = (
    Quantity(STEP_SIZE, "step size", "Length of the time step that ends at this row.", studies=(IN_TIME,)),
    Quantity(
        STEP_ERROR,
        "step error",
        "Estimated error of that step, largest of any potential in thermal voltages.",
        studies=(IN_TIME,),
    ),
)

COLUMNS = (*INSTANT, *BALANCES, *STEPS)


def amounts_passed(terminals: Sequence[str], species: Sequence[str], passed: np.ndarray) -> dict[str, float]:
    """Columns of the amounts (mol) that have entered. Shape (ports, species), terminals first."""
    return {
        AMOUNT_PASSED.of(terminal=terminal, species=name): float(passed[k, i])
        for k, terminal in enumerate(terminals)
        for i, name in enumerate(species)
    }
