"""Electrode reactions as numbers: equations, kinetics, rest potentials."""

from __future__ import annotations

import itertools
import math
import re
from collections.abc import Mapping
from typing import Any

import numpy as np
import pytest
from scipy.integrate import quad
from scipy.optimize import minimize_scalar

from solver.laws.algebra import NUMBERS
from solver.laws.electrodes import coupled_transfer
from solver.laws.electrodes.base import ElectrodeKinetics
from solver.laws.electrodes.butler_volmer import ButlerVolmer
from solver.laws.electrodes.coupled_transfer import CoupledIonElectronTransfer
from solver.laws.electrodes.given_current import GivenCurrent
from solver.laws.electrodes.linear import LinearKinetics
from solver.laws.electrodes.marcus import Marcus
from solver.laws.electrodes.marcus_hush_chidsey import (
    LARGEST_ENERGY,
    SMALLEST_ENERGY,
    MarcusHushChidsey,
    approximate_oxidation_rate,
    oxidation_rate,
)
from solver.laws.equation import Equation, atoms_of
from solver.laws.walls.base import WallState
from solver.laws.walls.reactions import ElectrodeReactions
from solver.physics.constants import ELEMENTARY_CHARGE, FARADAY, thermal_voltage

THERMAL = thermal_voltage(298.15)
SPECIES = {"K": 1, "Cl": -1, "Fe2": 2, "Fe3": 3, "H": 1, "NH4": 1, "SO4": -2, "H2": 0}


def state(law: ElectrodeReactions, difference: float, **concentrations: float) -> WallState:
    """The liquid in front of a metal whose potential is higher by some volts."""
    return WallState(
        potential=0.1,
        concentrations=concentrations,
        position=0.0,
        coefficients=law.coefficients(78.5),
        virtual_potential=0.0,
        wall_potential=0.1 + difference,
        thermal_voltage=THERMAL,
        interpolated=lambda function: None,
    )


def current(kinetics: ElectrodeKinetics, difference: float, **concentrations: float) -> float:
    """A/m^2."""
    law = ElectrodeReactions([kinetics])
    return float(law.currents(state(law, difference, **concentrations), NUMBERS)[0][1])


@pytest.mark.parametrize(
    ("text", "electrons", "made"),
    [
        ("Ag + Cl- = AgCl + e-", 1, {"Cl": -1}),
        ("Ag + Cl = AgCl + e-", 1, {"Cl": -1}),
        ("AgCl + e- <=> Ag + Cl-", 1, {"Cl": -1}),
        ("K+ + e- = K", 1, {"K": 1}),
        ("K(s) = K + e", 1, {"K": 1}),
        ("Fe2 = Fe3 + e-", 1, {"Fe2": -1, "Fe3": 1}),
        ("Fe3+ + e- -> Fe2+", 1, {"Fe2": -1, "Fe3": 1}),
        ("H2 = 2 H+ + 2 e-", 2, {"H2": -1, "H": 2}),
        ("2H+ + 2e- = H2(g)", 2, {"H": 2}),
        ("Pb + SO4 2- = PbSO4 + 2 e-", 2, {"SO4": -1}),
        ("2 NH4+ + 2 e- = 2 NH3 + H2(g)", 2, {"NH4": 2}),
        ("2 NH4+ + 2 e- = 2 NH3 + H2", 2, {"NH4": 2, "H2": -1}),
    ],
)
def test_an_equation_tells_its_species_and_electrons(text: str, electrons: int, made: Mapping[str, int]) -> None:
    equation = Equation.of(text)
    assert equation.objection(SPECIES) is None
    found = equation.dissolved(SPECIES)
    assert (found.electrons, dict(found.made)) == (electrons, made)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("Na+ + e- = Na", "'Na\\+' is no species of the electrolyte"),
        ("Cll- = X + e-", "did you mean 'Cl'"),
        ("Ag = AgCl + e-", "no species of the electrolyte takes part"),
        ("Cl- = X + 2 e-", "not balanced in charge: one event makes -1 e"),
        ("Cl- = Cl2(g) + e-", "not balanced in atoms: Cl \\(\\+1\\)"),
        ("Fe3+ + e- = Fe2- ", "charge of -2, but the species 'Fe2' one of \\+2"),
    ],
)
def test_an_equation_that_cannot_hold_says_why(text: str, reason: str) -> None:
    found = Equation.of(text).objection(SPECIES)
    assert found is not None
    assert re.search(reason, found), found


