"""The forms in which a compact model is written for other programs. `EXPORTS` is the only list of them; it is read before any
library is loaded."""

from __future__ import annotations

import importlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from circuits.compact.family import CompactFamily
    from circuits.compact.model import CompactModel


@dataclass(frozen=True)
class Export:
    """A form.

    Attributes:
        ending: of its files.
        writer: function that gives the text for a model and its name, as "module:function".
        whole: whether it takes all models of a family at once; else it is called for each.
    """

    ending: str
    writer: str
    whole: bool = False


EXPORTS = {
    "spice": Export(".sub", "circuits.compact.spice:subcircuit"),
    "verilog-a": Export(".va", "circuits.compact.verilog_a:module"),
    "csv": Export(".csv", "circuits.compact.table:rows", whole=True),
}


def exported(model: CompactModel | CompactFamily, form: str, name: str) -> str:
    """A model in one of the forms, under a name of its own."""
    from circuits.compact.spice import identifier

    export = EXPORTS[form]
    place, function = export.writer.split(":")
    write, name = getattr(importlib.import_module(place), function), identifier(name)
    if export.whole:
        return str(write(model, name))
    return "\n".join(write(each, own) for each, own in _named(model, name))


def _named(model: CompactModel | CompactFamily, name: str) -> Iterator[tuple[CompactModel, str]]:
    from circuits.compact.model import CompactModel

    if isinstance(model, CompactModel):
        yield model, name
        return
    for number, each in enumerate(model.models, start=1):
        yield each, f"{name}_{number}"
