"""Small harmonic changes of a source about an operating point.

With x = x_0 + Re(X exp(i omega t)), F and Q the derivatives of f and q, and Y(omega) the admittances of the devices with
fields,

    (F + Y + i omega Q) X = -df/dvalue.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from circuits.description.driving import values_of
from circuits.description.studies.impedance import CircuitImpedance
from circuits.solving.newton import CircuitFailure, Instantaneous
from circuits.studies.base import CircuitRow, CircuitRunner
from circuits.studies.session import Session
from solver.linear.blocks import SingularMatrixError
from solver.results.headers import POINT
from solver.results.units import plain_quantity

FREQUENCY = "frequency [Hz]"


class ImpedanceRunner(CircuitRunner):
    """Computes the response at each frequency."""

    def rows(self) -> Iterator[CircuitRow]:
        study = self.circuit.study
        assert isinstance(study, CircuitImpedance)
        session = Session.of(self.circuit, self.comm, self.clock)
        unknowns = session.settle()
        for number, frequency in enumerate(study.frequency_values()):
            if number < self.done:
                continue
            response = self._response(session, unknowns, study.source, frequency)
            impedance = self._impedance(session, study.source, response)
            potentials: dict[str, float] = {}
            for node, value in zip(session.network.nodes, response, strict=False):
                potentials |= {f"response_{node}_real": value.real, f"response_{node}_imaginary": value.imag}
            row = {
                POINT: number,
                FREQUENCY: frequency,
                "impedance_real [ohm]": impedance.real,
                "impedance_imaginary [ohm]": impedance.imag,
                "impedance_magnitude [ohm]": abs(impedance),
                "impedance_phase [deg]": float(np.degrees(np.angle(impedance))),
                **potentials,
            }
            text = f"{plain_quantity(frequency, 'Hz')}: {plain_quantity(abs(impedance), 'ohm')}"
            yield CircuitRow(row, text)

    def _response(self, session: Session, unknowns: np.ndarray, source: str, frequency: float) -> np.ndarray:
        """Complex change of the unknowns by a unit change of a source."""
        values = values_of(self.circuit.elements)
        here = session.newton.at(unknowns, Instantaneous(values, 0.0, np.zeros_like(unknowns)))
        raised = session.network.at(unknowns, {**values, source: values[source] + 1.0})
        omega = 2.0 * np.pi * frequency
        matrix = here.flows.slopes + 1j * omega * here.stored.slopes
        try:
            if session.fields is not None:
                matrix = matrix + session.fields.admittance(frequency)
            sizes = np.abs(matrix).max(axis=1)
            return np.linalg.solve(matrix / sizes[:, None], (here.flows.values - raised.values) / sizes)
        except (np.linalg.LinAlgError, SingularMatrixError):
            raise CircuitFailure(f"the linearised circuit is singular at {frequency:g} Hz") from None

    def _impedance(self, session: Session, source: str, response: np.ndarray) -> complex:
        """Voltage over current, as the source sees the rest."""
        places = session.network.places[source]
        first, second = np.append(response, 0.0)[places[:2]]
        element = self.circuit.elements[source]
        if element.source_key == "voltage":
            return complex((first - second) / -response[places[2]])
        return complex(second - first)
