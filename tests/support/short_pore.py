"""Geometry of a short pore between two reservoirs, which a coarse mesh resolves in a moment."""

from __future__ import annotations

from typing import Any

SHORT_PORE: dict[str, Any] = {
    "type": "cylinder",
    "length": 30e-9,
    "radius": 5e-9,
    "reservoirs": {"length": 20e-9, "radius": 20e-9},
}
"""SI."""
