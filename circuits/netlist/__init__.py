"""Circuits as netlists of other simulators."""

from __future__ import annotations
