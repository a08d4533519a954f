"""A cone driven by protocols, and steps of protocols."""

from __future__ import annotations

from typing import Any

from solver.case.case import Case

V, P = "terminals.base.potential", "terminals.tip.pressure"
CONE: dict[str, Any] = {
    "geometry": {
        "type": "cone",
        "length": "10 um",
        "radius_tip": "50 nm",
        "radius_base": "200 nm",
        "reservoirs": {"length": "1 um", "radius": "1 um"},
    },
    "electrolyte": {"species": {"K": {}, "Cl": {}}, "concentration": "1 mM"},
}


HOLD = {"type": "hold", "duration": "2 ms"}
RAMP = {"type": "ramp", "duration": "4 ms", "to": {V: "1 V", P: "10 mbar"}}
SINE = {"type": "sine", "amplitude": {V: "0.5 V"}, "frequency": "30 Hz", "periods": 2}


def case_of(protocol: Any, **study: Any) -> Case:
    """The cone with a transient study of this protocol."""
    return Case.model_validate({**CONE, "study": {"type": "transient", "protocol": protocol, **study}})
