"""What the gallery says of each shipped case: its device, and what it shows."""

from __future__ import annotations

GROUPS: dict[str, dict[str, tuple[str, str]]] = {
    "Diodes": {
        "conical_rectifier": (
            "cone, 50 to 5 nm, 1 um long, 10 mM KCl, -20 mC/m²",
            "ion current rectification with electroosmotic flow",
        ),
        "conical_microchannel": (
            "cone, 200 to 50 nm, 10 um long, 0.1 mM",
            "the iontronic memristor channel of Kamsma et al., PRL 130, 268401 (2023)",
        ),
        "bipolar_diode": (
            "cylinder of 5 nm radius, halves of ±50 mC/m²",
            "depletion and enhancement at the junction, ±2 V",
        ),
        "membrane_diode": (
            "two gels of opposite fixed charge in a microchannel of 240 um, 100 mM, electroneutral",
            "the rectification of polyelectrolyte diodes, ±0.5 V, against a closed form",
        ),
        "membrane_diode_poisson": (
            "the same of 61 nm, with the double layers at its junction",
            "what Poisson's equation changes, against exact currents",
        ),
        "water_splitting_diode": (
            "bipolar membrane of 2 um, ±1 M, in 1 mM KCl of pH 7, to 4 V",
            "water that the field of the junction splits carries the reverse current",
        ),
        "metal_pore": (
            "cone, 25 to 5 nm, of metal that floats, 1 mM",
            "induced charge: flow of one direction, rectified ion currents",
        ),
        "janus_pore": (
            "cylinder of 5 nm radius, half charged dielectric, half metal that floats, 10 mM",
            "induced charge that rectifies the current",
        ),
    },
    "Memory": {
        "memristor_loop": (
            "the cone of `conical_microchannel`, sine of 1 V, 10 to 300 Hz",
            "pinched hysteresis loops, their areas against the theory of PRL 130, 268401; a movie",
        ),
        "memristor_pulses": (
            "the same, trains of pulses to -1 V and 1 V",
            "potentiation, depression, and the memory time of the salt",
        ),
        "bipolar_memristor": (
            "cone 2 um long, wall charge from positive to negative, 300 Hz to 5 kHz",
            "wider and faster loops",
        ),
        "pressure_pulses": (
            "the cone again, pulses of voltage and pressure in two tracks",
            "pressure enhances, reduces or resets the memory",
        ),
        "chemical_synapse": (
            "cone, 40 to 10 nm, whose wall exchanges a divalent for a trivalent anion, pulses of the latter",
            "adsorption in time: potentiation by pulses of a transmitter, loss after them",
        ),
        "barrier_pore": (
            "an ion channel as rates over barriers, with mouths of 0.5 nm radius, 150 mM KCl, a blocker inside",
            "voltage inactivation, and potentiation by a train of pulses",
        ),
    },
    "Transistors, gates and sensors": {
        "gated_slit": (
            "slit of 20 nm between 20 nm of silica with gates, -5 to 5 V, 1 mM",
            "nanofluidic field-effect transistor: transfer curve, on/off ratio, threshold",
        ),
        "ionic_transistor": (
            "three slits of 20 nm of opposite charge that meet in a T, 10 mM",
            "a bipolar junction transistor for ions: the base controls the current between emitter and collector",
        ),
        "junction_mesh": (
            "three slits of 20 nm that meet, from a Gmsh script, 1 mM",
            "a mesh of one's own with three terminals; one of them controls the current between the others",
        ),
        "ph_gate": (
            "slit of 20 nm in silica, pH 4 to 10, 1 mM to 1 M",
            "charge and conductance that follow from pH and salt, against exact ones",
        ),
        "buffered_gate": (
            "slit of 30 nm in silica, 1 mM KCl and 2 mM Tris, pH 8 against 6 to 9",
            "a pH on one side gates the current, through a buffer of real pKa",
        ),
        "calcium_charge_inversion": (
            "slit of 100 nm in silica, 0.1 mM to 1 M CaCl2, a pressure of 1 bar",
            "bound calcium turns the charge of the wall and the streaming current (PRL 96, 224502 (2006))",
        ),
        "crown_ether_gate": (
            "cone, 50 to 3 nm, with crown ethers on its wall, 100 mM KCl or NaCl",
            "bound potassium makes the wall positive and turns the diode around",
        ),
        "resistive_pulse": (
            "pore of 10 nm radius and 30 nm length, charged sphere of 5 nm, 100 mM",
            "current and force against the position of the sphere; Maxwell's and DeBlois and Bean's blockade",
        ),
    },
    "Conductance, flow and polarization": {
        "slit_conductance": (
            "slit of 70 nm, -60 mC/m², 0.01 mM to 1 M",
            "the surface-governed conductance plateau of Stein et al., PRL 93, 035901 (2004)",
        ),
        "nanopore_membrane": (
            "pore of 5 nm in 20 nm of silicon nitride, 1 mM to 1 M",
            "leakage field of the solid, access resistance, conductance by the wall's charge",
        ),
        "slit_electroosmosis": (
            "slit of 20 nm, 1 mM",
            "overlapping double layers against the exact long-channel solution",
        ),
        "viscosity_gradient": (
            "slit of 20 nm, -10 mC/m², between 1 and 60 % of glycerol, 1 mM",
            "rectification by a gradient of viscosity, and the current at no voltage by convention",
        ),
        "pressure_cone": ("cone, 446 to 98 nm, 10 um long, 1 mM", "streaming current, rectification tuned by pressure"),
        "slit_polarization": (
            "microchannel, charged nanoslit, microchannel",
            "concentration polarization, limiting current and beyond",
        ),
        "leaky_membrane": (
            "microchannel of 1 mm at a cation exchanger, 1 mM, electroneutral",
            "overlimiting current by surface conduction (PRL 107, 118301 (2011))",
        ),
        "preconcentrator": (
            "slit of 50 nm between microchannels, 1 mM, pressure against voltage, traces of two dyes",
            "enrichment of fluorescein 600 times in front of the slit, where a neutral dye passes",
        ),
        "micro_nano_plug": (
            "microchannel, plug of Nafion, microchannel, 1.1 mm in all, 1 mM, electroneutral",
            "depletion at the plug after a step of 0.5 V against Sand's time and the limiting current; a movie",
        ),
    },
    "Gradients of salt": {
        "osmotic_cone": (
            "cone, 50 to 5 nm, 1 um long, -60 mC/m², between 1 mM and 1 M KCl",
            "reversal potential, osmotic power, the load that gives most of it, and power density",
        ),
        "sieve_kcl_licl": (
            "laminate of slits of 0.9 nm between 10 mM KCl and LiCl, electroneutral",
            "hindrance and barriers that tell K, Na and Li apart, against the closed form of their potential",
        ),
        "permselectivity": (
            "charged membrane of 100 um between 1 and 100 mM KCl, electroneutral",
            "potential, transference numbers and power by the fixed charge, against Teorell, Meyer and Sievers",
        ),
    },
    "Three dimensions": {
        "slit_3d": (
            "slit of 20 nm between side walls, 20 to 160 nm wide, 10 mM",
            "what side walls add to the conductance and take from the electroosmotic flow, against exact numbers",
        ),
        "cone_3d": (
            "cone, 20 to 5 nm, 200 nm long, 10 mM, on a quarter of it",
            "a rectifying pore against the same in two dimensions",
        ),
        "elliptic_pore": (
            "pore of 100 nm whose elliptic outline narrows from 40 by 24 to 16 by 8 nm, 10 mM",
            "a flattened pore that rectifies",
        ),
        "junction_3d": (
            "T of three slits with side walls, 10 by 10 nm, between reservoirs, 10 mM",
            "currents and flow rates of the arms",
        ),
        "mesh_3d": (
            "pore of 5 nm radius that bends by a right angle, 10 mM, from a Gmsh script",
            "a device of one's own in three dimensions: names, a plane of symmetry, error bars from a second mesh",
        ),
        "pore_array": (
            "square lattice of pores of 5 nm radius in a membrane of 20 nm, 10 mM",
            "the conductance of a pore against the distance of its neighbours",
        ),
    },
    "Electrodes, charging and pumps": {
        "blocking_cell": (
            "closed cell of 200 nm, Stern layers, ±1 thermal voltage",
            "charging of double layers (PRE 70, 021506 (2004)); with `impedance.yaml` its spectrum",
        ),
        "thin_film_cell": (
            "closed cell of 500 nm between electrodes of a metal that dissolves and is deposited, held currents",
            "exact voltages up to and beyond the limiting current, SIAM J. Appl. Math. 65, 1463 (2005)",
        ),
        "agcl_pore": (
            "pore of 5 nm radius between 10 and 100 mM KCl, with silver chloride electrodes, from a Gmsh script",
            "open-circuit potential against the wall's charge: membrane and electrodes together",
        ),
        "slit_charging": (
            "slit of 20 nm between microchannels, 1 mM, a step of 0.5 V",
            "displacement current, charging, slow redistribution of salt",
        ),
        "steric_slit": (
            "slit of 5 nm between conducting walls, 1 M TEABF4 in acetonitrile, 0 to 0.6 V",
            "capacitance of a supercapacitor against the size of the ions; with `charging.yaml` its charging in time",
        ),
        "ion_delivery": (
            "film of 200 um of a cation exchanger, three ions, a pulse of 0.5 V, electroneutral",
            "an organic ion pump: dose by charge, leakage when off",
        ),
    },
}
"""Cases by subject, each with its device and what it shows."""
