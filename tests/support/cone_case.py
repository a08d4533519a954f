"""A case of a cone made from values, with changes, and the warnings of its check."""

from __future__ import annotations

from typing import Any

from solver.case.case import Case
from solver.check.report import check

CONE: dict[str, Any] = {
    "title": "Cone",
    "geometry": {
        "type": "cone",
        "length": "1 um",
        "radius_tip": "5 nm",
        "radius_base": "50 nm",
        "reservoirs": {"length": "0.5 um", "radius": "0.5 um"},
    },
    "electrolyte": {"species": {"K": {}, "Cl": {}}, "concentration": "10 mM"},
    "walls": {"channel": {"surface_charge": "-20 mC/m^2"}},
    "study": {
        "type": "sweep",
        "parameter": "terminals.base.potential",
        "range": {"start": "-1 V", "stop": "1 V", "points": 41},
    },
}


def make(changes: dict[str, Any] | None = None) -> Case:
    """The cone with dotted keys replaced."""
    data: dict[str, Any] = {key: (dict(value) if isinstance(value, dict) else value) for key, value in CONE.items()}
    for dotted, value in (changes or {}).items():
        *parents, last = dotted.split(".")
        node = data
        for part in parents:
            node[part] = dict(node.get(part, {}))
            node = node[part]
        node[last] = value
    return Case.model_validate(data)


def warnings(changes: dict[str, Any]) -> str:
    """Warnings of the check of the changed cone, one a line."""
    return "\n".join(check(make(changes)).warnings)
