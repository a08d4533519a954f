"""What a study asks of the case that it belongs to."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol, TypeVar

from typing_extensions import Self


class StudiedCase(Protocol):
    """A case, as far as studies need one."""

    @property
    def study(self) -> Any:
        """The study of the case."""

    @property
    def outputs(self) -> Any:
        """What is written."""

    @property
    def geometry(self) -> Any:
        """Shape of the device."""

    @property
    def electrolyte(self) -> Any:
        """The ions and the liquid."""

    @property
    def terminals(self) -> Mapping[str, Any]:
        """Values held by each terminal."""

    @property
    def walls(self) -> Mapping[str, Any]:
        """Charge and potential of each wall."""

    @property
    def layout(self) -> Any:
        """Where the regions lie in a channel that the program draws."""

    @property
    def gates(self) -> tuple[str, ...]:
        """The metals that border on the solid around a channel alone."""

    @property
    def electrodes(self) -> tuple[str, ...]:
        """The walls of given potential, or with a current that is held."""

    @property
    def reacting(self) -> tuple[str, ...]:
        """The electrodes at which reactions pass current."""

    @property
    def open_walls(self) -> tuple[str, ...]:
        """The walls that are no metal but take part in the balance of charge or of species."""

    @property
    def galvanostatic(self) -> tuple[str, ...]:
        """The terminals and electrodes that hold a current, so that their potential follows."""

    @property
    def driven_terminal(self) -> str:
        """The terminal or electrode whose current is the current of the device."""

    def potential_key(self, name: str) -> str:
        """The dotted key of the potential of a terminal or an electrode."""

    def potential_of(self, name: str) -> float:
        """V of a terminal or an electrode."""

    def bulk(self, name: str | None = None) -> dict[str, float]:
        """Concentration in mol/m^3 of every species in the reservoir of a terminal."""

    def header(self, parameter: str) -> str:
        """Column header of a numeric key."""

    def label(self, values: Mapping[str, float]) -> str:
        """Values of numeric keys in words."""

    def with_value(self, parameter: str, value: float | str) -> Self:
        """The case with one numeric key replaced."""

    def with_values(self, values: Mapping[str, Any]) -> Self:
        """The case with the values of several dotted keys replaced at once."""

    def model_copy(self, *, update: Mapping[str, Any] | None = None) -> Self:
        """The case with fields replaced, not validated."""


C = TypeVar("C", bound=StudiedCase)
"""The class of the case."""
