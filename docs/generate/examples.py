"""Introduction and examples of docs/cases.md. The examples are read as cases before they are written."""

from __future__ import annotations

from solver.case.studies.reversal import Reversal
from solver.case.studies.transient import Transient

INTRODUCTION = """\
# The case file

*Written by `make docs` from the schema in `solver/case/`; do not edit by hand.*

A case is a folder with a `case.yaml`; its name is the name of the case. `nanochannel check FOLDER` validates the file
and prints what follows from it. Everything is strict: an unknown key, a wrong unit, a charged reservoir or a radius
below zero is one line with file, line and key, and exit code 2.

**Quantities** are a number with a unit, or a bare number in SI units: `5 nm`, `-20 mC/m^2`, `0.1 mM`, `1.96e-9 m^2/s`,
`5e-9`. Every unit that has the right dimension is understood; the usual ones are

{units}

**Coordinates.** The axis of the device is z. The mouth of the first terminal lies at z = 0, the mouth of the second
one at z = `length`. Cones and bullets have the terminals `base` and `tip`, all other channels `left` and `right`. A
closed cell has no terminals, but electrodes.

**Dotted keys** name one value, for `--set` and for sweeps: `terminals.base.potential`, `walls.channel.surface_charge`,
`geometry.length`, `electrolyte.species.K.diffusivity`, `walls.channel.surface_charge.values.0`,
`study.protocol.0.frequency`, `study.protocol.0.amplitude.terminals.base.potential`.

## A whole case

```yaml
{example}```

## A run in time

The same device, driven by a protocol; only the study differs.

```yaml
{transient}```

## An impedance spectrum of a closed cell

```yaml
{impedance}```
"""

EXAMPLE = """\
title: Conical nanopore in potassium chloride

geometry:
  type: cone
  length: 1 um
  radius_tip: 5 nm
  radius_base: 50 nm
  reservoirs:                       # one for each side; a single mapping without names describes both
    base: {length: 0.5 um, radius: 0.5 um}
    tip: {length: 0.5 um, radius: 0.3 um}

electrolyte:
  temperature: 298.15 K
  species:
    K: {}                           # valence and diffusivity from the ion table
    Cl: {diffusivity: 2.0e-9 m^2/s} # or a value of your own
  concentration: 10 mM              # of the salt, in every reservoir that does not say otherwise

terminals:                          # 0 V, 0 Pa and the concentration above where nothing is said
  base: {potential: 0.2 V, concentration: 100 mM}
  tip: {pressure: 10 mbar}

walls:
  channel: {surface_charge: -20 mC/m^2, slip_length: 1 nm}
  membrane_face: {surface_charge: 0}

study:                              # leave it out for the one point above
  type: sweep
  parameter: terminals.base.potential
  range: {start: -1 V, stop: 1 V, points: 41}
  outer:
    parameter: walls.channel.surface_charge
    values: [-5 mC/m^2, -20 mC/m^2]

mesh: {tolerance: 0.5 %}            # adapts the mesh to this; leave it out for a mesh by cell sizes
outputs: {sensitivities: [walls.channel.surface_charge, geometry.radius_tip]}
solver: {flow: stokes}              # none: no fluid flow
"""

TRANSIENT = """\
study:
  type: transient
  protocol:                         # a list: one step after the other
    - {type: hold, duration: 2 ms}
    - {type: ramp, duration: 5 ms, to: {terminals.base.potential: 1 V, terminals.base.pressure: 10 mbar}}
    - {type: step, to: {terminals.base.potential: -1 V}}
    - {type: sine, amplitude: {terminals.base.potential: 1 V}, frequency: 30 Hz, periods: 2}
    - {type: triangle, amplitude: {terminals.base.potential: 1 V}, frequency: 30 Hz, periods: 2}
    - {type: pulses, to: {terminals.base.potential: 1 V}, width: 1 ms, period: 3 ms, count: 10, rise_time: 10 us}
  record_every: 0.1 ms              # leave it out for a row at every time step
  fields_at: {start: 0 s, stop: 10 ms, points: 21}
  tolerance: 1e-3
  outer: {parameter: study.protocol.3.frequency, values: [10 Hz, 30 Hz, 100 Hz]}
"""

TRACKS = Transient.explanation.partition("```yaml\n")[2].removesuffix("```")

GRADIENT = f"""\
geometry: {{type: cone, length: 1 um, radius_tip: 5 nm, radius_base: 50 nm, reservoirs: null}}
electrolyte: {{species: {{K: {{}}, Cl: {{}}}}}}
terminals: {{base: {{concentration: 1 mM}}, tip: {{concentration: 1 M}}}}
walls: {{channel: {{surface_charge: -20 mC/m^2}}}}
{Reversal.explanation.partition("```yaml")[2].partition("```")[0]}"""
"""Between unlike reservoirs, with the study of the page."""

IMPEDANCE = """\
title: Two plates

geometry: {type: cell, length: 1 um, width: 1 um, height: 1 um}

electrolyte:
  species: {K: {}, Cl: {}}
  concentration: 1 mM               # of what the cell is filled with

walls:
  left: {potential: 0.1 V, stern: {thickness: 0.5 nm, relative_permittivity: 10}}
  right: {potential: 0 V, stern: {thickness: 0.5 nm, relative_permittivity: 10}}

study:
  type: impedance
  terminal: left
  frequencies: {start: 0.1 Hz, stop: 1 MHz, points: 29, spacing: logarithmic}
  at: [0 V, 0.1 V]

solver: {flow: none}
"""
