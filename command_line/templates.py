"""Cases to begin with, each with comments on what may be changed."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Template:
    """A case to begin with.

    Attributes:
        about: what it is, in a few words.
        text: of its case.yaml.
        is_circuit: whether that describes a circuit.
    """

    about: str
    text: str
    is_circuit: bool = False


SALT = """\
electrolyte:
  temperature: 298.15 K
  species: {K: {}, Cl: {}}        # of the ion table; others need {valence: 2, diffusivity: 0.7e-9 m^2/s}
  concentration: 10 mM            # of the salt, in both reservoirs unless a terminal says otherwise
"""

MESH = """\
mesh: {tolerance: 1 %}            # of the current; a smaller one takes longer. Without it the mesh follows rules
"""

CONE = Template(
    "a conical pore and its I-V curve",
    f"""\
title: Conical nanopore

geometry:
  type: cone                      # or bullet
  length: 1 um                    # every quantity has its unit; bare numbers are SI
  radius_tip: 5 nm
  radius_base: 50 nm
  reservoirs: {{length: 0.5 um, radius: 0.5 um}}    # in front of both mouths; null: the channel alone

{SALT}
terminals:                        # what the reservoirs hold: 0 V, 0 Pa and the salt above where nothing is said
  base: {{potential: 0 V}}
  tip: {{pressure: 0 Pa}}           # or concentration: 1 mM, for a gradient of salt

walls:
  channel: {{surface_charge: -20 mC/m^2}}           # or groups: silica, with a pH of the electrolyte

{MESH}
study:
  type: sweep
  parameter: terminals.base.potential             # any numeric key of the case
  range: {{start: -1 V, stop: 1 V, points: 21}}     # or values: [-1 V, 0 V, 1 V]
""",
)

CYLINDER = Template(
    "a straight pore in a membrane, conductance against concentration",
    f"""\
title: Straight nanopore

geometry:
  type: cylinder                  # or hourglass, or profile for any course of radii
  length: 20 nm
  radius: 5 nm
  reservoirs: {{length: 200 nm, radius: 200 nm}}    # large ones: the field spreads outside of short pores

{SALT}
terminals:
  left: {{potential: 50 mV}}

walls:
  channel: {{surface_charge: -20 mC/m^2}}
  membrane_face: {{surface_charge: -20 mC/m^2}}     # the faces of the membrane, beside both mouths

{MESH}
study:
  type: sweep
  parameter: electrolyte.concentration
  range: {{start: 1 mM, stop: 1 M, points: 7, spacing: logarithmic}}
""",
)

SLIT = Template(
    "a slit between two plates, flow by voltage and pressure",
    f"""\
title: Nanoslit

geometry:
  type: slit
  length: 1 um
  height: 20 nm                   # distance of the plates
  width: 1 um                     # out of plane: multiplies every current and flow rate
  reservoirs: {{length: 0.5 um, half_height: 0.5 um}}

{SALT}
walls:
  channel: {{surface_charge: -10 mC/m^2, slip_length: 0 nm}}

{MESH}
study:
  type: sweep
  parameter: terminals.left.potential
  range: {{start: -100 mV, stop: 100 mV, points: 5}}
  outer:                          # a second key, around the first one; leave it out for one curve
    parameter: terminals.left.pressure
    values: [0 bar, 1 bar]
""",
)

MEMRISTOR = Template(
    "a cone driven by a sine: hysteresis loops",
    """\
title: Iontronic memristor

geometry:
  type: cone
  length: 10 um
  radius_tip: 50 nm
  radius_base: 200 nm
  reservoirs: null                # the ends of the channel are the terminals

electrolyte:
  species: {K: {}, Cl: {}}
  concentration: 0.1 mM           # low, so that the charge of the wall governs the salt

walls:
  channel: {surface_charge: -0.25 mC/m^2}

study:
  type: transient
  protocol:                       # one after the other: hold, ramp, step, sine, triangle, pulses, table
    - {type: sine, amplitude: {terminals.base.potential: 1 V}, frequency: 30 Hz, periods: 2}
  # the same at several frequencies: loops are widest where 2 pi f times the memory time is about 1 (see check)
  # outer: {parameter: study.protocol.0.frequency, values: [10 Hz, 30 Hz, 100 Hz]}
  # fields_at: {start: 34 ms, stop: 66 ms, points: 20}      # for a movie: nanochannel render results/NAME --movie
