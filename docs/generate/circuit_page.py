"""docs/circuits.md, the page of circuits: its tables of elements and studies come from the registries."""

from __future__ import annotations

import tempfile
import textwrap
from pathlib import Path
from typing import Any

from pydantic import BaseModel

from cases import _default, _kind, _models
from circuits.description.circuit import Circuit, Node
from circuits.description.loading import load_circuit
from circuits.description.studies.registry import STUDIES
from circuits.elements.registry import ELEMENTS
from solver.case.meanings import meaning
from solver.case.studies.axes import Range, SweepAxis

EXAMPLE = """\
title: Resistor and capacitor behind a battery
circuit:
  nodes: {source: {}, membrane: {}, bath: {ground: true}}
  elements:
    battery: {type: battery, voltage: 100 mV, terminals: [source, bath]}
    R: {type: resistor, resistance: 1 Gohm, terminals: [source, membrane]}
    C: {type: capacitor, capacitance: 1 pF, terminals: [membrane, bath]}
    stimulus:
      type: current_source
      terminals: [bath, membrane]
      protocol: [{type: hold, duration: 1 ms}, {type: pulses, to: 50 pA, width: 2 ms, period: 5 ms, count: 2}]
study: {type: transient, duration: 12 ms}
"""

INTRODUCTION = """\
# Circuits

*Written by `make docs` from the registries in `circuits/`; do not edit by hand.*

A circuit joins devices, each with its whole field problem, and lumped elements at nodes. It is a folder with a
`case.yaml` like a case, told by its key `circuit`:

```yaml
{example}```

`nanochannel new circuit FOLDER` writes one to begin with, `check` prints nodes with their time constants, elements, the
numbers of devices and all warnings, `run`, `info`, `plot` and `report` do what they do for cases, `campaign` computes it at
many values of its keys. `fit`, `optimise`, `mesh` and `render` are for single devices, also for those in a circuit's result.

**Nodes** have names of your own; one is the ground, whose potential is zero. **Elements** have names too, a `type`, and
the nodes that they join. Currents and voltages of an element with two terminals are counted from its first node to its
second. A circuit is refused, in one line with the line of the file, where nothing would determine a potential or a
current: a node with one element, a loop of batteries without resistance, nodes that only capacitors join to the ground.

**A device** in the circuit is any case: `{{type: device, case: ../cone, terminals: {{base: membrane, tip: bath}}}}`. All its
terminals are connected; electrodes that are left out keep the potential of the case. Its fields are solved within
Kirchhoff's equations: both hold to rounding at every step ([theory](theory.md#17-circuits)). Under `mpirun` the ranks are
shared out among the devices. The word `compact` in place of `device`, with the file that `nanochannel compact` makes of the
device's results, replaces the fields by a conductance with memory, some thousand times cheaper.

**Compartments** are well-mixed solutions at terminals of devices and sides of membranes; with a `volume` their concentrations
follow from what passes: [compartments](compartments.md).

**Protocols** of sources are lists of the steps of [transient studies](cases.md): `hold`, `step`, `ramp`, `pulses`, `sine`,
`triangle`, `table`, with one value in the place of a mapping: `to: 1 pA`.
"""

STUDIES_TEXT = """\
## Studies

Keys of elements are named as in `elements.load.resistance`; with `--set` on the command line and in campaigns as in the
file, `circuit.elements.load.resistance`. A **range** in place of a list is
`{start: 0 V, stop: 1 V, points: 11}`, both ends included, with `spacing: logarithmic` where it is; `outer` is
`{parameter: elements.load.resistance, values: [1 Gohm, 2 Gohm]}`, or has a `range`. Numbers without a unit are in SI units.
The `initial` voltages of capacitors count in studies `transient` and `logic_sequence` alone; protocols drive `transient`,
`spike_map` and `monte_carlo`, and in others the sources keep the value before theirs.
"""

