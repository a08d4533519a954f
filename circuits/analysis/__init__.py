"""What is read from the states of circuits: stability, thresholds, frequencies, levels of gates, energies."""

from __future__ import annotations
