"""Walls in electrolytes that are not ideal: what they bind and pass rests where electrochemical potentials are equal."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

from solver.case.case import Case
from solver.case.electrolyte import Electrolyte
from solver.check.openings import opening_warnings
from solver.laws.algebra import NUMBERS
from solver.laws.electrodes.butler_volmer import ButlerVolmer
from solver.laws.electrodes.marcus_hush_chidsey import MarcusHushChidsey
from solver.laws.pores.base import Mouths
from solver.laws.pores.single_occupancy import SingleOccupancy
from solver.laws.walls.adsorption import Adsorption, Sites
from solver.laws.walls.groups import Regulation
from solver.laws.walls.reactions import ElectrodeReactions
from solver.laws.walls.site_types import Site
from solver.physics.solution import Solution
from tests.support.cone_case import make
from tests.support.reacting_cell import AREA, DEPOSITION, LIMITING, cell, currents, mesh_of, reached, solver_of

SIZES = {"K": "0.6 nm", "Cl": "0.4 nm"}
MODELS: list[Any] = [
    "ideal",
    {"type": "bikerman", "size": "0.5 nm"},
    {"type": "lattice_gas", "sizes": SIZES},
    {"type": "carnahan_starling", "size": "0.5 nm"},
    {"type": "bmcsl", "sizes": SIZES},
    "debye_hueckel",
    "davies",
    "measured",
]
POTENTIALS = (-6.0, -1.0, 0.0, 0.5, 4.0)
"""Thermal voltages against the bulk, as across a double layer at equilibrium."""


@pytest.fixture(params=MODELS, ids=lambda model: model if isinstance(model, str) else model["type"])
def solution(request: pytest.FixtureRequest) -> Solution:
    """1 M KCl in which activities are 10 to 70 % away from concentrations, but in the ideal one."""
    liquid = Electrolyte.model_validate({"species": {"K": {}, "Cl": {}}, "concentration": 1e3, "model": request.param})
    found = liquid.solution(liquid.salt(1e3))
    assert (request.param == "ideal") == (abs(found.potentials["K"]) < 0.05)
    return found


def test_what_binds_has_one_free_energy(solution: Solution) -> None:
    """ln(taken / free) - mu_i + z_i y is the same at every potential and the logarithm of K (in l/mol), at rest."""
    kinds = [
        {"binds": {"K": {"k_on": 2e-3, "k_off": 1.0}}},
        {"exchange": {"incoming": "K", "outgoing": "Cl", "k_out": 1.0, "selectivity": 3.0}},
    ]
    law = Adsorption(tuple(Sites.model_validate({"density": 3.0, **kind}) for kind in kinds))
    sites = Regulation(
        (Site.model_validate({"site": "own", "density": 1e18, "charge": -1, "binds": [{"K": 1, "pK": 0.4}]}),)
    )
    mu = solution.potentials
    for y in POTENTIALS:
        at = law.in_solution(y * solution.thermal_voltage, solution)
        assert list(law.rates(at, NUMBERS).values()) == pytest.approx(
            [0.0, 0.0], abs=1e-9 * max(at.activity("K"), at.activity("Cl"))
        )
        taken, exchanged = at.coverages["0.K"], at.coverages["1.K"]
        assert math.log(taken / (3.0 - taken)) - mu["K"] + y == pytest.approx(math.log(2.0), abs=1e-9)
        ratio = math.log(exchanged / (3.0 - exchanged)) - (mu["K"] - y) + (mu["Cl"] + y)
        assert ratio == pytest.approx(math.log(3.0), abs=1e-9)
        bare, bound = sites.fractions(sites.in_solution(y * solution.thermal_voltage, solution), NUMBERS).values()
        assert math.log(bound / bare) - mu["K"] + y == pytest.approx(0.4 * math.log(10.0), abs=1e-9)


KINETICS = [
    ButlerVolmer(equation="K+ + e- = K(s)", exchange_current=1.0, transfer_coefficient=0.3),
    MarcusHushChidsey(equation="AgCl + e- = Ag + Cl-", exchange_current=1.0, reorganization_energy="0.4 eV"),
]


@pytest.mark.parametrize("kinetics", KINETICS, ids=["cation", "anion"])
def test_electrodes_pass_no_current_where_metal_and_ions_are_in_equilibrium(solution: Solution, kinetics: Any) -> None:
    """Behind any double layer at one potential of the metal, which is that of Nernst by activities."""
    law = ElectrodeReactions([kinetics])
    sign, name = (1.0, "K") if "K+" in kinetics.equation else (-1.0, "Cl")
    expected = sign * solution.potentials[name] * solution.thermal_voltage
    assert law.rest_in(solution) == pytest.approx(expected, abs=1e-12)
    for y in POTENTIALS:
        at = law.in_solution(y * solution.thermal_voltage, solution).with_metal(expected - y * solution.thermal_voltage)
        ((_, current),) = law.currents(at, NUMBERS)
        assert abs(current) < 1e-9 * (1.0 + at.activity(name))


def test_pores_pass_nothing_between_places_of_one_equilibrium(solution: Solution) -> None:
    kinetics = SingleOccupancy.model_validate({"species": {"K": {"k_on": 1e5, "k_off": 1e7, "k_on_second": 3e4}}})
    ends = [{"K": 1e3 * math.exp(solution.potentials["K"] - y)} for y in (-1.5, 0.7)]
    at = Mouths((ends[0], ends[1]), -2.2, {"K": 1}, kinetics.coefficients())
    passing = kinetics.transport(at, kinetics.settled(at), NUMBERS)["K"]
    assert abs(float(np.asarray(passing))) < 1e-12 * 1e7


def test_a_cell_of_unlike_electrodes_at_one_potential_has_no_current() -> None:
    """Their double layers differ, and so do the activity coefficients of crowded ions in them. By concentrations a current
    would pass, a tenth of the limiting one."""
    reaction = {**DEPOSITION, "equilibrium_potential": 0.1}
    data = cell({"potential": 0.0}, reaction=reaction, mesh={}).model_dump(mode="json")
    data["electrolyte"]["model"] = {"type": "bikerman", "size": "4 nm"}
    data["walls"]["right"]["stern"] = {"thickness": "5 nm"}
    case = Case.model_validate(data)
    found = reached(solver_of(case, mesh_of(case)), case)
    assert np.abs(currents(found)).max() < 1e-6 * LIMITING * AREA


def test_nothing_leaks_between_a_bath_and_a_region_in_equilibrium_with_it() -> None:
    """Where ions are fewer in a part of the slit, but at the electrochemical potential of the bath."""
    leak = {"concentrations": {"K": "10 mM"}, "conductance": {"K": "10 S/m^2"}}
    case = Case.model_validate(
        {
            "geometry": {"type": "slit", "length": "100 nm", "height": "10 nm", "width": "1 um", "reservoirs": None},
            "electrolyte": {"species": {"K": {}, "Cl": {}}, "concentration": "10 mM"},
            "regions": {"sieve": {"type": "confinement", "partition": {"K": 0.2, "Cl": 0.3}, "from": "50 nm"}},
            "walls": {"channel": {"leak": leak}},
            "solver": {"flow": "none"},
        }
    )
    found = reached(solver_of(case, mesh_of(case)), case)
    assert np.abs(currents(found)).max() < 1e-22  # of the local concentrations a current of 4e-14 A would pass


def test_check_says_what_of_walls_goes_by_concentrations() -> None:
    leak = {"concentrations": {"K": "1 M"}, "permeability": {"K": "1 um/s"}}
    walls = {"channel": {"leak": leak, "water": {"permeability": "1e-12 m/s/Pa", "osmolarity": "2 M"}}}
    for model, kinds in (("ideal", []), ("davies", ["permeable channel", "osmolarity channel"])):
        case = make({"electrolyte.concentration": "1 M", "electrolyte.model": model, "walls": walls})
        assert list(dict(opening_warnings(case))) == kinds
    charged = {"channel": {"leak": leak, "surface_charge": -0.01}}
    assert list(dict(opening_warnings(make({"walls": charged})))) == ["layer channel"]
