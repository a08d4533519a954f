"""What devices without openings need, and where the currents that a case holds leave."""

from __future__ import annotations

from meshes.quantity import misfit
from solver.case.mesh import GOALS_OF_THE_DRIVEN
from solver.case.reservoirs import check_filling
from solver.case.values import CaseValues


def check_closed(case: CaseValues) -> None:
    """A device without openings: what it needs, what it cannot have."""
    check_filling(case.electrolyte)
    if not case.electrodes:
        walls = list(case.walls) or ["left"]
        openings = "" if case.geometry.type == "cell" else "; or name its openings in geometry.terminals"
        raise misfit(
            "walls",
            "nothing is held: without openings some wall has to be an electrode; write e.g."
            f" '{walls[0]}: {{potential: 0.1 V}}'{openings}",
        )
    if case.solver.flow != "none":
        raise misfit(("solver", "flow"), "a closed cell has no flow; write 'solver: {flow: none}'")
    if case.mesh.tolerance is not None and case.mesh.goal in GOALS_OF_THE_DRIVEN and not case.passes_current:
        raise misfit(
            ("mesh", "tolerance"),
            f"a closed cell without reactions has no steady {case.mesh.goal}; give another goal, e.g. 'goal:"
            f" charge_{case.electrodes[0]}'",
        )


def check_currents(case: CaseValues) -> None:
    """What is held as a current has to leave elsewhere."""
    if case.galvanostatic and not set(case.galvanostatic) < {*case.terminals, *case.reacting}:
        name = case.galvanostatic[0]
        kind = "terminals" if name in case.terminals else "walls"
        raise misfit(
            (kind, name, "current"),
            "has no way out: everything else that lets a current pass holds one, too; give a terminal, or another"
            " electrode with reactions, a potential",
        )
    for name in case.gates:
        if case.walls[name].reactions:
            raise misfit(
                ("walls", name, "reactions"), "need liquid, and a gate is the outer side of a solid; leave them out"
            )
