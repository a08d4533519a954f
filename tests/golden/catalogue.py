"""The golden entries: which cases are run, through the command line's function, and how they are shortened."""

from __future__ import annotations

import math
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from tests.golden.tables import Tables, read

FOLDER = Path(__file__).resolve().parent
ROOT = FOLDER.parents[1]
SHIPPED = ROOT / "cases"
EXTRA = FOLDER / "cases"

PRECISE = ("solver.tolerance=1e-10",)
"""Rows are compared to rounding, so that states have to be converged to it."""


@dataclass(frozen=True)
class Entry:
    """One run.

    Attributes:
        case: what is run.
        overrides: what is changed in it.
        start: the entry from whose end it starts, if any.
        looser: kinds of columns (see comparing.py), or single ones, that rounding moves more here than elsewhere, and their
            tolerances.
    """

    name: str
    case: Path
    overrides: tuple[str, ...] = ()
    start: str | None = None
    looser: Mapping[str, float] = field(default_factory=dict)


def _shipped(
    name: str,
    *overrides: str,
    case: str = "",
    profile_points: int = 20,
    looser: Mapping[str, float] | None = None,
) -> Entry:
    """A shipped case, shortened."""
    path = SHIPPED / name / case if case else SHIPPED / name
    name = f"{name}_{Path(case).stem}" if case else name
    return Entry(name, path, (f"outputs.profile_points={profile_points}", *PRECISE, *overrides), looser=looser or {})


def _extra(name: str, start: str | None = None, looser: Mapping[str, float] | None = None) -> Entry:
    """A small case of this folder."""
    return Entry(name, EXTRA / f"{name}.yaml", PRECISE, start=start, looser=looser or {})


def _circuit(name: str, *overrides: str, looser: Mapping[str, float] | None = None) -> Entry:
    """A circuit, shipped or of this folder."""
    shipped = SHIPPED / name
    return Entry(name, shipped if shipped.is_dir() else EXTRA / f"{name}.yaml", overrides, looser=looser or {})


HELD: Mapping[str, float] = dict.fromkeys(
    (
        "current_error [A]",
        "current_discretization_error [A]",
        "current_algebraic_error [A]",
        "conductance_error [S]",
        "current_left_electrode_error [A]",
        "current_left_electrode_K_error [A]",
        "current_left_electrode_Cl_error [A]",
        "current_right_electrode_error [A]",
        "current_right_electrode_K_error [A]",
        "current_right_electrode_Cl_error [A]",
    ),
    math.inf,
)
"""Error bars of currents that are held: rounding of rounding."""


