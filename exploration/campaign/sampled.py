"""Studies whose points fill the space between two values of each parameter."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar, Literal

import numpy as np
import numpy.typing as npt
from pydantic import Field, model_validator
from typing_extensions import Self

from exploration.campaign.design import MOST_POINTS, Design, Values
from meshes.quantity import Description, NumberOrText, Unit, Whole, misfit
from solver.inputs.errors import Key
from solver.inputs.si import in_si


class Interval(Description):
    """Both ends of what is sampled."""

    start: NumberOrText
    stop: NumberOrText
    spacing: Literal["linear", "logarithmic"] = "linear"

    def in_unit(self, unit: Unit, path: Key = ()) -> Interval:
        """The same with SI floats. path: where this stands below the validated value, for errors."""
        ends = {key: in_si(getattr(self, key), unit, (*path, key)) for key in ("start", "stop")}
        if self.spacing == "logarithmic" and not ends["start"] * ends["stop"] > 0.0:
            raise misfit((*path, "start"), "logarithmic spacing needs start and stop of one sign, none of them zero")
        return self.model_copy(update=ends)

    def values(self) -> list[float]:
        """Both ends."""
        return [float(self.start), float(self.stop)]


class Sampled(Design):
    """Points of a sequence in the unit cube, put between the ends of the parameters."""

    parameters: dict[str, Interval] = Field(min_length=1)
    """Both ends of each key of the case: {start, stop, spacing}."""
    samples: Whole = Field(ge=1, le=MOST_POINTS, examples=["32"])
    """Number of points."""
    seed: Whole = Field(default=0, ge=0, le=2**31 - 1)
    """The same seed gives the same points."""

    def count(self) -> int:
        return self.samples

    def cube(self) -> npt.NDArray[np.float64]:
        """Positions between 0 and 1, shape (samples, parameters)."""
        raise NotImplementedError

    def points(self, listed: Mapping[str, tuple[Any, ...]]) -> list[Values]:
        columns = []
        for parts, (key, ends) in zip(self.cube().T, listed.items(), strict=True):
            start, stop = map(float, ends)
            if self.parameters[key].spacing == "logarithmic":
                columns.append([start * (stop / start) ** part for part in parts])
            else:
                columns.append([start + (stop - start) * part for part in parts])
        return [{key: float(f"{value:.6g}") for key, value in zip(listed, row, strict=True)}
                for row in zip(*columns, strict=True)]  # fmt: skip


class LatinHypercube(Sampled):
    """As many slices of each parameter as points, with one point in each."""

    explanation: ClassVar[str] = "each of as many slices of every parameter as there are points has one of them"

    type: Literal["latin_hypercube"] = "latin_hypercube"

    def cube(self) -> npt.NDArray[np.float64]:
        from scipy.stats import qmc

        return np.asarray(qmc.LatinHypercube(len(self.parameters), rng=self.seed).random(self.samples))


class Sobol(Sampled):
    """A scrambled Sobol sequence, whose points stay when more of them are asked for."""

    explanation: ClassVar[str] = "a Sobol sequence, which can be made longer: the points that are there stay"

    type: Literal["sobol"] = "sobol"

    @model_validator(mode="after")
    def _few(self) -> Self:
        if len(self.parameters) > 50:
            raise misfit(("parameters",), "has more than 50 keys; a Sobol sequence of so many fills nothing")
        return self

    def cube(self) -> npt.NDArray[np.float64]:
        from scipy.stats import qmc

        # all points of the next power of two, of which the first ones are taken: there is no warning to be told of then
        power = max(self.samples - 1, 0).bit_length()
        return np.asarray(qmc.Sobol(len(self.parameters), rng=self.seed).random_base2(power)[: self.samples])
