"""What a copy of the program with the toys in it computes, as JSON on the last line; run in that copy."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import gmsh
import numpy as np

import nanochannel as nc

SLIT: dict[str, Any] = {
    "geometry": {
        "type": "slit",
        "length": "40 nm",
        "height": "8 nm",
        "width": "1 um",
        "reservoirs": {"length": "20 nm", "half_height": "20 nm"},
    },
    "electrolyte": {"species": {"K": {}, "Cl": {}}, "concentration": "20 mM"},
    "terminals": {"left": {"potential": "0.1 V"}},
    "mesh": {"growth": 4, "axial_cells": 4, "wall_size": "1 debye_length", "corner_size": "0.2 debye_length"},
    "outputs": {"errors": "none"},
}


def simulated(**changes: object) -> nc.SimulationResult:
    """The slit with other keys."""
    return nc.simulate(nc.Case(**SLIT | changes), progress=False)


def walls() -> dict[str, list[float]]:
    """Current, flow rate and surface potential of the toy wall, and of an electrode behind the same capacitance."""
    columns = ["current [A]", "flow_rate [m^3/s]", "zeta_potential_mean [V]"]
    thickness, permittivity = 1e-9, 8.8541878188e-12 * 10.0
    toy = {"capacitance": permittivity / thickness, "neutral_potential": "-0.3 V"}
    kinds = {
        "toy": {"regulation": toy},
        "stern": {"potential": "-0.3 V", "stern": {"thickness": thickness, "relative_permittivity": 10.0}},
    }
    mesh = {**SLIT["mesh"], "refinement": 1}
    results = {name: simulated(walls={"channel": wall}, mesh=mesh) for name, wall in kinds.items()}
    return {name: list(result.table[columns].iloc[0]) for name, result in results.items()}


def electrolyte(charge: float = 0.1, diameter: float = 1.5e-9) -> dict[str, float]:
    """Potential of the charged walls of a wide slit at rest, in the toy electrolyte and in the ideal one."""
    geometry = {**SLIT["geometry"], "height": "20 nm"}
    found = {}
    for name, model in {"one_size": {"type": "one_size", "diameter": diameter}, "ideal": {"type": "ideal"}}.items():
        result = simulated(
            geometry=geometry,
            electrolyte={"species": {"K": {}, "Cl": {}}, "concentration": "100 mM", "model": model},
            terminals={},
            walls={"channel": {"surface_charge": charge}},
            solver={"flow": "none"},
            mesh={"refinement": 1},
        )
        x, y, _ = np.asarray(result.fields[0].points).T
        wall = (np.abs(y - 10e-9) < 1e-14) & (np.abs(x - 20e-9) < 4e-9)
        found[name] = float(np.mean(np.asarray(result.fields[0]["potential"])[wall]))
    return found


def draw_layers(path: Path, length: float = 100.0, height: float = 4.0) -> None:
    """A mesh (nm) of two liquids with a gel between them, and of glass above."""
    gmsh.initialize()
    gmsh.option.setNumber("General.Terminal", 0)
    occ = gmsh.model.occ
    below = [(2, occ.addRectangle(k * length, 0, 0, length, height)) for k in range(3)]
    parts, _ = occ.fragment(below, [(2, occ.addRectangle(0, height, 0, 3 * length, height))])
    occ.synchronize()
    for _, surface in parts:
        x, y, _ = occ.getCenterOfMass(2, surface)
        name = "glass" if y > height else ("before", "gel", "after")[int(x // length)]
        gmsh.model.addPhysicalGroup(2, [surface], name=name)
    lines: dict[str, list[int]] = {"left": [], "right": [], "bottom": [], "top": []}
    for _, line in gmsh.model.getEntities(1):
        x, y, _ = occ.getCenterOfMass(1, line)
        ends = {0.0: "left", 3 * length: "right"} if y < height else {}
        name = ends.get(round(x, 6)) or {0.0: "bottom", height: "top"}.get(round(y, 6))
        if name:
            lines[name].append(line)
    for name, members in lines.items():
        gmsh.model.addPhysicalGroup(1, members, name=name)
    field = gmsh.model.mesh.field
    formula = f"0.3 + 0.2 * min(abs(x - {length}), abs(x - {2 * length}))"
    field.setString(field.add("MathEval", 1), "F", formula.replace("min(", "Min(").replace("abs(", "Fabs("))
    field.setAsBackgroundMesh(1)
    gmsh.model.mesh.generate(2)
    gmsh.write(str(path))
    gmsh.finalize()


def region() -> dict[str, Any]:
    """Potential in a gel, and conductances of the device with the gel and with liquid in its place."""
    draw_layers(Path("layers.msh"))
    geometry = {
        "type": "file",
        "path": "layers.msh",
        "symmetry": "planar",
        "width": "1 um",
        "scale": 1e-9,
        "terminals": {"left": "left", "right": "right"},
        "walls": {"bottom": "bottom", "top": "top"},
    }

    def layers(gel: object, **changes: object) -> nc.SimulationResult:
        regions = {"before": "fluid", "gel": gel, "after": "fluid"}
        electrolyte = {"species": {"K": {}, "Cl": {}}, "concentration": "100 mM"}
        case = {"geometry": geometry, "electrolyte": electrolyte, "regions": regions, "solver": {"flow": "none"}}
        return nc.simulate(nc.Case(**case | {"outputs": {"errors": "none"}} | changes), progress=False)

    def refusal(regions: dict[str, str]) -> str:
        try:
            layers("fluid", regions=regions)
        except nc.MeshError as error:
            return str(error)
        return ""

    gel = {"type": "gel", "fixed_concentration": "200 mM"}
    fields = layers(gel).fields[0]
    x, y, _ = np.asarray(fields.points).T
    assert y.max() < 5e-9
    middle = np.abs(x - 150e-9) < 20e-9
    biased = {"terminals": {"left": {"potential": "1 mV"}}}
    return {
        "potential": float(np.mean(np.asarray(fields["potential"])[middle])),
        "with_gel": float(layers(gel, **biased).table["current [A]"].iloc[0]),
        "without": float(layers("fluid", **biased).table["current [A]"].iloc[0]),
        "unsaid": refusal({}),
        "unknown": refusal({"jelly": "fluid"}),
    }


def reaction() -> dict[str, Any]:
    """Amounts of two neutral solutes of which one turns into the other, at the start of a run in time and after a step."""
    neutral = {"valence": 0, "diffusivity": "1e-9 m^2/s", "stoichiometry": 1}
    decay = {"type": "first_order", "reactant": "A", "product": "B", "rate_constant": "2e6 1/s"}
    electrolyte = {
        "species": {"K": {"stoichiometry": 1}, "Cl": {"stoichiometry": 1}, "A": neutral, "B": neutral},
        "concentration": "20 mM",
        "reactions": {"decay": decay},
    }
    protocol = [
        {"type": "step", "to": {"terminals.left.potential": "0.2 V"}},
        {"type": "hold", "duration": "1 us"},
    ]
    study = {"type": "transient", "protocol": protocol, "record_every": "0.5 us"}
    result = simulated(electrolyte=electrolyte, solver={"flow": "none"}, study=study)
    try:
        nc.Case(**SLIT | {"electrolyte": electrolyte | {"reactions": {"bad": decay | {"reactant": "K"}}}})
        refused = ""
    except nc.CaseError as error:
        refused = str(error)
    columns = ["time [s]", "salt_balance_error", "amount_K [mol]", "amount_A [mol]", "amount_B [mol]"]
    entering = [f"current_{terminal}_K [A]" for terminal in ("left", "right")]
    return {"rows": result.table[columns + entering].to_dict("records"), "refused": refused}


def quantity() -> dict[str, float]:
    """Rows of the toy quantity, and what they follow from."""
    row = simulated().table.iloc[0]
    return {str(name): float(row[name]) for name in row.index if name.startswith(("power_", "amount_", "current"))}


def study() -> dict[str, Any]:
    """Summary and rows of the toy study."""
    result = simulated(
        walls={"channel": {"surface_charge": "-10 mC/m^2"}},
        study={"type": "pair", "terminal": "left", "potential": "0.2 V"},
    )
    return {
        "summary": result.summary["pair"],
        "sides": list(result.table["side"]),
        "bias": list(result.table["bias [V]"]),
    }


def element() -> dict[str, Any]:
    """A circuit with the toy element, swept along its key."""
    from circuits.description.json_schema import circuit_schema

    def made(coefficient: str) -> nc.Circuit:
        elements = {
            "E": {"type": "battery", "voltage": "1 V", "terminals": ["plus", "bath"]},
            "R": {"type": "resistor", "resistance": "1 ohm", "terminals": ["plus", "out"]},
            "X": {"type": "varistor", "coefficient": coefficient, "terminals": ["out", "bath"]},
        }
        nodes = {"plus": {}, "out": {}, "bath": {"ground": True}}
        study = {"type": "sweep", "parameter": "elements.X.coefficient", "values": ["1 A/V^3", "2 A/V^3"]}
        return nc.Circuit(circuit={"nodes": nodes, "elements": elements}, study=study)

    table = nc.simulate(made("1 A/V^3"), progress=False).table
    try:
        made("1 V")
        refused = ""
    except nc.CaseError as error:
        refused = str(error)
    return {
        "coefficients": list(table["elements.X.coefficient [A/V^3]"]),
        "potentials": list(table["potential_out [V]"]),
        "currents": list(table["current_X [A]"]),
        "in_schema": "Varistor" in circuit_schema()["$defs"],
        "refused": refused,
    }


PARTS = (walls, electrolyte, region, reaction, quantity, element, study)

if __name__ == "__main__":
    print(json.dumps({part.__name__: part() for part in PARTS}))
