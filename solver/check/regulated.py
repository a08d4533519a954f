"""What `check` says of walls with sites: the charge that they get in the solution of each terminal, and their potentials."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from solver.case.case import Case
from solver.inputs.text import number, si, table
from solver.physics.double_layer import surface_potential
from solver.physics.water import HYDROXIDE, PROTON


@dataclass(frozen=True)
class RegulatedNumbers:
    """A flat wall with sites, isolated, in the solution of a terminal ("" in a closed cell).

    Attributes:
        wall, terminal: names.
        charge: C/m^2.
        zeta: V, of the liquid at the wall. surface_potential: V, of the sites behind the Stern layer.
    """

    wall: str
    terminal: str
    charge: float
    zeta: float
    surface_potential: float

    @property
    def label(self) -> str:
        """Wall and terminal."""
        return f"{self.wall}, {self.terminal}" if self.terminal else self.wall


def regulated_numbers(case: Case) -> tuple[RegulatedNumbers, ...]:
    """Walls with sites in each different solution of a case."""
    rows = []
    for name, wall in case.walls.items():
        if not wall.responding:
            continue
        seen = set()
        for terminal, solution in zip(list(case.terminals) or [""], case.solutions(), strict=True):
            if solution in seen:
                continue
            seen.add(solution)
            charge = max(wall.extreme_charges(solution, case.course(name)), key=abs)
            zeta, capacitance = surface_potential(charge, solution), case.stern_capacitance(name)
            of_sites = zeta if capacitance is None else zeta + charge / capacitance
            rows.append(RegulatedNumbers(name, terminal, charge, zeta, of_sites))
    return tuple(rows)


STEEP_SALT = 2.0
"""Ratio of the salt of two reservoirs from which what keeps the pH makes a difference of some per cent."""


def regulated_warnings(case: Case) -> Iterator[tuple[str, str]]:
    """A pH that does nothing, and gradients of salt in which a buffer is an assumption of weight; by kind."""
    electrolyte = case.electrolyte
    if electrolyte.protons != "buffered" or electrolyte.pH is None:
        return
    sites = [site for wall in case.walls.values() for site in wall.groups or ()]
    bound = {ion for site in sites for state in site.binds for ion in state.ions}
    if not bound & {PROTON, HYDROXIDE}:
        yield (
            "pH",
            "electrolyte.pH does nothing: no wall has sites that bind H or OH; write e.g. 'groups: silica' at one or leave"
            " it out",
        )
        return
    salts = [solution.equivalents for solution in case.solutions()]
    if max(salts) > STEEP_SALT * min(salts):
        yield (
            "protons",
            "a buffer keeps the pH, and the reservoirs differ in their salt: without one the charge of the walls is another,"
            " and currents differ by up to a third; compare 'electrolyte: {protons: free}'",
        )


def text(walls: Sequence[RegulatedNumbers]) -> list[str]:
    """The numbers of walls with sites as a table."""
    if not walls:
        return []
    return [
        table(
            "flat wall with sites, solution of",
            walls,
            [
                ("surface charge", lambda w: f"{number(w.charge * 1e3)} mC/m^2"),
                ("zeta potential", lambda w: f"{number(w.zeta * 1e3, '.1f')} mV"),
                ("potential of the sites", lambda w: si(w.surface_potential, "V")),
            ],
            names=[row.label for row in walls],
        )
    ]
