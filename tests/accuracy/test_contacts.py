"""Boundaries of different given potentials that touch are warned of, since the charge has no limit there."""

from __future__ import annotations

from typing import Any

import pytest
from mpi4py import MPI

from solver.accuracy.contacts import touching_potentials
from solver.case.case import Case
from solver.discretization import build, meshing
from solver.parallel.clock import Clock


def sentences(face: dict[str, Any], terminal: str, channel: dict[str, Any] | None = None, **left: Any) -> list[str]:
    """About a pore whose membrane has a face that holds a potential."""
    reservoirs = {"length": "10 nm", "radius": "10 nm", "terminal": terminal}
    case = Case(
        geometry={"type": "cylinder", "length": "10 nm", "radius": "3 nm", "reservoirs": reservoirs},
        electrolyte={"species": {"K": {}, "Cl": {}}, "concentration": "20 mM"},
        terminals={"left": left},
        walls={"membrane_face": face, "channel": channel or {}},
        mesh={"wall_size": "2 debye_length", "corner_size": "1 debye_length", "growth": 3, "axial_cells": 2},
        solver={"flow": "none"},
    )
    problem = build.make_problem(case, meshing.make_mesh(case, [case], MPI.COMM_WORLD), Clock())
    return list(touching_potentials(problem, [build.parameters_of(problem, case)]))


@pytest.mark.parametrize("face", [{"zeta_potential": "50 mV"}, {"potential": "50 mV"}])
def test_a_face_that_reaches_a_terminal_of_another_potential_is_warned_of(face: dict[str, Any]) -> None:
    found = sentences(face, "all")
    assert ["'left'" in text for text in found] == [True, False]
    assert all("jumps by up to 50 mV" in text and "'terminal: end'" in text for text in found)
    assert not sentences(face, "end")


@pytest.mark.serial
def test_a_metal_is_warned_of_only_beside_other_potentials_than_its_own() -> None:
    """A zeta potential is against the solution, whatever its potential."""
    (text,) = sentences({"potential": "50 mV"}, "all", potential="50 mV")
    assert "'right'" in text
    assert len(sentences({"zeta_potential": "50 mV"}, "all", potential="50 mV")) == 2


@pytest.mark.serial
def test_walls_of_different_zeta_potentials_that_meet_are_warned_of() -> None:
    channel = {"zeta_potential": "-20 mV"}
    (text,) = sentences({"zeta_potential": "50 mV"}, "end", channel)
    assert text.startswith("'channel' and 'membrane_face' touch, and the given potential jumps by up to 70 mV")
    assert not sentences(channel, "end", channel)
