"""How circuits are solved: operating points, runs in time, small signals."""

from __future__ import annotations