""",
)

GATE = Template(
    "a slit with a gate: a nanofluidic transistor",
    f"""\
title: Nanofluidic transistor

geometry:
  type: slit
  length: 2 um
  height: 20 nm
  width: 1 um
  reservoirs: {{length: 0.5 um, half_height: 0.5 um}}

regions:
  oxide: {{type: dielectric, relative_permittivity: 3.9, thickness: 20 nm}}    # around the channel

{SALT}
terminals:
  left: {{potential: 50 mV}}        # drain
  right: {{potential: -50 mV}}      # source

walls:
  channel: {{surface_charge: -2 mC/m^2}}
  gate: {{potential: 0 V}}          # the outer side of the oxide; charge: 0 C would let it float

{MESH}
study:
  type: sweep
  parameter: walls.gate.potential
  range: {{start: -2 V, stop: 2 V, points: 9}}
""",
)

GRADIENT = Template(
    "a pore between dilute and concentrated salt: reversal potential and osmotic power",
    f"""\
title: Osmotic power of a pore

geometry:
  type: cylinder
  length: 100 nm
  radius: 5 nm
  reservoirs: {{length: 200 nm, radius: 200 nm}}    # state them with the numbers, which depend on them

electrolyte:
  temperature: 298.15 K
  species: {{K: {{}}, Cl: {{}}}}

terminals:
  left: {{concentration: 1 mM}}     # its potential follows and is left out
  right: {{concentration: 100 mM}}

walls:
  channel: {{surface_charge: -50 mC/m^2}}

{MESH}
study:
  type: reversal
  driven_terminal: left
  loads: 3                        # states between short circuit and reversal potential, in loads.csv
  pore_density: 1e9 1/cm^2        # turns the power of the pore into that of a membrane
  electrode_ion: Cl               # what silver chloride electrodes add is a number of its own
""",
)

CELL = Template(
    "a closed cell between electrodes and its impedance",
    """\
title: Cell between two blocking electrodes

geometry: {type: cell, length: 1 um, height: 1 um, width: 1 um}

electrolyte:
  species: {K: {}, Cl: {}}
  concentration: 1 mM             # of what the cell is filled with

walls:                            # a wall with a potential is an electrode; give it reactions to let it pass current
  left: {potential: 0 V, stern: {thickness: 0.5 nm}}
  right: {potential: 0 V, stern: {thickness: 0.5 nm}}

solver: {flow: none}              # there is no flow in a closed cell

study:
  type: impedance
  terminal: left
  frequencies: {start: 10 Hz, stop: 10 MHz, points: 25, spacing: logarithmic}
  at: [0 V]                       # biases about which the small voltage alternates
""",
)

CIRCUIT = Template(
    "a circuit: a diode that charges a capacitor, driven by pulses",
    """\
title: Diode and capacitor

circuit:
  nodes: {input: {}, output: {}, bath: {ground: true}}    # names of your own; one is the ground
  elements:
    source:                       # currents are counted from the first node to the second
      type: voltage_source        # or battery, current_source
      terminals: [input, bath]
      protocol:                   # one after the other: hold, ramp, step, sine, triangle, pulses, table
        - {type: hold, duration: 1 ms}
        - {type: pulses, to: 0.2 V, width: 2 ms, period: 5 ms, count: 3}
    diode: {type: diode, saturation_current: 10 pA, terminals: [input, output]}
    # a device with its whole field problem in the place of the diode, by the directory of its case:
    # diode: {type: device, case: ../conical_rectifier, terminals: {base: input, tip: output}}
    load: {type: resistor, resistance: 5 Gohm, terminals: [output, bath]}
    membrane: {type: capacitor, capacitance: 1 pF, terminals: [output, bath]}

study:
  type: transient                 # or steady, sweep, impedance
  duration: 20 ms
""",
    is_circuit=True,
)

TEMPLATES: dict[str, Template] = {
    "cone": CONE,
    "cylinder": CYLINDER,
    "slit": SLIT,
    "memristor": MEMRISTOR,
    "gate": GATE,
    "gradient": GRADIENT,
    "cell": CELL,
    "circuit": CIRCUIT,
}
"""The cases of `nanochannel new` by name."""
