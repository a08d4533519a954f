"""Compact models of devices, fitted to results: `nanochannel compact`. The models themselves are in `circuits.compact`."""

from __future__ import annotations
