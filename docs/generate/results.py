"""docs/results.md, the reference of result directories, from the table of quantities."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable

from circuits.columns import COLUMNS
from solver.results.columns import Quantity
from solver.results.headers import split_header
from solver.studies.columns import OBSERVABLES, TABLES

INTRODUCTION = """\
# What a result holds

*Written by `make docs` from the table of quantities (`solver/observables/quantities.py`); do not edit by hand.*

`nanochannel run` leaves a directory, `results/<case>/` unless `--out` says otherwise. A directory that holds a result is
refused unless `--resume` or `--force` is given.

| file | content |
|---|---|
| `observables.csv` | one row a point, an instant of a transient, or a bias and frequency of a spectrum |
| `profiles.csv` | averages over cross-sections along the axis, several rows a point or instant |
| `sensitivities.csv` | derivatives of current and flow rate by keys of the case, if `outputs.sensitivities` asks for them |
| `loads.csv` | of reversal studies: currents and powers between short circuit and reversal potential, several rows a point |
| `summary.json` | what combines rows: rectification ratios, loops, memory times, pulses |
| `fields/fields.pvd` | the list of the field files, one for every chosen point, with potential, concentrations, salt, \
charge, velocity and pressure, for ParaView or `nanochannel render`; the "time" in it is the number of the point. In a \
device of several regions each cell has nodes of its own, so that concentrations step at interfaces, and the number of its \
region as cell data `region`, which `mesh.regions` of run.json names; ions and flow are NaN in solids |
| `figures/`, `pictures/` | what `plot` and `render` drew; with `--style paper` also `captions.txt`, titles and remarks |
| `run.json` | status (`running`, `complete`, `failed`, or `interrupted` by a signal or Ctrl-C), the case as it was \
resolved, versions, ranks, mesh, cost by phase; labels and descriptions of the columns; the units in which the case gives \
what is swept |
| `convergence.csv` | every Newton iteration of steady points |
| `log.txt` | the messages |
| `checkpoint/` | the last two states, each with the rows that belong to it; `--resume` continues an interrupted run, on \
any number of ranks, a transient with the steps it would have taken |
| `journal.jsonl` | a line a row: which field file it has, and what the tables held when it was written |
| `expected.csv`, `reference.csv` | copies from the folder of the case, if it has them: the numbers that it promises, and \
curves that `plot` draws over the computed ones |

Every file is complete up to its last line at any time: a run may be looked at while it goes on, and killed. `--resume`
compares the tables with the journal and the checkpoint. Lines that somebody has removed, doubled or changed, and field
files that are gone, are named and refused with exit code 2; `--resume --repair` keeps what is whole before them and
computes the rest anew. Where the newest checkpoint is not whole, the one before serves. Results of earlier versions are
read and continued; a mesh whose regions have moved is another one. Numbers are in SI units,
which the headers of the columns name; an empty cell is a number that does not exist.

## observables.csv

TERMINAL, ELECTRODE, CONDUCTOR (a floating one), WALL, SPECIES, TRACE and REGION (a membrane) stand for the names of the
case, PORT for those of terminals, electrodes and conductors, SIDE for that to which a face of a region looks, SITES for
a type of sites and its state, PHASE for what the program was doing. Of the kinds of studies, `steady` stands for sweeps
too. A current or a flow rate is positive when it enters the device. Columns that do not apply to a device are left out:
those of a cut need two terminals, those of electrodes an electrode.

Between `point` and `bias [V]` stand the swept keys of the case, such as `terminals.base.potential [V]`, the outer one
first; in a transient, after `time [s]`, the driven ones.

The error of a column `NAME [UNIT]` is in the column `NAME_error [UNIT]`, where the table names one; `outputs: {errors: none}`
leaves all of them out, which more than halves the time of a sweep. [theory.md](theory.md) says what an error bar contains
and what it does not, and defines salt and the virtual solution (sections 13 and 15).
"""

CIRCUITS = """\
## observables.csv of circuits

NODE, ELEMENT and TERMINAL (of a device) stand for names. run.json of a circuit has the entry `kind: circuit`. Profiles
and fields are in the folders `devices/NAME`, results of the devices in the states whose fields are kept.