@pytest.mark.parametrize("text", ["Ag", "Ag = Ag", "+ Ag = e-", "2 = e-", "A = B = e-", "x" * 300])
def test_what_is_no_equation_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"write e\.g\. 'Ag"):
        Equation.of(text)


def test_atoms_of_formulas() -> None:
    assert atoms_of("K4Fe(CN)6") == {"K": 4, "Fe": 1, "C": 6, "N": 6}
    assert atoms_of("Ox") is None
    assert atoms_of("Fe(CN") is None


@pytest.mark.parametrize(
    ("energy", "drive", "rate"),
    [
        (10, 0, 0.21558371988),
        (10, 1, 0.34906801550),
        (10, 5, 1.6775970369),
        (10, 10, 5.6049912164),
        (2, 0, 1.1269788420),
        (2, 5, 4.3635675727),
    ],
)
def test_the_integral_of_marcus_hush_chidsey(energy: float, drive: float, rate: float) -> None:
    assert oxidation_rate(energy, drive, NUMBERS) == pytest.approx(rate, rel=1e-9)


@pytest.mark.parametrize("energy", [SMALLEST_ENERGY, 5.0, 23.0, LARGEST_ENERGY])
def test_the_integral_against_a_quadrature(energy: float) -> None:
    def integrand(y: float, drive: float) -> float:
        return math.exp(-((y - energy + drive) ** 2) / (4 * energy) - max(y, 0.0)) / (1.0 + math.exp(-abs(y)))

    for drive in (-40.0, -7.0, -0.5, 0.0, 3.0, 12.0, 40.0):
        ends = np.linspace(-60.0 - 12 * energy**0.5, 60.0 + 12 * energy**0.5, 80)
        exact = sum(
            quad(integrand, a, b, args=(drive,), epsabs=0, epsrel=1e-12)[0] for a, b in itertools.pairwise(ends)
        )
        assert oxidation_rate(energy, drive, NUMBERS) == pytest.approx(exact, rel=1e-8), drive


def test_the_approximation_of_the_integral_is_off_by_some_percent() -> None:
    drives = np.linspace(-15.0, 15.0, 61)
    ratio = approximate_oxidation_rate(2.0, drives, NUMBERS) / oxidation_rate(2.0, drives, NUMBERS)
    assert ratio[30] == pytest.approx(1.0 - 0.0842, abs=1e-4)
    assert 0.1 < np.abs(ratio - 1.0).max() < 0.12
    assert ratio[[0, -1]] == pytest.approx(1.0, abs=1e-4)


def coupled_rate(energies: tuple[float, float, float], drive: float) -> float:
    """The integral of coupled ion-electron transfer with its common factor."""
    energy, reduction, oxidation = energies
    part = reduction / (reduction + oxidation)
    barrier = part * oxidation + energy * part * (1.0 - part)
    found = coupled_transfer.oxidation_rate(energies, drive, coupled_transfer.nodes_of(energies), NUMBERS)
    return float(found) * math.exp(-barrier)


@pytest.mark.parametrize("energies", [(8.3, 12.0, 12.0), (2.0, 1.0, 3.0), (40.0, 0.5, 39.0), (2.0, 40.0, 40.0)])
def test_coupled_transfer_against_a_quadrature_over_the_lowest_crossing(energies: tuple[float, float, float]) -> None:
    """The place of the ion is looked for where the crossing of both states is lowest, for every electron."""
    energy, reduction, oxidation = energies

    def crossing(place: float, u: float) -> float:
        return reduction * place + (energy + u + oxidation * (1.0 - place) - reduction * place) ** 2 / (4.0 * energy)

    def integrand(u: float, drive: float) -> float:
        inside = minimize_scalar(crossing, args=(u,), bounds=(0.0, 1.0), method="bounded", options={"xatol": 1e-7}).fun
        lowest = min(inside, crossing(0.0, u), crossing(1.0, u))
        return math.exp(u - lowest - max(u - drive, 0.0)) / (1.0 + math.exp(-abs(u - drive)))

    reach = 40.0 + 9.0 * energy**0.5
    turn = energy * (reduction - oxidation) / (reduction + oxidation)
    for drive in (-25.0, 0.5, 12.0):
        ends = np.sort([*np.linspace(-reach - oxidation - energy, reach + reduction + energy, 25), turn - oxidation])
        exact = sum(
            quad(integrand, a, b, args=(drive,), epsabs=0, epsrel=1e-10, limit=200)[0]
            for a, b in itertools.pairwise(ends)
        )
        assert coupled_rate(energies, drive) == pytest.approx(exact, rel=1e-8, abs=0), drive


