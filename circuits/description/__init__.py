"""The file of a circuit: its keys, and what can be wrong with it."""

from __future__ import annotations
