"""Studies of circuits, one kind a file, listed in `circuits.description.studies.registry`."""

from __future__ import annotations