@pytest.mark.parametrize("drive", [-20.0, 0.0, 5.0, 30.0])
def test_coupled_transfer_without_ion_transfer_is_that_of_marcus_hush_and_chidsey(drive: float) -> None:
    limit = coupled_rate((10.0, 1e-9, 1e-9), drive)
    assert limit == pytest.approx(float(oxidation_rate(10.0, drive, NUMBERS)), rel=2e-9, abs=0)


def test_coupled_transfer_of_large_ion_transfer_energies_is_butler_volmer() -> None:
    """With the transfer coefficient and the number of electrons that take part, pi / sin(pi alpha), of Bazant (2023); Tafel's
    law ends at the ion-transfer energies."""
    energies = (2.0, 30.0, 40.0)
    alpha = 30.0 / 70.0
    barrier = 30.0 * 40.0 / 70.0 + 2.0 * alpha * (1.0 - alpha)
    constant = math.exp(-barrier) * math.pi / math.sin(math.pi * alpha)
    for drive in (-6.0, 0.0, 4.0):
        expected = constant * math.exp((1.0 - alpha) * drive)
        assert coupled_rate(energies, drive) == pytest.approx(expected, rel=2e-4, abs=0)
    assert coupled_rate(energies, 40.0) < 0.1 * constant * math.exp((1.0 - alpha) * 40.0)


def test_energies_beyond_those_of_the_integral_are_refused() -> None:
    energies = {"reorganization_energy": 0.3, "reduction_transfer_energy": 0.3, "oxidation_transfer_energy": 0.3}
    for name, value in (("reorganization_energy", 0.04), ("oxidation_transfer_energy", 1.1)):
        keys = {key: each * ELEMENTARY_CHARGE for key, each in {**energies, name: value}.items()}
        with pytest.raises(ValueError, match=r"the integral is exact between .* eV and 1\.03 eV only"):
            CoupledIonElectronTransfer(**KEYS, **keys)


KEYS: dict[str, Any] = {"equation": "Fe2 = Fe3 + e-", "equilibrium_potential": 0.03, "exchange_current": 2.0}
ENERGY = {"reorganization_energy": 0.3 * ELEMENTARY_CHARGE}
ACTIVATED = [
    ButlerVolmer(**KEYS, transfer_coefficient=0.3),
    Marcus(**KEYS, **ENERGY),
    MarcusHushChidsey(**KEYS, **ENERGY),
    MarcusHushChidsey(**KEYS, **ENERGY, integral="approximate"),
    CoupledIonElectronTransfer(
        **KEYS,
        **ENERGY,
        reduction_transfer_energy=0.4 * ELEMENTARY_CHARGE,
        oxidation_transfer_energy=0.2 * ELEMENTARY_CHARGE,
    ),
]


@pytest.mark.parametrize("kinetics", ACTIVATED)
def test_both_directions_have_the_ratio_of_equilibrium(kinetics: ElectrodeKinetics) -> None:
    """Each direction alone is the current of a liquid without the product of the other."""
    for volts in (-0.2, 0.03, 0.31):
        forward = current(kinetics, volts, Fe2=1e3, Fe3=0.0)
        back = -current(kinetics, volts, Fe2=0.0, Fe3=1e3)
        assert forward / back == pytest.approx(math.exp((volts - 0.03) / THERMAL), rel=1e-13)


@pytest.mark.parametrize("kinetics", ACTIVATED)
def test_the_exchange_current_is_that_of_the_reference_concentrations(kinetics: ElectrodeKinetics) -> None:
    assert current(kinetics, 0.03, Fe2=1e3, Fe3=0.0) == pytest.approx(2.0, rel=1e-13)
    other = kinetics.model_copy(update={"reference_concentrations": {"Fe2": 5.0, "Fe3": 20.0}})
    assert current(other, 0.03, Fe2=5.0, Fe3=0.0) == pytest.approx(2.0, rel=1e-13)


