"""The table of what is measured from a state: one class a file, in the order of the columns of observables.csv.

A new quantity is one new file in this package, with a subclass of `Observable`, and one line in `QUANTITIES`: its columns
then are in observables.csv of every steady study and of runs in time, in the labels of run.json and in docs/results.md.
"""

from __future__ import annotations

from solver.observables.bias import Bias
from solver.observables.conductance import Conductance
from solver.observables.coverages import Coverages
from solver.observables.currents import Current
from solver.observables.donnan import DonnanPotentials
from solver.observables.electrodes import Electrodes
from solver.observables.flow import FlowRate
from solver.observables.forces import Forces
from solver.observables.held_flows import HeldFlows
from solver.observables.level_flows import LevelFlows
from solver.observables.neutrality import Neutrality
from solver.observables.observable import Observable
from solver.observables.open_walls import OpenWalls, WallRates
from solver.observables.pores import Pores
from solver.observables.reactions import Reactions
from solver.observables.salt import Salt
from solver.observables.shares import Shares
from solver.observables.terminals import Terminals
from solver.observables.trace import Traces
from solver.observables.wall import WallPotential
from solver.observables.zeta_walls import ZetaWalls

QUANTITIES: tuple[type[Observable], ...] = (
    Bias,
    Current,
    Conductance,
    FlowRate,
    LevelFlows,
    Terminals,
    HeldFlows,
    Electrodes,
    Reactions,
    OpenWalls,
    WallRates,
    ZetaWalls,
    Shares,
    Salt,
    WallPotential,
    Coverages,
    Pores,
    Neutrality,
    DonnanPotentials,
    Forces,
    Traces,
)