| column | meaning | studies |
|---|---|---|
"""

SUMMARY = {
    "rectification": "of steady sweeps, for every pair of points that differ in the sign of the bias: its `ratio`"
    " |I(-V)| / |I(+V)|, `ratio_error`, the `larger` direction",
    "reversal": "of steady sweeps of the bias between reservoirs with different solutions: `reversal_potential [V]` where the"
    " current vanishes, `short_circuit_current [A]` at zero bias, the largest `osmotic_power [W]` = -I V and the"
    " `osmotic_power_bias [V]` where it is delivered, interpolated between the points, each with an error; empty where the"
    " sweep does not reach them; of studies of type reversal the columns of that study, solved for, an entry a row",
    "transfer": "of steady sweeps of the potential of a wall at one bias: `on_current [A]` and `off_current [A]`, the largest"
    " and the smallest, their ratio `on_off_ratio`, the largest `transconductance [S]` and the potential"
    " `transconductance_at [V]` where it is, the `threshold_voltage [V]` by the tangent there less half the bias, and the"
    " `subthreshold_slope [V]` of a decade of the current at its steepest, interpolated between the points",
    "loops": "of transients, one entry a period of a sine or triangle of a potential: signed areas of the lobes and their"
    " errors, largest and smallest current, current at zero voltage, `pinched` or not, `energy [J]` that the source of the"
    " bias delivers (the integral of bias times current)",
    "largest_area": "frequency of the largest normalised area, when a frequency is the outer parameter",
    "memory": "one entry a hold or plateau in which the salt relaxes: mean time, slowest time constant, start and end",
    "pulses": "one entry a pulse: current and conductance at its end, conductance before it, ratio to the first pulse,"
    " `energy [J]` delivered in it",
    "cost": "steps, iterations and factorisations of all runs of a protocol together",
    "runs": "the same of each run",
    "cost_in_factorisations_per_ms": "of circuits in time with the fields of devices: the `time_of_steps [s]` per"
    " millisecond of the circuit, in units of the `time_of_a_factorisation [s]`, the mean of those of all devices;"
    " `factorisations` is their number",
}
"""Entries of summary.json."""

PLACEHOLDERS = {
    "terminal": "TERMINAL",
    "electrode": "ELECTRODE",
    "reacting": "ELECTRODE",
    "conductor": "CONDUCTOR",
    "floating": "PORT",
    "flow_terminal": "TERMINAL",
    "open_wall": "WALL",
    "zeta_wall": "WALL",
    "wall": "WALL",
    "species": "SPECIES",
    "port": "PORT",
    "pore": "PORE",
    "pore_state": "STATE",
    "phase": "PHASE",
    "trace": "TRACE",
    "region": "REGION",
    "side": "SIDE",
    "sites": "SITES",
}


def document() -> str:
    """The text of docs/results.md."""
    head, *parts = INTRODUCTION.split("\n\n")
    text = "\n\n".join([head, *(part if part.startswith(("|", "#", "*")) else _filled(part) for part in parts)])
    blocks = [text.rstrip() + "\n"]
    for heading, quantities in OBSERVABLES.items():
        blocks.append(f"### {heading}\n\n{_table(quantities)}")
    blocks.append(
        CIRCUITS + "".join(f"| `{_escaped(c.header)}` | {c.text} | {c.studies or 'all'} |\n" for c in COLUMNS)
    )
    blocks += [f"## {file}\n\n{_table(TABLES[file])}" for file in TABLES if file != "observables.csv"]
    entries = "".join(f"| `{name}` | {_escaped(content)} |\n" for name, content in SUMMARY.items())
    return "\n".join([*blocks, f"## summary.json\n\n| entry | content |\n|---|---|\n{entries}"])


def _filled(paragraph: str) -> str:
    return textwrap.fill(" ".join(paragraph.split()), 120, break_on_hyphens=False)


def _table(quantities: Iterable[Quantity]) -> str:
    """One row a quantity; columns that say nothing are left out."""
    rows = [_row(quantity) for quantity in quantities]
    heads = ("column", "unit", "meaning", "error column", "studies")
    shown = [i for i in range(len(heads)) if any(row[i] for row in rows)]
    lines = [heads, ("---",) * len(heads), *rows]
    return "".join("| " + " | ".join(line[i] for i in shown) + " |\n" for line in lines)


def _row(quantity: Quantity) -> tuple[str, ...]:
    names = {field: PLACEHOLDERS[field] for field in quantity.placeholders}
    name, unit = split_header(quantity.of(**names))
    meaning = quantity.description.format(**names)
    error = quantity.error_column
    bar = "" if error is None else f"`{split_header(error.of(**names))[0]}`: {quantity.error}"
    cells = (f"`{name}`", unit, meaning, bar, ", ".join(quantity.studies))
    return tuple(map(_escaped, cells))


def _escaped(cell: str) -> str:
    return cell.replace("|", "\\|")
