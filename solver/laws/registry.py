"""The laws that a case can name: one visible list a kind. A new law is a new file and a line here."""

from __future__ import annotations

from solver.laws.electrodes.base import ElectrodeKinetics
from solver.laws.electrodes.butler_volmer import ButlerVolmer
from solver.laws.electrodes.coupled_transfer import CoupledIonElectronTransfer
from solver.laws.electrodes.given_current import GivenCurrent
from solver.laws.electrodes.linear import LinearKinetics
from solver.laws.electrodes.marcus import Marcus
from solver.laws.electrodes.marcus_hush_chidsey import MarcusHushChidsey
from solver.laws.electrolytes.base import ElectrolyteModel
from solver.laws.electrolytes.bikerman import Bikerman
from solver.laws.electrolytes.bmcsl import Bmcsl
from solver.laws.electrolytes.carnahan_starling import CarnahanStarling
from solver.laws.electrolytes.davies import Davies
from solver.laws.electrolytes.debye_hueckel import DebyeHueckel
from solver.laws.electrolytes.ideal import Ideal
from solver.laws.electrolytes.lattice_gas import LatticeGas
from solver.laws.electrolytes.measured import MeasuredActivities
from solver.laws.pores.base import PoreKinetics
from solver.laws.pores.single_occupancy import SingleOccupancy
from solver.laws.pores.site_chain import SiteChain
from solver.laws.properties.base import LiquidProperties
from solver.laws.properties.constant import Constant
from solver.laws.properties.measured import Measured
from solver.laws.properties.mixtures import WaterFormamide, WaterGlycerol
from solver.laws.reactions.base import ReactionLaw
from solver.laws.reactions.mass_action import Equilibrium, MassAction
from solver.laws.reactions.water import WaterDissociation
from solver.laws.regions.base import RegionLaw
from solver.laws.regions.confinement import Confinement
from solver.laws.regions.dielectric import Dielectric
from solver.laws.regions.fluid import Fluid
from solver.laws.regions.membrane import Membrane
from solver.laws.walls.adsorption import Adsorption
from solver.laws.walls.base import WallLaw
from solver.laws.walls.electrode import GivenPotential, HeldCurrent
from solver.laws.walls.floating import FloatingConductor
from solver.laws.walls.fluxes import GivenFluxes
from solver.laws.walls.groups import Regulation
from solver.laws.walls.leak import LeakyWall
from solver.laws.walls.reactions import ElectrodeReactions
from solver.laws.walls.slip import Slip
from solver.laws.walls.stern import SternLayer
from solver.laws.walls.surface_charge import GivenCharge
from solver.laws.walls.water import WaterPermeableWall
from solver.laws.walls.zeta import GivenZeta

ELECTRODE_KINETICS: tuple[type[ElectrodeKinetics], ...] = (
    ButlerVolmer,
    Marcus,
    MarcusHushChidsey,
    CoupledIonElectronTransfer,
    LinearKinetics,
    GivenCurrent,
)
"""Kinetics of the reactions at electrodes."""

WALL_LAWS: tuple[type[WallLaw], ...] = (
    GivenCharge,
    GivenZeta,
    Slip,
    GivenPotential,
    HeldCurrent,
    FloatingConductor,
    SternLayer,
    Regulation,
    Adsorption,
    ElectrodeReactions.among(ELECTRODE_KINETICS),
    GivenFluxes,
    LeakyWall,
    WaterPermeableWall,
)
"""Laws of walls, in the order of their keys."""

ELECTROLYTE_MODELS: tuple[type[ElectrolyteModel], ...] = (
    Ideal,
    Bikerman,
    LatticeGas,
    CarnahanStarling,
    Bmcsl,
    DebyeHueckel,
    Davies,
    MeasuredActivities,
)
"""Models of the electrolyte; the first is the default."""

LIQUID_PROPERTIES: tuple[type[LiquidProperties], ...] = (Constant, Measured, WaterGlycerol, WaterFormamide)
"""Kinds of properties of the liquid, of the key `electrolyte.properties`; the first is the default."""

REGION_LAWS: tuple[type[RegionLaw], ...] = (Fluid, Dielectric, Membrane, Confinement)
"""Kinds of regions; the first is what a device is filled with."""

REACTION_LAWS: tuple[type[ReactionLaw], ...] = (WaterDissociation, MassAction, Equilibrium)
"""Kinds of reactions between species, of the key `electrolyte.reactions`."""

PORE_KINETICS: tuple[type[PoreKinetics], ...] = (SingleOccupancy, SiteChain)
"""Kinetics of pores that hold few ions at a time, of the key `pores`."""