ENTRIES: tuple[Entry, ...] = (
    # with currents in place of none, which would be rounding; a current that is held has no error but that
    _shipped(
        "agcl_pore",
        "study.values=[-2 mC/m^2, -20 mC/m^2]",
        "walls.left_electrode.current=20 pA",
        "walls.right_electrode.current=-30 pA",
        "terminals.right.current=5 pA",
        looser=HELD,
    ),
    _shipped("bipolar_diode", "study.range={start: -1 V, stop: 1 V, points: 3}", "mesh.growth=3"),
    _shipped(
        "bipolar_memristor",
        "study.protocol.0.periods=1",
        "study.protocol.1.duration=0.1 ms",
        "study.outer.values=[1.2 kHz, 5 kHz]",
        "study.tolerance=1e-2",
        profile_points=10,
    ),
    _shipped(
        "blocking_cell",
        "study.protocol.1.duration=250 ns",
        "study.fields_at=[0 s, 250 ns]",
        "study.tolerance=1e-2",
    ),
    _shipped("blocking_cell", "study.frequencies.points=7", case="impedance.yaml"),
    _shipped("barrier_pore", "study.range=null", "study.values=[-75 mV, 75 mV]"),
    # so long that the estimates of errors are small differences, as in slit_conductance
    _shipped(
        "calcium_charge_inversion", "study.values=[1 mM, 100 mM]", looser={"main": 1e-9, "bar": 0.02, "count": 0.1}
    ),
    _shipped(
        "chemical_synapse",
        "study.protocol.0.count=1",
        "study.protocol.1.duration=20 ms",
        "study.tolerance=5e-2",
        "outputs.errors=none",
        profile_points=10,
    ),
    _shipped("conical_microchannel", "study.range.points=3", "mesh.axial_cells=24"),
    _shipped("conical_rectifier", "study.range.points=5", "mesh={growth: 3, axial_cells: 8}"),
    _shipped("crown_ether_gate", "study.range={start: -1 V, stop: 1 V, points: 2}", "mesh.tolerance=3 %"),
    _shipped(
        "memristor_loop",
        "study.protocol.0.periods=1",
        "study.outer.values=[30 Hz, 100 Hz]",
        "study.fields_at=[2 ms]",
        "study.tolerance=1e-2",
        profile_points=10,
    ),
    _shipped("gated_slit", "study.range={start: -2 V, stop: 2 V, points: 3}", "mesh.tolerance=2 %"),
    _shipped(
        "ion_delivery",
        "study.protocol.0.duration=0.5 s",
        "study.protocol.2.duration=0.5 s",
        "study.protocol.4.duration=0.5 s",
        "study.fields_at=[1 s]",
        "study.tolerance=5e-2",
        profile_points=10,
        # amounts at both ends are a thousand times those that pass
        looser={"noise": 1e-7, "count": 0.5},
    ),
    _shipped("ionic_transistor", "study.range.points=3", "mesh.growth=3"),
    _shipped("junction_mesh", "study.range.points=3"),
    _shipped(
        "leaky_membrane",
        "study.range={start: 0.2 V, stop: 1 V, points: 3}",
        "regions.nafion.partition.Cl=0.1",
        # a small part of the current is that of anions
        looser={"main": 1e-7, "quotient": 1e-7, "bar": 0.5},
    ),
    # both diodes with less symmetry than as shipped, by which some columns would be rounding
    _shipped(
        "membrane_diode",
        "study.range=null",
        "study.values=[-0.5 V, 0.5 V]",
        "electrolyte.species.K.diffusivity=1e-9 m^2/s",
        looser={"cut": 1e-9, "bar": 1e-4},
    ),
    _shipped(
        "membrane_diode_poisson",
        "study.values=[-100 mV, 50 mV]",
        "electrolyte.species.K.diffusivity=1e-9 m^2/s",
        "regions.cation_exchanger.fixed_charge=-30 mM",
    ),
    # with a current, which would be rounding
    _shipped(
        "steric_slit",
        "study.range=null",
        "study.values=[0.1 V, 0.6 V]",
        "study.outer.values=[0.5 nm]",
        "terminals.left.potential=20 mV",
        "mesh.growth=3",
    ),
    _shipped(
        "metal_pore",
        "study.range={start: -1 V, stop: 1 V, points: 2}",
        "walls.channel.charge=-1e-17 C",
        "mesh.tolerance=2 %",
        looser={"bar": 1e-3},
    ),
    _shipped(
        "micro_nano_plug",
        "study.protocol.1.duration=1 s",
        "study.fields_at=[0 s, 1 s]",
        "study.tolerance=1e-2",
        looser={"main": 1e-9, "bar": 1e-3},
    ),
    _shipped(
        "preconcentrator",
        "study.range=null",
        "study.values=[0.1 V]",
        "mesh.refinement=0",
        looser={"bar": 1e-3},
    ),
    _shipped("nanopore_membrane", "study.values=[300 mM, 3 mM]", "mesh.tolerance=2 %"),
    _shipped(
        "memristor_pulses",
        "study.protocol.0.count=2",
        "study.protocol.1.duration=2 ms",
        "study.protocol.2.count=1",
        "study.protocol.3.duration=2 ms",
        "study.fields_at=[5 ms]",
        "study.tolerance=3e-2",
        profile_points=10,
    ),
    _shipped("buffered_gate", "study.values=[7]", "mesh.growth=3", looser={"bar": 1e-3}),
    _shipped(
        "water_splitting_diode",
        "study.values=[0 V, 1 V]",
        "regions.anion_exchanger.fixed_charge=0.1 M",
        "regions.cation_exchanger.fixed_charge=-0.1 M",
        looser={"main": 1e-7, "quotient": 1e-7, "bar": 0.1},
    ),
    _shipped(
        "ph_gate",
        "study.range={start: 5, stop: 9, points: 2}",
        "study.outer.values=[1 mM, 100 mM]",
        looser={"bar": 0.1},
    ),
    _shipped(
        "pressure_cone",
        "study.values=[-100 mbar, 100 mbar]",
        "study.outer.values=[-1 V, 0 V, 1 V]",
        "mesh.tolerance=5 %",
        # fronts on a mesh that only just resolves them
        looser={"main": 1e-9},
    ),
    _shipped(
        "pressure_pulses",
        "study.protocol.voltage.0.count=2",
        "study.fields_at=[7.9 ms]",
        "study.tolerance=5e-2",
        "mesh.axial_cells=16",
        profile_points=10,
    ),
    _shipped(
        "slit_charging",
        "study.protocol.1.duration=20 us",
        "study.fields_at=[1 us]",
        "study.tolerance=2e-2",
        "mesh.growth=3",
        profile_points=10,
        # the first steps after the jump are 1e-5 of what they change
        looser={"main": 5e-8, "rate": 2e-7, "quotient": 5e-7, "bar": 1e-3, "count": 0.1},
    ),
    # slopes of currents are known as well as adjoint states are; the correction of the richer problem may take a step more
    _shipped("osmotic_cone", "study.loads=1", "mesh.tolerance=3 %", looser={"main": 5e-9, "count": 0.1}),
    _shipped(
        "permselectivity",
        "study.outer.values=[-100 mM, -10 mM]",
        "mesh.tolerance=0.3 %",
        looser={"main": 5e-9, "count": 0.1},
    ),
    _shipped("sieve_kcl_licl", "study.outer.values=[1 kT]", looser={"main": 5e-9, "count": 0.1}),
    # the channel is so long that the estimate of the discretization error is rounding
    _shipped("slit_conductance", "study.range.points=4", looser={"cut": 1e-6, "noise": 1e-5, "bar": 0.2}),
    _shipped("slit_electroosmosis", "study.range.points=3", "study.outer.values=[0.98 mM, 1.02 mM]", "mesh.growth=3"),
    _shipped("resistive_pulse", "study.values=[0 nm, 15 nm]", "mesh.growth=3"),
    _shipped("slit_polarization", "study.range.points=3", "mesh.tolerance=2 %"),
    _shipped(
        "viscosity_gradient",
        "study.range=null",
        "study.values=[-0.1 V, 0.1 V]",
        "mesh.axial_cells=8",
        "electrolyte.diffusivity_convention=ito",
        looser={"main": 1e-8, "bar": 1e-2, "count": 0.5},
    ),
    _shipped("thin_film_cell", "study.values=[14.286178 pA, 128.575602 pA]", looser=HELD),
    _extra("closed_cell"),
    _extra("closed_cell_in_time"),
    # a hard run, in which rounding decides when the Jacobian is made again; the estimate of a step's error depends on that
    _extra("charging", looser={"bar": 5e-2, "count": 0.5}),
    # the vertex of a parabola through three points: other processors and compilers move it by 1e-10 to 3e-10
    _extra("mixture", looser={"reversal.osmotic_power_bias [V]": 2e-9}),
    _extra("tee"),
    _extra("adapted_tee"),
    _extra("mesh_file"),
    _extra("cone_impedance"),
    _extra("gate_impedance"),
    _extra("adapted_cone"),
    _extra("adapted_flow"),
    _extra("cone_sensitivities"),
    _extra("bullet_piecewise"),
    _extra("hourglass_expression"),
    _extra("lengths"),
    _extra("stern_wall"),
    _extra("gate"),
    _extra("gate_in_time"),
    _extra("tracks"),
    _extra("continued", start="tracks"),
    _circuit("diode_circuit", looser={"rate": 1e-7}),
)

CORE = ("tracks", "mixture", "cone_impedance", "adapted_cone", "cone_sensitivities", "permselectivity", "diode_circuit")
"""Those that stay in the suite for good: fast ones, one of every kind of study."""


def entry(name: str) -> Entry:
    """The entry of that name."""
    return next(found for found in ENTRIES if found.name == name)


def run(found: Entry, folder: Path) -> Tables:
    """Run an entry into a folder that is made for it, and read its numbers."""
    overrides = list(found.overrides)
    if found.start is not None:
        run(entry(found.start), folder / "start")
        overrides.append(f"study.start={(folder / 'start' / 'result').resolve()}")
    folder.mkdir(parents=True, exist_ok=True)
    if str(ROOT) not in sys.path:
        sys.path.insert(0, str(ROOT))
    from nanochannel import main

    words = ["run", str(found.case), "--out", str(folder / "result")]
    for override in overrides:
        words += ["--set", override]
    code = main(words)
    if code != 0:
        raise RuntimeError(f"{found.name}: exit code {code}")
    return read(folder / "result")
