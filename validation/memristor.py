"""The theory of thin double layers for conical memristors, T. M. Kamsma et al., Phys. Rev. Lett. 130, 268401 (2023).

A conductance relaxes towards its steady value at the present voltage, with one memory time:

    dg/dt = (g_inf(V) - g) / tau,   tau = L^2 / (12 D),   I = g V.

g_inf follows from the steady salt balance of a slender cone: the field and the flow are those of a channel full of bulk
solution, the charge of the walls enters as a source of salt, and the conductance is that of the salt in series.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd
from numpy.polynomial import Chebyshev
from numpy.typing import NDArray
from scipy.integrate import quad, solve_ivp
from scipy.interpolate import CubicSpline
from scipy.linalg import expm

from solver.analysis.hysteresis import lobes
from solver.physics.constants import ELEMENTARY_CHARGE, FARADAY, thermal_voltage

Array = NDArray[np.float64]

CURVE = 201
"""Voltages between which g_inf is interpolated by a cubic spline, to 1e-9."""

POINTS = 400
"""Points on one period of a loop."""

NODES = 48
"""Chebyshev nodes along the cone."""


@dataclass(frozen=True)
class Cone:
    """A conical channel with a uniform wall charge in a symmetric salt. SI units; concentration in mol/m^3."""

    length: float
    radius_base: float
    radius_tip: float
    surface_charge: float
    concentration: float
    diffusivity: float
    viscosity: float
    permittivity: float
    temperature: float

    @property
    def memory_time(self) -> float:
        """L^2 / (12 D), in s."""
        return self.length**2 / (12.0 * self.diffusivity)

    @property
    def zeta_potential(self) -> float:
        """Of an isolated wall (Gouy and Chapman), in V."""
        volt = thermal_voltage(self.temperature)
        full = math.sqrt(8.0 * self.permittivity * volt * FARADAY * self.concentration)
        return 2.0 * volt * math.asinh(self.surface_charge / full)

    @property
    def conductance(self) -> float:
        """Of the cone full of bulk solution, in S."""
        conductivity = 2.0 * FARADAY * self.concentration * self.diffusivity / thermal_voltage(self.temperature)
        return math.pi * self.radius_tip * self.radius_base * conductivity / self.length

    def flow_rate(self, voltage: float) -> float:
        """Electroosmotic, in m^3/s from base to tip."""
        area = math.pi * self.radius_tip * self.radius_base
        return -area * self.permittivity * self.zeta_potential * voltage / (self.viscosity * self.length)

    def steady(self, voltage: float) -> float:
        """g_inf over the conductance of the bulk at a voltage of the base against the tip; not for 0 V itself."""
        base, tip, flow = self.radius_base, self.radius_tip, self.flow_rate(voltage)
        peclet = flow * self.length / (math.pi * tip**2 * self.diffusivity)
        source = (
            -2.0 * math.pi * abs(self.surface_charge) / ELEMENTARY_CHARGE
            * self.diffusivity * voltage / thermal_voltage(self.temperature)
            * (base - tip) / (self.length * flow)
        )  # fmt: skip

        def share(s: float) -> float:
            part = s * tip / (base - s * (base - tip))  # of the resistance up to there
            return part - math.expm1(peclet * part * tip / base) / math.expm1(peclet * tip / base)

        ions = 2.0 * self.concentration * FARADAY / ELEMENTARY_CHARGE  # 1/m^3
        return 1.0 + source / ions * float(quad(share, 0.0, 1.0, epsabs=1e-12, epsrel=1e-10)[0])

    @cached_property
    def curve(self) -> CubicSpline:
        """g_inf over the conductance of the bulk within 1 V, as a spline."""
        voltages = np.linspace(-1.0, 1.0, CURVE + 1)  # an even number, without 0
        return CubicSpline(voltages, [self.steady(float(voltage)) for voltage in voltages])

    def filling(self, voltage: float, times: Sequence[float]) -> Array:
        """Salt averaged along the axis, over that of the bulk, at times [s] after a step from 0 V to a voltage.

        The balance behind g_inf with its storage, A dc/dt = d/dx (D A dc/dx - Q c) + source, by Chebyshev collocation;
        the ends hold the bulk. It has many time constants; at small voltages the whole takes 1.085 memory times in the mean.
        """
        nodes, slope, weights = _chebyshev(NODES)
        radius = self.radius_base - nodes * (self.radius_base - self.radius_tip)
        area, inner = math.pi * radius**2, slice(1, -1)
        volts = voltage / thermal_voltage(self.temperature)
        field = volts * self.radius_tip * self.radius_base / (self.length * radius**2)
        carried = 2.0 * math.pi * radius * self.surface_charge / FARADAY * self.diffusivity * field / self.length
        diffusion = self.diffusivity * slope @ (area[:, None] * slope) / self.length**2
        flow = self.flow_rate(voltage) / self.length * slope
        operator = ((diffusion - flow) / area[:, None])[inner, inner]
        source = (slope @ carried / area / (2.0 * self.concentration))[inner]
        final = np.linalg.solve(operator, -source)
        found = [final - expm(operator * time) @ final for time in times]
        return np.array([1.0 + weights[inner] @ excess for excess in found])

    def loop(self, amplitude: float, frequency: float, period: int = 2) -> tuple[Array, Array]:
        """Voltage [V] and current [A] along one period (from 1) of a sine that begins at rest, both ends included."""
        turn = 2.0 * math.pi * frequency

        def rate(time: float, state: Array) -> Array:
            return np.asarray((self.curve(amplitude * math.sin(turn * time)) - state) / self.memory_time)

        times = np.linspace((period - 1) / frequency, period / frequency, POINTS + 1)
        rest = [float(self.curve(0.0))]
        accuracy = {"rtol": 1e-9, "atol": 1e-10, "max_step": 0.05 / frequency}
        found = solve_ivp(rate, (0.0, times[-1]), rest, "DOP853", times, **accuracy)
        voltage = amplitude * np.sin(turn * times)
        return voltage, np.asarray(self.conductance * found.y[0] * voltage)


PRL = Cone(
    length=10e-6, radius_base=200e-9, radius_tip=50e-9, surface_charge=-0.0015e18 * ELEMENTARY_CHARGE, concentration=0.1,
    diffusivity=1.75e-9, viscosity=1.01e-3, permittivity=0.71e-9, temperature=293.15,
)  # fmt: skip
"""The channel of the paper."""


def _chebyshev(count: int) -> tuple[Array, Array, Array]:
    """Nodes from 0 to 1, the matrix of the derivative there, and the weights of the integral."""
    nodes = 0.5 - 0.5 * np.cos(np.pi * np.arange(count) / (count - 1))
    basis = [Chebyshev.basis(k, domain=[0.0, 1.0]) for k in range(count)]
    values = np.array([each(nodes) for each in basis], dtype=float).T
    slopes = np.array([each.deriv()(nodes) for each in basis], dtype=float).T
    integrals = np.array([each.integ(lbnd=0.0)(1.0) for each in basis], dtype=float)
    inverse = np.linalg.inv(values)
    return nodes, slopes @ inverse, integrals @ inverse


def normalised_area(voltage: Array, current: Array) -> float:
    """Area of the lobes of a loop over that of its frame."""
    positive, negative, _ = lobes(voltage, current)
    return (abs(positive) + abs(negative)) / float(np.ptp(voltage) * np.ptp(current))


LABEL = "theory of thin double layers (PRL)"


def reference(cone: Cone, amplitude: float, shown: float, frequencies: Sequence[float]) -> pd.DataFrame:
    """The reference.csv of a loop under a sine of the base: the second period at the frequency `shown`, and the normalised
    areas at several."""
    return pd.DataFrame([*_loop_rows(cone, amplitude, shown), *_area_rows(cone, amplitude, frequencies)])


def _loop_rows(cone: Cone, amplitude: float, frequency: float) -> Iterator[dict[str, object]]:
    for voltage, current in zip(*(part[::4] for part in cone.loop(amplitude, frequency)), strict=True):
        yield {
            "terminals.base.potential [V]": round(float(voltage), 6) + 0.0,
            "current [A]": round(float(current), 19) + 0.0,
            "label": f"{LABEL}, {frequency:g} Hz",
        }


def _area_rows(cone: Cone, amplitude: float, frequencies: Sequence[float]) -> Iterator[dict[str, object]]:
    for frequency in frequencies:
        area = normalised_area(*cone.loop(amplitude, frequency))
        yield {"frequency [Hz]": frequency, "area_normalised": round(area, 6), "label": LABEL}
