"""Quantities of the keys of elements."""

from __future__ import annotations

from typing import Annotated

from meshes.quantity import Unit

Resistance = Annotated[float, Unit("ohm", "1 Gohm", "positive")]
Capacitance = Annotated[float, Unit("F", "5 fF", "positive")]
Inductance = Annotated[float, Unit("H", "1 mH", "positive")]
Conductance = Annotated[float, Unit("S", "10 pS", "positive")]
PositiveCurrent = Annotated[float, Unit("A", "1 pA", "positive")]
PositiveVoltage = Annotated[float, Unit("V", "25 mV", "positive")]
