"""The forms in which a compact model is written for other programs. `EXPORTS` is the only list of them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from circuits.compact import spice, table, verilog_a
from circuits.compact.family import CompactFamily
from circuits.compact.model import CompactModel

Model = CompactModel | CompactFamily


@dataclass(frozen=True)
class Export:
    """A form.

    Attributes:
        ending: of its files.
        text: content of the file, for a model and its name.
    """

    ending: str
    text: Callable[[Model, str], str]


def _of_each(written: Callable[[CompactModel, str], str]) -> Callable[[Model, str], str]:
    """A form with one part for every model of a family."""

    def text(model: Model, name: str) -> str:
        return "\n".join(written(each, own) for each, own in _named(model, name))

    return text


def _named(model: Model, name: str) -> Iterator[tuple[CompactModel, str]]:
    if isinstance(model, CompactModel):
        yield model, name
        return
    for number, each in enumerate(model.models, start=1):
        yield each, f"{name}_{number}"


EXPORTS: dict[str, Export] = {
    "spice": Export(".sub", _of_each(spice.subcircuit)),
    "verilog-a": Export(".va", _of_each(verilog_a.module)),
    "csv": Export(".csv", lambda model, name: table.rows(model)),
}


def exported(model: Model, form: str, name: str) -> str:
    """A model in one of the forms, under a name of its own."""
    return EXPORTS[form].text(model, spice.identifier(name))
