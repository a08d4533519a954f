"""Elements of circuits, one kind a file, listed in `circuits.elements.registry`."""

from __future__ import annotations