RESULTS = """\
## Results

`observables.csv` has a row for every point or instant, with `potential_NODE [V]`, `current_ELEMENT [A]` and what else
elements tell ([results](results.md#observablescsv-of-circuits)). `nanochannel plot` draws, and `report` shows:

| study | figures |
| --- | --- |
| `steady` | `operating_point`: potentials and currents as bars |
| `sweep` | `sweep`: potentials and currents against the key; states that are not stable are dashed |
| `transient` | `time_series`; `phase_plane`: first potential and last conductance of a compact model |
| `impedance` | `nyquist`; `bode`, with the responses of the nodes |
| `periodic` | `periodic`: mean currents and rates, amounts in a period, against the frequency |
| `stall` | `stall`: concentration at which the pump stalls, against the frequency |
| `threshold` | `threshold`: smallest pulse and its charge against the width |
| `frequency_current` | `frequency_current`: frequency, energy of a spike and peak; open symbols at rest |
| `stability_limits` | `stability_limits`: growth rate and potentials along the key, with the limits as points |
| `spike_map` | `spike_map`: number of spikes, first spike and peak, as maps or curves |
| `monte_carlo` | `monte_carlo`: histograms with percentiles; `scatter`: peak against each parameter |
| `truth_table` | `truth_table`: levels of the states; `transfer_curves`, with the points of unit slope; `cascade` |
| `logic_sequence` | `eye`: all periods on top of each other; `cascade`; `time_series` |

`cascade` has the levels from output to output, of three on, or what a transfer curve leaves behind gates in a row. Any
two columns make a phase plane, several results of the same study go into one figure, and measured curves over it
([reports](reports.md)):

```
nanochannel plot results/neuron --quantity conductance_slow --against membrane
nanochannel plot results/neuron results/neuron_10fF --measured membrane.csv      # with columns "t [ms],membrane [mV]"
```

Names of nodes and elements stand for potentials and currents in such files, also `V out`, `I load` and `g slow`. Circuits
that differ in one number are drawn as a sweep of it. Bars, samples, limits and logic show a single result.

**Fields of devices** are in `devices/NAME`, a result of its own for each element of type `device`, so that
`nanochannel render results/gate/devices/diode_a`, `info`, and `plot` (profiles) take it as any other. Its rows are
the states whose fields are kept; they have the numbers of the circuit's rows, the columns of a case and its profiles.
`outputs.fields` says which, whatever the case of a device says: `extremes` (the default) the first, last and zero
value of the inner sweep, all states of a truth table, and the end of a run in time; `all` those of every row; `none`.
Runs in time and logic sequences add those at `study.fields_at`. `run --pictures` draws them, and `report` shows the
pictures that are there. Error bars are not estimated.

In Python:

```python
import nanochannel as nc

circuit = nc.load_circuit("cases/rc_check")  # or nc.Circuit(circuit={...}, study={...})
result = nc.simulate(circuit)
result["potential_membrane [V]"]  # or result["membrane"]
result.plot("phase_plane", against=("membrane", "conductance_slow"))  # also others=[...], measured="membrane.csv"
device = result.device("short")  # fields, profiles, render() as of a case
```
"""


def document() -> str:
    """The text of docs/circuits.md."""
    with tempfile.TemporaryDirectory() as folder:  # an example that is refused would be worse than none
        Path(folder, "case.yaml").write_text(EXAMPLE, encoding="utf-8")
        load_circuit(Path(folder))
    parts = [INTRODUCTION.format(example=EXAMPLE)]
    parts.append("## Elements\n")
    for element in ELEMENTS:
        parts.append(_entry(element, "elements"))
    parts.append(STUDIES_TEXT)
    for study in STUDIES:
        parts.append(_entry(study, "study"))
    extra = [key for key in Node.model_fields if key != "ground"]
    if extra:
        parts.insert(1, "## Nodes\n\n" + _table(Node, list(Node.model_fields)))
    others = [key for key in Circuit.model_fields if key not in ("format", "title", "circuit", "study")]
    if others:
        parts.append("## Further keys\n\n" + _table(Circuit, others))
    return "\n".join([*parts, RESULTS])


def _entry(model: Any, what: str) -> str:
    """An element or a study: its type, what it is, and its keys."""
    keys = [key for key in model.model_fields if key not in ("type", "terminals")]
    text = textwrap.fill(" ".join(model.explanation.split()), 120, break_on_hyphens=False)
    lines = [f"### `{model.kind()}`" if what == "elements" else f"### `study`: {model.kind()}", "", text, ""]
    if keys:
        lines.append(_table(model, keys))
    return "\n".join(lines)


def _table(model: type[BaseModel], keys: list[str]) -> str:
    """Keys with the kind of their values, defaults and meanings; without a column that says nothing."""
    rows = _rows(model, keys)
    heads = ("key", "value", "default", "meaning")
    shown = [i for i in range(4) if any(row[i] for row in rows)]
    lines = [heads, ("---",) * 4, *rows]
    return "".join("| " + " | ".join(line[i].replace("|", "\\|") for i in shown) + " |\n" for line in lines)


def _rows(model: type[BaseModel], keys: list[str]) -> list[tuple[str, ...]]:
    """Cells of the keys, each followed by those of the mappings that stand at it."""
    rows: list[tuple[str, ...]] = []
    for name in keys:
        field = model.model_fields[name]
        kind = "list of steps" if name == "protocol" else _kind(field.annotation, field.metadata)
        default = "required" if field.is_required() else _default(model, name, field)
        default = "none" if default == "the defaults" and kind.startswith("name: ") else default
        text = " ".join((meaning(model, name, name) or "").split()).rstrip(".")
        rows.append((f"`{name}`", kind, default, text[:1].lower() + text[1:] if not text.startswith("RT") else text))
        inside = [] if name == "protocol" else _models(field.annotation, name)
        for place, inner in inside:
            if inner in (Range, SweepAxis):  # the text above the studies has these
                continue
            below = _rows(inner, list(inner.model_fields))
            rows += [(f"`{place.replace('<name>', 'NAME')}.{cells[0][1:]}", *cells[1:]) for cells in below]
    return rows
