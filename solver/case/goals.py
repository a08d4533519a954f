"""Tolerances and sensitivities of a case that its study does not have are refused."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from meshes.geometry import ChannelGeometry
from meshes.quantity import misfit
from meshes.quoting import quoted
from solver.case.studies.studied import StudiedCase
from solver.inputs.errors import CaseError
from solver.inputs.keys import step_from, value_at
from solver.laws.properties.constant import Constant

# Parts of numeric keys that change the system itself, so that there is no derivative by them.
FIXED = {"mesh", "study", "outputs", "solver", "valence", "stoichiometry", "breaks"}


class CaseWithGoals(StudiedCase, Protocol):
    """A case, as far as its goals go."""

    @property
    def mesh(self) -> Any:
        """Control of the mesh."""

    @property
    def solver(self) -> Any:
        """Control of the solver."""

    @property
    def regions(self) -> Mapping[str, Any]:
        """Materials of the regions."""

    @property
    def walls(self) -> Mapping[str, Any]:
        """Laws of the walls."""

    @property
    def electrolyte(self) -> Any:
        """The liquid."""

    def unit(self, parameter: str) -> str:
        """SI unit of a numeric key. CaseError when there is no such key."""

    def model_dump(self, *, mode: str) -> dict[str, Any]:
        """The case as plain data."""


def check_goals(case: CaseWithGoals, *, try_values: bool) -> None:
    """Refuse a tolerance or a sensitivity of what the study does not have."""
    if case.mesh.tolerance is not None and case.mesh.goal == "rectification_ratio":
        ends = [(min(values), max(values)) for name, values in case.study.axes() if name.endswith(".potential")]
        if not any(low == -high < 0.0 for low, high in ends):
            raise misfit(("mesh", "goal"), "'rectification_ratio' needs a sweep of a potential from -V to V")
    if case.mesh.tolerance is not None and case.mesh.goal == "flow_rate" and case.solver.flow == "none":
        raise misfit(("mesh", "goal"), "'flow_rate' needs 'solver: {flow: stokes}'")
    if case.outputs.sensitivities and not case.study.has_sensitivities:
        raise misfit(
            ("outputs", "sensitivities"), f"are of steady states; a study of type {case.study.kind()} has none"
        )
    for i, parameter in enumerate(case.outputs.sensitivities):
        place = ("outputs", "sensitivities", i)
        try:
            case.unit(parameter)
        except CaseError as error:
            raise misfit(place, error.text) from None
        words, text = parameter.split("."), "it changes more than values and sizes"
        value = value_at(case.model_dump(mode="json"), parameter)
        if not isinstance(value, (int, float)):
            text = "the case gives no single number there"
        elif words[0] == "geometry" and getattr(case.geometry, "particle", None) is not None:
            text = "the mesh around a particle is not moved; sweep it"
        elif words[0] == "geometry" and not isinstance(case.geometry, ChannelGeometry):
            text = f"the mesh of a {case.geometry.type} is not moved; sweep it"
        elif _is_value(case, words):
            text = _obstacle(case, parameter, float(value)) if try_values else ""
        if text:
            raise misfit(place, f"the results have no derivative by {quoted(parameter)}: {text}")


def _is_value(case: CaseWithGoals, words: Sequence[str]) -> bool:
    """Whether a numeric key is a value or a size of a device that stays the same otherwise."""
    if words[0] == "regions":
        return ".".join(words[2:]) in case.regions[words[1]].coefficients()
    return words[0] not in FIXED and words[1] != "reactions" and not FIXED & set(words[2:])


def _obstacle(case: CaseWithGoals, parameter: str, value: float) -> str:
    """Why a number cannot be varied around its value; "" when it can."""
    step = step_from(value, case.unit(parameter))
    alone = case.model_copy(update={"outputs": case.outputs.model_copy(update={"sensitivities": ()})})
    for near in (value - step, value + step):
        try:
            other = alone.with_value(parameter, near)
        except CaseError as error:
            return f"{near:g} is refused ({error.text})"
        if _laws(other) != _laws(case):
            return "laws of the liquid, of a region or of a wall follow from it otherwise than by values; sweep it"
    return ""


def _laws(case: CaseWithGoals) -> tuple[object, ...]:
    """What is no value of the liquid, of the regions and of the walls."""
    liquid = case.electrolyte
    fixed = isinstance(liquid.properties, Constant)  # others may follow the temperature
    laws = [each.structure for each in (*case.regions.values(), *case.walls.values())]
    return liquid.model, liquid.properties, None if fixed else liquid.temperature, laws
