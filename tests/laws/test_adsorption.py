"""Adsorption as a formula: rates, isotherms, what the wall holds, and what a case cannot say."""

from __future__ import annotations

import dataclasses
from typing import Any

import pytest

from solver.case.case import Case, CaseError
from solver.laws.algebra import NUMBERS
from solver.laws.walls.adsorption import PER_SQUARE_NANOMETRE, Adsorption, Sites
from solver.laws.walls.base import WallState
from solver.physics.constants import AVOGADRO, FARADAY

BINDING = {"k_on": 2.0, "k_off": 6.0}
COMPETING = {"K": BINDING, "Cl": {"k_on": 5.0, "equilibrium_constant": 0.1}}
EXCHANGE = {"incoming": "K", "outgoing": "Cl", "k_out": 4.0, "selectivity": 0.5}


def law(*sites: dict[str, Any]) -> Adsorption:
    """Of sites of 3 mol/m^2, which have a charge of -1."""
    return Adsorption(tuple(Sites.model_validate({"density": 3.0, "charge": -1, **site}) for site in sites))


def state(of: Adsorption, coverages: dict[str, float]) -> WallState:
    """10 mol/m^3 of K, 20 of Cl."""
    return WallState(
        potential=0.0,
        concentrations={"K": 10.0, "Cl": 20.0},
        position=0.0,
        coefficients=of.coefficients(78.5),
        virtual_potential=0.0,
        wall_potential=None,
        thermal_voltage=0.025,
        interpolated=lambda function: 0.0,
        valences={"K": 1, "Cl": -1},
        coverages=coverages,
    )


def test_species_compete_for_free_sites_and_given_quotients_make_rates() -> None:
    found = law({"binds": COMPETING})
    rates = found.rates(state(found, {"0.K": 0.5, "0.Cl": 1.0}), NUMBERS)
    assert rates == {"0.K": pytest.approx(2 * 10 * 1.5 - 6 * 0.5), "0.Cl": pytest.approx(5 * 20 * 1.5 - 50 * 1.0)}
    other = law({"binds": {"K": {"k_off": 6.0, "equilibrium_constant": 1 / 3}}})
    assert other.rates(state(other, {"0.K": 0.5}), NUMBERS)["0.K"] == pytest.approx(2 * 10 * 2.5 - 6 * 0.5)


def test_an_exchange_keeps_all_sites_taken() -> None:
    found = law({"exchange": EXCHANGE})
    at = state(found, {"0.K": 0.5})
    assert found.rates(at, NUMBERS) == {"0.K": pytest.approx(2 * 10 * 2.5 - 4 * 20 * 0.5)}
    assert found.held(at, NUMBERS) == {"K": 0.5, "Cl": 2.5}
    assert found.charge(at, NUMBERS) == pytest.approx(-3.0 * FARADAY)
    assert found.held_charge(at, NUMBERS) == pytest.approx((0.5 - 2.5) * FARADAY)


def test_settled_coverages_do_not_change_and_sites_of_two_types_add_up() -> None:
    found = law({"binds": COMPETING}, {"exchange": EXCHANGE})
    empty = state(found, {})
    settled = found.settled(empty, NUMBERS)
    assert settled["0.K"] == pytest.approx(3.0 * (10 / 3) / (1 + 10 / 3 + 2))
    full = dataclasses.replace(empty, coverages=settled)
    assert list(found.rates(full, NUMBERS).values()) == pytest.approx([0.0] * 3, abs=1e-12)
    assert sum(found.held(full, NUMBERS).values()) == pytest.approx(settled["0.K"] + settled["0.Cl"] + 3.0)
    assert found.capacities() == {"K": 6.0, "Cl": 6.0}


@pytest.mark.parametrize("text", ["8 /nm^2", "8 1/nm^2", "8/nm**2"])
def test_densities_may_be_numbers_of_sites(text: str) -> None:
    assert Sites.model_validate({"density": text, "binds": {"K": BINDING}}).density == pytest.approx(8e18 / AVOGADRO)
    assert pytest.approx(1e18 / AVOGADRO) == PER_SQUARE_NANOMETRE


def case(sites: Any, **changes: Any) -> Case:
    """A pore whose wall has sites."""
    return Case.model_validate(
        {
            "geometry": {"type": "cylinder", "length": "100 nm", "radius": "5 nm", "reservoirs": None},
            "electrolyte": {"species": {"K": {}, "Cl": {}}, "concentration": "10 mM"},
            "walls": {"channel": {"adsorption": sites, **changes}},
        }
    )


@pytest.mark.parametrize(
    ("site", "key", "text"),
    [
        ({"binds": {"Ca": BINDING}}, "", "there is no species 'Ca'; there are K, Cl"),
        (
            {},
            ".0.binds",
            "nothing takes the sites; write either 'binds: {K: {k_on: 200 1/(mM s), k_off: 10 1/s}}' or an",
        ),
        ({"binds": {"K": BINDING}, "exchange": EXCHANGE}, ".0.exchange", "given together with 'binds'; write either"),
        ({"binds": ["K"]}, ".0.binds", "['K'] is not a mapping; write e.g. '{K: {k_on"),
        (
            {"binds": {"K": {"k_on": 1.0}}},
            ".0.binds.K",
            "k_on alone does not say how fast and how strongly; give two of",
        ),
        (
            {"binds": {"K": {}}},
            ".0.binds.K",
            "nothing says how fast and how strongly; give two of k_on, k_off, equilibrium",
        ),
        (
            {"binds": {"K": BINDING | {"equilibrium_constant": 1}}},
            ".0.binds.K.equilibrium_constant",
            "which are both given",
        ),
        ({"binds": {"K": BINDING | {"k_off": 0}}}, ".0.binds.K.k_off", "'0' must be positive; write e.g. '10 1/s'"),
        ({"binds": {"K": BINDING | {"k_on": "1 1/s"}}}, ".0.binds.K.k_on", "'1 1/s' is not a quantity in m^3/mol/s"),
        (
            {"binds": {name: BINDING | {"initial": 0.7} for name in ("K", "Cl")}},
            ".0.binds",
            "the initial parts add up to 1.4, more than all sites",
        ),
        ({"exchange": EXCHANGE | {"outgoing": "K"}}, ".0.exchange.outgoing", "'K' cannot give way to itself"),
        ({"density": "-1 /nm^2"}, ".0.density", "'-1 /nm^2' is not a density of sites; write e.g. '1 /nm^2'"),
    ],
)
def test_what_sites_cannot_be_is_one_line(site: dict[str, Any], key: str, text: str) -> None:
    with pytest.raises(CaseError) as error:
        case([{"density": 1e-6, **site}])
    assert f"walls.channel.adsorption{key}: " in str(error.value)
    assert text in str(error.value)
    assert "\n" not in str(error.value)


def test_sites_do_not_go_with_some_laws() -> None:
    sites = [{"density": 1e-6, "charge": 1, "binds": {"K": BINDING}}]
    with pytest.raises(
        CaseError, match=r"channel\.adsorption\.0\.charge: sites on a metal have no charge of their own"
    ):
        case(sites, potential=0.0)
    with pytest.raises(CaseError, match=r"channel\.stern: .*the layer behind them changes nothing; leave it out"):
        case(sites, stern={"thickness": "0.5 nm"})
