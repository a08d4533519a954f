"""Every column of every kind of study has an entry in the table of quantities, and every entry has a column."""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from csv import DictReader
from pathlib import Path
from typing import Any

import pytest
from mpi4py import MPI

from solver.case.case import Case
from solver.inputs.errors import CaseError
from solver.parallel.progress import Silent
from solver.results.columns import Quantity
from solver.results.rows import parameter_columns
from solver.run import run
from solver.simulation.directory import DirectorySink
from solver.studies.columns import TABLES, check_headers
from tests.support import filled_slit
from tests.support.small_cone import COARSE, small_cone
from tests.support.strip_with_pores import strip

pytestmark = pytest.mark.serial

STERN = {"thickness": 0.5e-9, "relative_permittivity": 10.0}
CELL: dict[str, Any] = {
    "geometry": {"type": "cell", "length": 20e-9, "width": 20e-9, "height": 20e-9},
    "electrolyte": {"species": {"K": {}, "Cl": {}}, "concentration": 10.0},
    "walls": {side: {"potential": 0.0, "stern": STERN} for side in ("left", "right")}
    | {"side": {"adsorption": [{"density": 1e-8, "binds": {"K": {"k_on": 1e3, "k_off": 1e5}}}]}},
    "mesh": {"wall_size": "1 debye_length"},
    "solver": {"flow": "none"},
}
WALL = {"surface_charge": -20e-3, "stern": STERN}
SALT = {
    "K": {"stoichiometry": 1},
    "Cl": {"stoichiometry": 1},
    "urea": {"valence": 0, "diffusivity": 1e-9, "stoichiometry": 1},
}
CONE = small_cone(30.0, base={"potential": 0.1}) | {
    "mesh": COARSE,
    "walls": {"channel": WALL},
    "electrolyte": {"species": SALT, "concentration": 30.0},
}
REACTING = CELL | {
    "electrolyte": {"species": SALT, "concentration": 30.0},
    "walls": {
        side: {
            **held,
            "stern": STERN,
            "reactions": [
                {"type": "butler_volmer", "equation": "K+ + e- = K(s)", "exchange_current": 1e3},
                {"type": "linear", "equation": "urea + 2 Cl- = X + 2 e-", "charge_transfer_resistance": 1e-6},
            ],
        }
        for side, held in (("left", {"current": 1e-13}), ("right", {"potential": 0.0}))
    },
}
PARTICLE: dict[str, Any] = {
    "geometry": {
        "type": "cylinder",
        "length": 20e-9,
        "radius": 5e-9,
        "reservoirs": None,
        "particle": {"radius": 2e-9, "position": 10e-9},
    },
    "electrolyte": {"species": {"K": {}, "Cl": {}}, "concentration": 30.0},
    "mesh": COARSE,
}
OPEN: dict[str, Any] = PARTICLE | {
    "geometry": {key: value for key, value in PARTICLE["geometry"].items() if key != "particle"},
    "terminals": {"right": {"flow_rate": 1e-18}},
    "walls": {"channel": {"zeta_potential": -0.01, "fluxes": {"K": 1e-3}, "water": {"permeability": 1e-15}}},
}
SITES: dict[str, Any] = {
    "geometry": {"type": "cylinder", "length": 20e-9, "radius": 5e-9, "reservoirs": None},
    "electrolyte": {"species": {"K": {}, "Cl": {}}, "concentration": 30.0, "pH": 7.0},
    "walls": {"channel": {"groups": "silica", "stern": STERN}},
    "mesh": COARSE,
    "solver": {"flow": "none"},
}
SPACE: dict[str, Any] = CONE | {
    "geometry": CONE["geometry"]
    | {"length": 20e-9, "radius_tip": 5e-9, "reservoirs": {"length": 20e-9, "radius": 20e-9}, "dimension": 3},
    "electrolyte": {"species": {"K": {}, "Cl": {}}, "concentration": 30.0},
    "mesh": {"wall_size": "2 debye_length", "corner_size": "2 debye_length", "growth": 6.0, "axial_cells": 2},
    "outputs": {"errors": "none"},
}
CASES: dict[str, dict[str, Any]] = {
    "steady": CONE
    | {
        "walls": {"channel": WALL, "membrane_base": {"potential": 0.01}, "membrane_tip": {"charge": 0.0}},
        "outputs": {"sensitivities": ["walls.channel.surface_charge"]},
    },
    "steady cell": CELL,
    "steady sites": SITES,
    "steady reactions": REACTING,
    "steady particle": PARTICLE,
    "steady open wall": OPEN,
    "steady trace": PARTICLE
    | {
        "geometry": OPEN["geometry"],
        "electrolyte": PARTICLE["electrolyte"] | {"trace": {"Na": {"concentration": 1e-6}}},
    },
    "steady space": SPACE,
    "steady gradient": PARTICLE
    | {
        "geometry": {key: value for key, value in PARTICLE["geometry"].items() if key != "particle"},
        "terminals": {"right": {"concentration": 60.0}},
        "walls": {"channel": {"surface_charge": -10e-3}},
        "study": {"type": "reversal", "pore_density": 1e12, "electrode_ion": "Cl"},
    },
    "transient": CONE
    | {
        "walls": {"channel": WALL, "membrane_tip": {"charge": 0.0}},
        "study": {
            "type": "transient",
            "protocol": [{"type": "ramp", "duration": 1e-8, "to": {"terminals.base.potential": 0.11}}],
        },
    },
    "transient space": SPACE
    | {
        "study": {
            "type": "transient",
            "protocol": [{"type": "ramp", "duration": 1e-10, "to": {"terminals.base.potential": 0.11}}],
        }
    },
    "transient cell": CELL
    | {
        "study": {
            "type": "transient",
            "protocol": [{"type": "ramp", "duration": 1e-8, "to": {"walls.left.potential": 0.01}}],
        }
    },
    "transient reactions": REACTING
    | {
        "study": {
            "type": "transient",
            "protocol": [{"type": "ramp", "duration": 1e-8, "to": {"walls.left.current": 2e-13}}],
        }
    },
    "transient particle": PARTICLE
    | {
        "study": {
            "type": "transient",
            "protocol": [{"type": "ramp", "duration": 1e-10, "to": {"terminals.left.potential": 0.01}}],
        }
    },
    "transient sites": SITES
    | {
        "study": {
            "type": "transient",
            "protocol": [{"type": "ramp", "duration": 1e-10, "to": {"terminals.left.potential": 0.01}}],
        }
    },
    "transient open wall": OPEN
    | {
        "study": {
            "type": "transient",
            "protocol": [{"type": "ramp", "duration": 1e-10, "to": {"terminals.left.potential": 0.01}}],
        }
    },
    "impedance": CONE | {"study": {"type": "impedance", "terminal": "base", "frequencies": [1e6]}},
    "impedance sites": SITES | {"study": {"type": "impedance", "terminal": "left", "frequencies": [1e6]}},
}
PLUGS: dict[str, dict[str, Any]] = {
    "steady plug": {},
    "transient plug": {
        "study": {
            "type": "transient",
            "protocol": [{"type": "ramp", "duration": 1e-8, "to": {"regions.plug.fixed_charge": -90.0}}],
        }
    },
}
"""What differs of a slit with a membrane."""
PORES: dict[str, dict[str, Any]] = {
    "steady pores": {},
    "transient pores": {
        "study": {
            "type": "transient",
            "protocol": [{"type": "ramp", "duration": 1e-8, "to": {"terminals.left.potential": 0.11}}],
        }
    },
}
"""What differs of a membrane with pores."""


