"""The nodes and elements of a circuit as equations."""

from __future__ import annotations
