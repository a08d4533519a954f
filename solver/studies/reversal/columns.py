"""Columns of studies of type `reversal`: those of observables.csv and those of loads.csv."""

from __future__ import annotations

from solver.analysis.reversal import BIAS_OF_POWER, OSMOTIC_POWER, REVERSAL_POTENTIAL, SHORT_CIRCUIT_CURRENT
from solver.results import headers
from solver.results.columns import STEADY, Quantity
from solver.results.headers import header

SLOPE = header("zero_current_conductance", "S")
LOAD = header("load_resistance", "ohm")
POWER = header("power", "W")
POWER_DENSITY = header("osmotic_power_density", "W/m^2")
LOAD_DENSITY = header("power_density", "W/m^2")
CURRENT_DENSITY = header("osmotic_current_density", "A/m^2")
IDEAL = header("nernst_potential", "V")
CATION_SHARE = "cation_transference_number"
SELECTIVITY = "reversal_selectivity"
PERMSELECTIVITY = "permselectivity"
EFFICIENCY = "osmotic_efficiency"
EFFICIENCY_BY_SELECTIVITY = "efficiency_by_selectivity"
ELECTRODES = header("electrode_potential", "V")
MEASURED = header("reversal_potential_with_electrodes", "V")


def _of(name: str, label: str, description: str, error: str = "") -> Quantity:
    return Quantity(name, label, description, error, (STEADY,))


COLUMNS = (
    _of(
        REVERSAL_POTENTIAL,
        "reversal potential",
        "Bias at which the current of the driven terminal vanishes, solved for; without what electrodes add.",
        "that of the current there over its slope",
    ),
    _of(SLOPE, "conductance without current", "Slope of the current by the bias at the reversal potential."),
    _of(
        SHORT_CIRCUIT_CURRENT,
        "short-circuit current",
        "Current at no bias, the osmotic current.",
        "that of the current",
    ),
    _of(
        OSMOTIC_POWER,
        "osmotic power",
        "Largest power -I V that the device delivers, between short circuit and reversal potential.",
        "that of the current times the bias",
    ),
    _of(BIAS_OF_POWER, "bias of the osmotic power", "Bias at which it is delivered."),
    _of(LOAD, "load", "Resistance -V/I of the load that takes it."),
    _of(
        POWER_DENSITY,
        "osmotic power density",
        "Osmotic power times the number of pores by area of the membrane that the study states.",
        "that of the osmotic power",
    ),
    _of(
        CURRENT_DENSITY,
        "osmotic current density",
        "Short-circuit current times the number of pores by area of the membrane.",
        "that of the current",
    ),
    _of(
        IDEAL,
        "Nernst potential",
        "The reversal potential of a device with two terminals that lets only cations of its one salt through.",
    ),
    _of(
        CATION_SHARE,
        "transference number of the cation",
        "Part of the current that the cation of the one salt carries, from the reversal potential between two terminals:"
        " V = -(RT/F) (t+ dmu+/z+ + (1 - t+) dmu-/z-). Beyond 1, or below 0, liquid that flows adds to the potential.",
        "that of the reversal potential",
    ),
    _of(
        SELECTIVITY,
        "selectivity by the reversal potential",
        "Transference number of the cation minus that of the anion: 1 where only cations pass, -1 where only anions do.",
        "that of the reversal potential",
    ),
    _of(
        PERMSELECTIVITY,
        "permselectivity",
        "How far the ion that passes more easily than in the free solution carries the current alone, (t - t0) / (1 - t0)"
        " with its transference number t0 there: 0 as in the solution, 1 where it passes alone.",
        "that of the reversal potential",
    ),
    _of(
        EFFICIENCY,
        "efficiency",
        "Osmotic power over the free energy that the solutions lose by the ions and the liquid that pass meanwhile; of"
        " devices with two terminals.",
        "those of the power and of the currents of the ions",
    ),
    _of(
        EFFICIENCY_BY_SELECTIVITY,
        "efficiency by the selectivity",
        "Half of (t+ - t-)^2, as it is often given for the largest power of a z:z salt (D.-K. Kim et al., Microfluid."
        " Nanofluid. 9, 1215 (2010)). It leaves out what mixes without current, so that the efficiency itself is less:"
        " without flow s^2 / (4 - 2 s^2) for small differences, with s = t+ - t-.",
        "that of the reversal potential",
    ),
    _of(
        ELECTRODES,
        "potential of the electrodes",
        "What a pair of electrodes reversible to the stated ion adds to the bias (Nernst).",
    ),
    _of(
        MEASURED,
        "reversal potential with electrodes",
        "Reversal potential and potential of the electrodes together: what is read between such a pair.",
        "that of the reversal potential",
    ),
)

LOADS = (
    _of(headers.BIAS, "bias", "Bias of the driven terminal."),
    _of(headers.CURRENT, "current", "Current that enters at the driven terminal.", "that of the current"),
    _of(headers.DIFFERENTIAL_CONDUCTANCE, "differential conductance", "Slope of the current by the bias."),
    _of(LOAD, "load", "Resistance -V/I of the load; nothing at the reversal potential, where no current flows."),
    _of(POWER, "power", "Power -I V that the load takes.", "that of the current times the bias"),
    _of(
        LOAD_DENSITY,
        "power density",
        "The same times the number of pores by area of the membrane.",
        "that of the power",
    ),
)
"""Columns of loads.csv, after `point`: states from the short circuit to the reversal potential."""
