"""A device by its compact model."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from typing import Any, ClassVar, Literal

import numpy as np
from pydantic import Field, PrivateAttr, field_validator

from circuits.arrays import Array
from circuits.compact.model import CompactModel
from circuits.elements.base import Element, Own, Pair, Terms, is_a_pair
from meshes.quantity import did_you_mean, misfit
from meshes.quoting import quoted


class Compact(Element):
    """A conductance with memory; one unknown for every branch with a time, the conductance of that branch."""

    explanation: ClassVar[str] = (
        "The compact model of a file that `nanochannel compact` made: a conductance that follows the voltage with its memory"
        " times, and a capacitance. `model` is a path relative to the circuit; `parameter` is the value of what else the"
        " model depends on, such as a pressure or a concentration. `terminals` may name those of the model, as an element"
        " `device` does; with a `case` beside the `model`, the word `device` in place of `compact` then is all that changes."
    )
    stores_linearly: ClassVar[bool] = True

    type: Literal["compact"] = "compact"
    model: str = Field(min_length=1)
    parameter: float | str | None = Field(default=None, examples=["10 mM"])
    """Value of the parameter of the model, where the file holds models at several."""
    scale: float = Field(default=1.0, gt=0.0)
    """Number of such devices side by side."""
    case: str | None = Field(default=None, min_length=1)
    """The case of the device, for `type: device`; not read otherwise."""
    terminals: Pair | dict[str, str] = Field(examples=["[membrane, bath]", "{base: membrane, tip: bath}"])

    _loaded: CompactModel | None = PrivateAttr(default=None)

    @field_validator("terminals", mode="before")
    @classmethod
    def _by_name_or_order(cls, value: Any) -> Any:
        if not isinstance(value, Mapping):
            return is_a_pair(value)
        is_a_pair(list(value.values()))
        return value

    def at(self) -> Mapping[str, str]:
        return self.terminals if isinstance(self.terminals, dict) else super().at()

    def with_model(self, model: CompactModel) -> Compact:
        """The same with the content of its file, between the nodes in the order of the model's terminals.

        Raises:
            PydanticCustomError: the model has other terminals.
        """
        found = self.model_copy()
        if isinstance(self.terminals, dict):
            for name in self.terminals:
                if name not in model.terminals:
                    text = f"the model has no terminal {quoted(name)}; {did_you_mean(name, model.terminals, 'it has')}"
                    raise misfit(("terminals", name), text)
            first, second = model.terminals
            found.__dict__["terminals"] = (self.terminals[first], self.terminals[second])  # frozen
        found.__dict__.pop("_branches", None)
        found._loaded = model
        return found

    @property
    def loaded(self) -> CompactModel:
        """The content of its file."""
        if self._loaded is None:
            raise RuntimeError("the file of a compact model was not read")
        return self._loaded

    @cached_property
    def _branches(self) -> tuple[CompactModel, float, list[tuple[int, float]]]:
        """The model, the weight of what follows at once, and number and weight of each branch with a time."""
        branches = list(enumerate(self.loaded.branches))
        at_once = sum(branch.weight for _, branch in branches if not branch.times)
        return self.loaded, at_once, [(k, branch.weight) for k, branch in branches if branch.times]

    def _slow(self) -> list[int]:
        return [k for k, branch in enumerate(self.loaded.branches) if branch.times]

    def own(self) -> tuple[Own, ...]:
        scale = max(self.loaded.conductances)
        slow = self._slow()
        names = ["conductance"] if len(slow) == 1 else [f"conductance_{k + 1}" for k in range(len(slow))]
        return tuple(Own(name, "S", scale, stored=True) for name in names)

    def start(self) -> Array:
        return np.full(len(self._slow()), self.loaded.steady_conductance(0.0)[0])

    def flows(self, potentials: Array, own: Array, value: float) -> Terms:
        model, at_once, slow = self._branches
        voltage, scale = float(potentials[0] - potentials[1]), self.scale
        steady, by_voltage = model.steady_conductance(voltage)
        driving, conductance = voltage - model.reversal, at_once * steady
        size = 2 + len(slow)
        values, slopes = np.zeros(size), np.zeros((size, size))
        for row, ((k, weight), kept) in enumerate(zip(slow, map(float, own), strict=True), start=2):
            conductance += weight * kept
            time, time_slope = model.time(k, voltage)
            lacking = kept - steady
            by_this = -by_voltage / time - lacking * time_slope / time**2
            values[row] = lacking / time
            slopes[row, 0], slopes[row, 1], slopes[row, row] = by_this, -by_this, 1.0 / time
            slopes[0, row], slopes[1, row] = scale * weight * driving, -scale * weight * driving
        current, slope = scale * conductance * driving, scale * (conductance + at_once * by_voltage * driving)
        values[0], values[1] = current, -current
        slopes[0, 0] = slopes[1, 1] = slope
        slopes[0, 1] = slopes[1, 0] = -slope
        return Terms(values, slopes)

    def stored(self, potentials: Array, own: Array) -> Terms:
        size = 2 + len(own)
        values, slopes = np.zeros(size), np.zeros((size, size))
        capacitance = self.scale * self.loaded.capacitance
        charge = capacitance * (potentials[0] - potentials[1])
        values[:2] = charge, -charge
        values[2:] = own
        slopes[:2, :2] = capacitance * np.array([[1.0, -1.0], [-1.0, 1.0]])
        slopes[2:, 2:] = np.eye(len(own))
        return Terms(values, slopes)

    def quantities(self, potentials: Array, own: Array, currents: Array) -> Mapping[str, Any]:
        model, slow = self.loaded, self._slow()
        steady = model.steady_conductance(float(potentials[0] - potentials[1]))[0]
        at_once = sum(branch.weight for k, branch in enumerate(model.branches) if k not in slow)
        conductance = at_once * steady + sum(model.branches[k].weight * g for k, g in zip(slow, own, strict=True))
        return {**super().quantities(potentials, own, currents), "conductance [S]": self.scale * float(conductance)}
