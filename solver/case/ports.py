"""Names of the parts of a device through which something enters: terminals, metals, open walls."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from meshes.layout import GATE
from meshes.quantity import Description
from solver.case.solids import has_gate


class WithPorts(Description):
    """What a case says of its terminals and walls, by name."""

    if TYPE_CHECKING:
        geometry: Any
        terminals: Any
        walls: Any
        regions: Any

    @property
    def electrodes(self) -> tuple[str, ...]:
        """The walls of given potential, or with a current that is held."""
        return tuple(
            name for name, wall in self.walls.items() if wall.potential is not None or wall.current is not None
        )

    @property
    def reacting(self) -> tuple[str, ...]:
        """The electrodes at which reactions pass current."""
        return tuple(name for name in self.electrodes if self.walls[name].reactions)

    @property
    def passes_current(self) -> bool:
        """Whether a steady current can pass the device."""
        return bool(self.terminals or self.reacting)

    @property
    def gates(self) -> tuple[str, ...]:
        """The metals that border on the solid around a channel alone."""
        metals = (*self.electrodes, *self.conductors)
        return tuple(name for name in metals if name == GATE and has_gate(self.geometry, self.regions))

    @property
    def galvanostatic(self) -> tuple[str, ...]:
        """The terminals and electrodes that hold a current, so that their potential follows."""
        terminals = [name for name, terminal in self.terminals.items() if terminal.current is not None]
        return (*terminals, *(name for name in self.electrodes if self.walls[name].current is not None))

    @property
    def conductors(self) -> tuple[str, ...]:
        """The walls that are floating conductors."""
        return tuple(name for name, wall in self.walls.items() if wall.charge is not None)

    @property
    def flow_terminals(self) -> tuple[str, ...]:
        """The terminals that hold a flow rate instead of a pressure."""
        return tuple(name for name, terminal in self.terminals.items() if terminal.flow_rate is not None)

    @property
    def zeta_walls(self) -> tuple[str, ...]:
        """The walls of given zeta potential."""
        return tuple(name for name, wall in self.walls.items() if wall.zeta_potential is not None)

    @property
    def open_walls(self) -> tuple[str, ...]:
        """The walls that are no metal but take part in the balance of charge or of species."""
        return tuple(name for name, wall in self.walls.items() if wall.is_open)

    @property
    def holders(self) -> tuple[str, ...]:
        """The walls that hold species on sites of their own."""
        return tuple(name for name, wall in self.walls.items() if any(law.capacities() for law in wall.laws))
