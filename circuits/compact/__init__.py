"""Compact models of devices: from results of the fields to a few numbers, and into other programs."""

from __future__ import annotations
