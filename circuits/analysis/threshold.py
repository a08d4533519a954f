"""The smallest pulse of a source that makes a node cross a level."""

from __future__ import annotations

from dataclasses import dataclass

from circuits.analysis.course import Driven, Trace, course
from circuits.description.driving import values_of
from circuits.studies.session import Session


@dataclass(frozen=True)
class Pulse:
    """How a circuit is asked whether a pulse is enough.

    Attributes:
        source: whose value the pulse changes.
        node: whose potential has to rise through the level.
        level: V.
        width: of the pulse, s.
        duration: of each run, the pulse included, s.
        tolerance: of a time step, thermal voltages.
        largest: step, s.
    """

    source: str
    node: str
    level: float
    width: float
    duration: float
    tolerance: float
    largest: float


@dataclass(frozen=True)
class Response:
    """What a pulse does. peak: largest potential of the node in the run, V; until the level is crossed where it is."""

    amplitude: float
    fires: bool
    peak: float


@dataclass(frozen=True)
class Threshold:
    """The last amplitude that is not enough, and the first that is."""

    below: Response
    above: Response
    runs: int

    @property
    def amplitude(self) -> float:
        """Between both."""
        return (self.below.amplitude + self.above.amplitude) / 2.0

    @property
    def uncertainty(self) -> float:
        """Half of their distance."""
        return abs(self.above.amplitude - self.below.amplitude) / 2.0


class NoThreshold(ValueError):
    """Both amplitudes do the same; the text says what."""


def response(session: Session, pulse: Pulse, amplitude: float, *, whole: bool = False) -> Response:
    """What one pulse does. Collective.

    whole: whether the run goes on after the crossing, so that the peak is that of the spike.

    Raises:
        CircuitFailure, StepTooShort: on all ranks; a state is not reached.
    """
    trace = Trace(session.network.node_of(pulse.node), pulse.level)
    driven = Driven.pulse(values_of(session.circuit.elements), pulse.source, amplitude, pulse.width)
    for now in course(session, driven, pulse.duration, pulse.tolerance, pulse.largest):
        if trace.add(now) and not whole:
            break
    return Response(amplitude, bool(trace.crossings), trace.peak)


def threshold(session: Session, pulse: Pulse, between: tuple[float, float], resolution: float) -> Threshold:
    """The threshold between two amplitudes, by bisection until they differ by less than twice the resolution. Collective.

    Raises:
        NoThreshold: the first amplitude is enough, or the second is not.
        CircuitFailure, StepTooShort: on all ranks; a state is not reached.
    """
    below, above = (response(session, pulse, amplitude) for amplitude in between)
    runs = 2
    if below.fires:
        raise NoThreshold(f"a pulse of {below.amplitude:g} crosses the level already; begin with a smaller one")
    if not above.fires:
        text = f"a pulse of {above.amplitude:g} reaches {above.peak:.4g} V only; end with a larger one"
        raise NoThreshold(text)
    while abs(above.amplitude - below.amplitude) > 2.0 * resolution:
        middle = response(session, pulse, (below.amplitude + above.amplitude) / 2.0)
        below, above = (below, middle) if middle.fires else (middle, above)
        runs += 1
    return Threshold(below, above, runs)