@pytest.fixture(scope="module")
def results(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """A small result of every kind."""
    found = {}
    mesh = filled_slit.write(tmp_path_factory.mktemp("columns") / "slit.msh", solid=False)
    plugs = {
        name: filled_slit.values(mesh, solid=False, solver={"flow": "none"}, outputs={}, **changes)
        for name, changes in PLUGS.items()
    }
    pores = {name: strip(tmp_path_factory.mktemp("columns")) | changes for name, changes in PORES.items()}
    for name, data in (CASES | plugs | pores).items():
        found[name] = tmp_path_factory.mktemp("columns") / name
        run(Case.model_validate(data), DirectorySink.at(found[name], MPI.COMM_SELF), MPI.COMM_SELF, progress=Silent)
    return found


def headers(path: Path) -> list[str]:
    """Headers of a CSV file, without those of swept and driven keys; none when there is no such file."""
    if not path.exists():
        return []
    with path.open() as file:
        found = list(DictReader(file).fieldnames or ())
    keys = [header for header in parameter_columns(found) if "." in header]
    return [header for header in found if header not in keys]


def entries(file: str) -> list[Quantity]:
    """Entries of a file, and of the error columns that belong to them."""
    return [one for entry in TABLES[file] for one in (entry, entry.error_column) if one is not None]


@pytest.mark.parametrize("name", [*CASES, *PLUGS, *PORES])
def test_every_column_is_described_in_the_result(results: dict[str, Path], name: str) -> None:
    described = json.loads((results[name] / "run.json").read_text())["columns"]
    for file in TABLES:
        found = headers(results[name] / file)
        assert sorted(found) == sorted(described.get(file, {})), file
        for entry in described.get(file, {}).values():
            assert entry["label"]
            assert entry["description"]


@pytest.mark.parametrize("file", TABLES)
def test_every_entry_has_a_column_in_the_studies_it_names(results: dict[str, Path], file: str) -> None:
    names = {
        "terminal": ["base", "tip", "left"],
        "trace": ["Na"],
        "electrode": ["left", "right", "membrane"],
        "reacting": ["left", "right"],
        "conductor": ["membrane_tip"],
        "floating": ["membrane_tip", "left"],
        "flow_terminal": ["right"],
        "open_wall": ["channel"],
        "zeta_wall": ["channel"],
        "port": ["base", "tip"],
        "wall": ["side"],
        "species": ["K", "Cl", "urea"],
        "phase": ["assembly", "factorisation"],
        "region": ["plug"],
        "side": ["left", "right"],
        "sites": ["silanol_free", "silanol_H"],
        "pore": ["pore"],
        "pore_state": ["K"],
    }
    written: dict[str, set[str]] = defaultdict(set)
    for name, path in results.items():
        written[name.split()[0]].update(headers(path / file))
    unseen = {
        (entry.header, kind)
        for entry in entries(file)
        for kind in entry.studies
        if not any(header in written[kind] for header, _ in Quantity(entry.header, "", "").columns(names))
    }
    assert not unseen, "entries without a column"
    stray = {
        (header, kind)
        for kind, found in written.items()
        for entry in entries(file)
        if kind not in entry.studies
        for header, _ in Quantity(entry.header, "", "").columns(names)
        if header in found
    }
    assert not stray, "columns of studies that the table does not name"


def test_no_two_entries_are_of_one_column() -> None:
    for file in TABLES:
        count = Counter(entry.header for entry in entries(file))
        assert max(count.values()) == 1, [header for header, number in count.items() if number > 1]


@pytest.mark.parametrize(
    ("changes", "text"),
    [
        (
            {"trace": {"x": 1.0, "x_error": 1.0}},
            "electrolyte.trace.x: .* two columns 'molar_rate_left_x_error .* of 'x_err",
        ),
        ({"pores": ("p", "p_K")}, "pores.p: .* two columns 'pore_current_p_K .A.', of 'p_K' and of 'K' of 'p'"),
    ],
)
def test_names_that_give_one_column_twice_are_refused(tmp_path: Path, changes: dict[str, Any], text: str) -> None:
    data = strip(tmp_path)
    tracer = {"valence": -1, "diffusivity": 1e-9, "concentration": 1e-6}
    data["electrolyte"]["trace"] = dict.fromkeys(changes.get("trace", ()), tracer)
    (pore,) = data["pores"].values()
    if "pores" in changes:
        data["geometry"]["walls"] |= {f"{side}2": f"{side} 2" for side in ("left", "right")}
        mouths = [pore["mouths"], ["left2", "right2"]]
        data["pores"] = {n: {**pore, "mouths": m} for n, m in zip(changes["pores"], mouths, strict=True)}
    case = Case.model_validate(data)
    with pytest.raises(CaseError, match=text):
        check_headers(case)


def test_texts_are_sentences() -> None:
    for file in TABLES:
        for entry in entries(file):
            assert entry.description[0].isupper(), entry.header
            assert entry.description.endswith("."), entry.header
            assert not entry.label.endswith("."), entry.header