def test_butler_volmer_in_the_words_of_a_textbook() -> None:
    """i0(c) [exp((1 - alpha) n f eta) - exp(-alpha n f eta)], with the exchange current and Nernst's potential of the local
    concentrations."""
    kinetics = ButlerVolmer(equation="2 H+ + 2 e- = H2", exchange_current=3.0, transfer_coefficient=0.4)
    hydrogen, proton, volts = 0.2, 7.0, 0.05
    nernst = THERMAL / 2 * math.log((proton / 1e3) ** 2 / (hydrogen / 1e3))
    local = 3.0 * (hydrogen / 1e3) ** 0.4 * (proton / 1e3) ** (2 * 0.6)
    eta = 2 * (volts - nernst) / THERMAL
    expected = local * (math.exp(0.6 * eta) - math.exp(-0.4 * eta))
    assert current(kinetics, volts, H=proton, H2=hydrogen) == pytest.approx(expected, rel=1e-12)


def test_a_charge_transfer_resistance() -> None:
    kinetics = LinearKinetics(equation="Ag + Cl- = AgCl + e-", charge_transfer_resistance=1e-4)
    nernst = THERMAL * math.log(1e3 / 10.0)
    assert current(kinetics, nernst + 1e-3, Cl=10.0) == pytest.approx(10.0, rel=1e-9)


def test_species_enter_by_stoichiometry() -> None:
    law = ElectrodeReactions(
        [
            GivenCurrent(equation="H2 = 2 H+ + 2 e-", current_density_into_liquid=5.0),
            GivenCurrent(equation="Ag + Cl- = AgCl + e-", current_density_into_liquid=1.0),
            GivenCurrent(equation="H+ + e- = H(s)", current_density_into_liquid=-2.0),
        ]
    )
    found = law.fluxes(state(law, 0.0, H=1.0, H2=1.0, Cl=1.0), NUMBERS)
    assert found == pytest.approx({"H2": -2.5 / FARADAY, "H": 3.0 / FARADAY, "Cl": -1.0 / FARADAY})


def test_a_metal_rests_where_its_currents_cancel() -> None:
    one = ElectrodeReactions([ACTIVATED[2]])
    nernst = 0.03 + THERMAL * math.log(4.0)
    assert one.rest_difference(state(one, 0.0, Fe2=2.0, Fe3=8.0)) == pytest.approx(nernst, abs=1e-12)
    mixed = ElectrodeReactions(
        [
            ButlerVolmer(equation="Ag + Cl- = AgCl + e-", exchange_current=1.0, equilibrium_potential=0.2),
            ButlerVolmer(equation="Fe2 = Fe3 + e-", exchange_current=5.0, equilibrium_potential=0.7),
        ]
    )
    rest = mixed.rest_difference(state(mixed, 0.0, Fe2=1e3, Fe3=1e3, Cl=1e3))
    assert rest is not None
    at_rest = mixed.currents(state(mixed, rest, Fe2=1e3, Fe3=1e3, Cl=1e3), NUMBERS)
    assert at_rest[0][1] > 1.0
    assert at_rest[0][1] == pytest.approx(-at_rest[1][1], rel=1e-9)
    given = ElectrodeReactions([GivenCurrent(equation="K+ + e- = K(s)", current_density_into_liquid=1.0)])
    assert given.rest_difference(state(given, 0.0, K=1.0)) is None


def test_numbers_are_values_and_equations_structure() -> None:
    law = ElectrodeReactions([ButlerVolmer(**KEYS, reference_concentrations={"Fe2": 3.0})])
    assert law.coefficients(78.5) == {
        "0.equilibrium_potential": 0.03,
        "0.exchange_current": 2.0,
        "0.transfer_coefficient": 0.5,
        "0.reference_concentrations.Fe2": 3.0,
    }
    faster = ElectrodeReactions(
        [ButlerVolmer(**{**KEYS, "exchange_current": 9.0}, reference_concentrations={"Fe2": 1.0})]
    )
    assert faster.structure == law.structure
    assert ElectrodeReactions([Marcus(**KEYS, **ENERGY)]).structure != law.structure
    both = [ElectrodeReactions([kinetics]).structure for kinetics in ACTIVATED[2:4]]
    assert both[0] != both[1]


def test_a_protocol_cannot_drive_energies_on_which_the_nodes_of_an_integral_depend() -> None:
    law = ElectrodeReactions([ButlerVolmer(**KEYS), ACTIVATED[4]])
    assert law.drivable[:3] == ("0.equilibrium_potential", "0.exchange_current", "0.transfer_coefficient")
    assert law.drivable[3:] == ("1.equilibrium_potential", "1.exchange_current")
