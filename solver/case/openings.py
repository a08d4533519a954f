"""What enters and leaves a device together: given flow rates, and species at walls."""

from __future__ import annotations

from collections.abc import Mapping

from meshes.quantity import misfit
from solver.case.reservoirs import Terminal
from solver.case.walls import Wall


def check_openings(terminals: Mapping[str, Terminal], walls: Mapping[str, Wall], flow: str) -> None:
    """Raise a misfit (path below the case) where what enters cannot leave."""
    _check_flow_rates(terminals, flow)
    for name, wall in walls.items():
        for law in wall.laws:
            if law.passes_water and flow == "none":
                raise misfit(
                    ("walls", name, law.key), "nothing flows with 'solver: {flow: none}'; leave one of them out"
                )
            if law.passes_ions and not law.of_metals and not terminals:
                raise misfit(
                    ("walls", name, law.key),
                    "species that enter a device without openings stay there, so that it has no steady state, and a current"
                    " finds no way back; give the device a terminal, or leave the law out",
                )


def _check_flow_rates(terminals: Mapping[str, Terminal], flow: str) -> None:
    """Raise a misfit (path below the case) where given flow rates leave no pressure to refer to, or nothing flows."""
    held = [name for name, terminal in terminals.items() if terminal.flow_rate is not None]
    if held and flow == "none":
        raise misfit(
            ("terminals", held[0], "flow_rate"), "nothing flows with 'solver: {flow: none}'; leave one of them out"
        )
    if held and len(held) == len(terminals):
        raise misfit(
            ("terminals", held[-1], "flow_rate"),
            "every terminal holds a flow rate, which leaves the pressure open; give one of them a pressure, e.g. '0 Pa': what"
            " flows there follows",
        )
