"""The shipped cases, and how their runs are shortened without losing a number of expected.csv."""

from __future__ import annotations

from tests.support.paths import CASE_FILES, CASES, CIRCUIT_FILES

__all__ = ["CASES", "CIRCUITS", "ROUNDED", "SHIPPED", "SHORTER"]

SHIPPED = [path.parent for path in CASE_FILES if path.name == "case.yaml"]
"""Folders of single devices."""
CIRCUITS = [path.parent for path in CIRCUIT_FILES if path.name == "case.yaml"]
"""Folders of circuits."""

SHORTER = {
    "agcl_pore": ("study.values=[0 C/m^2, -5 mC/m^2, -20 mC/m^2]",),
    "barrier_pore": ("study.range=null", "study.values=[-150 mV, -75 mV, 0 V, 50 mV, 75 mV, 150 mV]"),
    "bipolar_diode": ("study.range=null", "study.values=[-2 V, -1 V, 0 V, 1 V, 2 V]", "outputs.errors=none"),
    "bipolar_memristor": ("outputs.errors=none",),
    "buffered_gate": ("study.values=[6, 9]", "outputs.errors=none"),
    "conical_rectifier": ("study.range=null", "study.values=[-1 V, -0.5 V, 0 V, 0.5 V, 1 V]"),
    "cone_3d": (
        "study.values=[0.5 V]",
        "outputs.errors=none",
        "solver.linear=fieldsplit",
        "mesh={wall_size: 2 debye_length, corner_size: 1.5 debye_length, growth: 10, axial_cells: 4}",
    ),
    "crown_ether_gate": ("study.range=null", "study.values=[-1 V, -0.4 V, 0.4 V, 1 V]", "outputs.errors=none"),
    "elliptic_pore": ("outputs.errors=none",),
    "electroosmotic_neuron": ("study.duration=66 ms",),
    "gated_slit": ("study.range=null", "study.values=[-5 V, -2 V, 0 V, 1 V, 2 V, 5 V]"),
    "ion_pump": ("study.duration=0.5 ms",),
    "ionic_transistor": ("study.range=null", "study.values=[0 V, 0.4 V, 0.8 V, 1.2 V]"),
    "janus_pore": ("study.range=null", "study.values=[-1 V, 0 V, 1 V]", "outputs.errors=none"),
    "junction_mesh": ("study.range=null", "study.values=[-0.4 V, 0 V, 0.4 V]"),
    "junction_3d": ("outputs.errors=none",),
    "leaky_membrane": ("study.range=null", "study.values=[0 V, 0.05 V, 0.1 V, 0.2 V, 0.3 V, 0.5 V, 1 V]"),
    "membrane_diode": ("study.range=null", "study.values=[-0.5 V, -0.3 V, -0.1 V, 0 V, 0.1 V, 0.3 V, 0.5 V]"),
    "memristor_loop": ("study.outer.values=[30 Hz]", "study.fields_at=[]"),
    "mesh_3d": ("outputs.errors=none",),
    "memristor_pulses": ("outputs.errors=none",),
    "metal_pore": ("study.range=null", "study.values=[-1 V, -0.4 V, 0 V, 0.4 V, 1 V]", "outputs.errors=none"),
    "osmotic_cone": ("study.loads=0",),
    "nanopore_membrane": ("study.values=[1 M, 100 mM, 10 mM, 1 mM]", "outputs.errors=none"),
    "permselectivity": ("study.outer.values=[-100 mM, -10 mM]",),
    "pore_array": ("outputs.errors=none",),
    "preconcentrator": ("study.range=null", "study.values=[0 V, 0.2 V, 0.4 V]", "outputs.errors=none"),
    "pressure_cone": ("study.values=[-6 kPa, -2 kPa, 0 Pa, 2 kPa, 6 kPa, 10 kPa]", "outputs.errors=none"),
    "pressure_pulses": ("outputs.errors=none",),
    "resistive_pulse": ("study.values=[0 nm, 15 nm]",),
    "self_discharge": ("study.duration=10 s",),
    "steric_slit": (
        "study.range=null",
        "study.values=[0.1 V, 0.3 V, 0.6 V]",
        "study.outer.values=[0.5 nm, 0.7 nm]",
    ),
    "slit_3d": ("study.values=[20 nm, 40 nm, 160 nm]", "outputs.errors=none"),
    "sieve_kcl_licl": ("study.outer.values=[0 kT, 3 kT]",),
    "slit_polarization": ("study.range=null", "study.values=[0 V, 0.25 V, 0.5 V, 1 V, 1.5 V, 2 V]"),
    "viscosity_gradient": ("study.range=null", "study.values=[-0.5 V, -0.1 V, 0 V, 0.1 V, 0.5 V]"),
    "water_splitting_diode": ("study.values=[0 V, 1 V, 2 V, 4 V]", "outputs.errors=none"),
}
"""Overrides that leave out points and error bars of which expected.csv holds nothing. `nanochannel validate` runs the cases
as they are."""

ROUNDED = {"water_splitting_diode": (1e-6, 1e-5)}
"""Conservation error and difference of both routes of the current where it is rounding: fA through layers of 1 M ions."""
