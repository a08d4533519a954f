"""The numbers of `nanochannel check` as values."""

from __future__ import annotations

from dataclasses import dataclass, field

from meshes.survey import MeshSurvey
from solver.case.studies.base import StudyNumbers
from solver.case.studies.impedance import SpectrumNumbers
from solver.case.studies.protocol_numbers import ProtocolNumbers
from solver.check.adsorption import AdsorptionNumbers
from solver.check.mesh_file import WallNumbers
from solver.check.openings import OpenWallNumbers
from solver.check.pores import PoreNumbers
from solver.check.regions import GateNumbers, MembraneNumbers, PassageNumbers
from solver.check.regulated import RegulatedNumbers
from solver.check.salinity import SalinityNumbers
from solver.check.size import MeshEstimate
from solver.physics.times import DeviceTimes


@dataclass(frozen=True)
class TerminalNumbers:
    """One terminal's reservoir. Concentrations in mol/m^3, Debye length in m, conductivity in S/m."""

    name: str
    potential: float
    concentrations: dict[str, float]
    debye_length: float
    conductivity: float
    measured: float | None = None
    """Measured conductivity of the solution at this temperature, S/m; None where the program knows none."""
    pH: float | None = None
    """pH of the reservoir; None where nothing says it."""
    largest: dict[str, float] = field(default_factory=dict)
    """Concentration of each species at which ions of finite size leave no room; nothing for point ions."""


@dataclass(frozen=True)
class SectionNumbers:
    """One end of the channel (or its waist), filled with its terminal's solution.

    Attributes:
        name: of the terminal whose mouth it is, or "waist". terminal: whose solution fills it.
        half_size: radius or half-height, m. charge: of the wall there, C/m^2.
        debye_over_size: Debye length over `half_size`.
        dukhin: |sigma|/(F c R) or |sigma|/(2 F c H).
        zeta: V, of an isolated flat wall (Grahame). wall_potential: V, exact for the cross-section.
        bikerman: surface conductance over bulk conductance of the cross-section, electroosmosis included.
        wall_concentration: mol/m^3 of all ions at the wall.
        access: ohm, of the mouth in its face towards its reservoir (infinite if round, of the stated size if planar or of an
            array); None without.
        access_error: relative change of `access` by the finite size of the reservoir (nan if planar or of an array).
        limiting: A, diffusion-limited current; None for a mouth that is hardly selective, and without a reservoir.
    """

    name: str
    terminal: str
    half_size: float
    charge: float
    debye_over_size: float
    dukhin: float
    zeta: float
    wall_potential: float
    bikerman: float
    wall_concentration: float
    access: float | None
    access_error: float
    limiting: float | None


@dataclass(frozen=True)
class DeviceNumbers:
    """The whole channel filled with one terminal's solution, at small bias. Conductances in S.

    Attributes:
        bulk: of the uncharged channel without mouths.
        channel: with the double layers and electroosmosis, without mouths (long-channel limit).
        device: with both mouths, in a steady state: selective channels change the salt in front of them.
        uniform: with the access resistances of both mouths, before the salt has changed.
        peclet: electroosmotic velocity times length over the salt's diffusivity, at the largest bias.
    """

    filled_as: str
    bulk: float
    channel: float
    device: float
    uniform: float
    peclet: float


@dataclass(frozen=True)
class ReactionNumbers:
    """Reactions of an electrode in one solution.

    Attributes:
        solution: name of the terminal whose solution it is; "" for that which fills a cell.
        rest: V of the metal against the solution at which no current passes.
        resistance: of the charge transfer there, ohm m^2.
        limiting: diffusion-limited current density between two plates, A/m^2; None where it is not known.
        thermal_voltage: V.
    """

    solution: str
    rest: float
    resistance: float
    limiting: float | None
    thermal_voltage: float

    @property
    def damkoehler(self) -> float | None:
        """Damkoehler number: current that a thermal voltage drives through the reaction over the limiting one."""
        return None if self.limiting is None else self.thermal_voltage / self.resistance / self.limiting


@dataclass(frozen=True)
class ElectrodeNumbers:
    """One electrode. Potential in V, capacitances in F/m^2.

    Attributes:
        potential, current: what is held, V or A; None for the other one.
        diffuse: eps/lambda of the double layer at small potentials. stern: of the Stern layer; None without one.
        charge: C/m^2, the largest it gets: the double layer in series with the Stern layer under the whole voltage.
        reactions: in each solution; none of a blocking electrode.
    """

    name: str
    potential: float | None
    current: float | None
    diffuse: float
    stern: float | None
    charge: float
    reactions: tuple[ReactionNumbers, ...] = ()


@dataclass(frozen=True)
class CheckNumbers:
    """All numbers and warnings of a case. Parts that a user's own mesh does not tell are empty.

    `terminals` of a closed cell is one entry, the liquid that fills it. `times` are only there for studies of time.
    `found` and `walls` are only there for a mesh file that was opened; `adapted_to` says to what a mesh will be adapted.
    """

    case_name: str
    title: str
    symmetry: str
    largest_bias: float
    terminals: tuple[TerminalNumbers, ...]
    electrodes: tuple[ElectrodeNumbers, ...]
    times: DeviceTimes | None
    study: StudyNumbers | None
    sections: tuple[SectionNumbers, ...]
    devices: tuple[DeviceNumbers, ...]
    mesh: MeshEstimate | None
    warnings: tuple[str, ...]
    found: MeshSurvey | None = None
    walls: tuple[WallNumbers, ...] = ()
    adapted_to: str = ""
    electroneutral: bool = False
    """Whether there are no double layers."""
    membranes: tuple[MembraneNumbers, ...] = ()
    gates: tuple[GateNumbers, ...] = ()
    passages: tuple[PassageNumbers, ...] = ()
    regulated: tuple[RegulatedNumbers, ...] = ()
    why_no_conductance: str = ""
    """What keeps the conductance of a drawn device from being known before it is computed; "" where nothing does."""
    open_walls: tuple[OpenWallNumbers, ...] = ()
    adsorption: tuple[AdsorptionNumbers, ...] = ()
    pores: tuple[PoreNumbers, ...] = ()
    properties: str = ""
    """An assumption among the properties of the liquid."""
    salinity: SalinityNumbers | None = None
    """Of terminals with different solutions."""

    @property
    def protocol(self) -> ProtocolNumbers | None:
        """Numbers of the protocol of a transient; None for other studies."""
        return self.study if isinstance(self.study, ProtocolNumbers) else None

    @property
    def spectrum(self) -> SpectrumNumbers | None:
        """Numbers of the frequencies of an impedance study; None for other studies."""
        return self.study if isinstance(self.study, SpectrumNumbers) else None
