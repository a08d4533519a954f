"""Keys at which one of several registered kinds stands, told apart by `type`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Union, get_args

from pydantic import BaseModel, BeforeValidator, Field, GetJsonSchemaHandler
from pydantic_core import core_schema

from meshes.quantity import has_type


def type_name(kind: type[BaseModel]) -> str:
    """The value of the key `type` of a kind."""
    return str(get_args(kind.model_fields["type"].annotation)[0])


def nothing_required(schema: dict[str, Any]) -> None:
    """Say in the JSON Schema of keys that tables have defaults of all of them."""
    schema.pop("required", None)


def one_of(kinds: Sequence[type[BaseModel]]) -> Any:
    """Type of a key that holds one of the kinds: a mapping with `type`, or the name of a kind alone."""
    names = [type_name(kind) for kind in kinds]

    def spelled_out(value: Any) -> Any:
        return {"type": value} if isinstance(value, str) else value

    union: Any = Union[tuple(kinds)]  # noqa: UP007
    if len(kinds) > 1:
        union = Annotated[union, Field(discriminator="type")]
    return Annotated[union, has_type(*names), BeforeValidator(spelled_out), OrWord(tuple(names))]


@dataclass(frozen=True)
class OrWord:
    """Annotation of a value that may also be one of some words, for its JSON Schema."""

    words: tuple[str, ...]

    def __get_pydantic_json_schema__(
        self, schema: core_schema.CoreSchema, handler: GetJsonSchemaHandler
    ) -> dict[str, Any]:
        return {"anyOf": [{"enum": list(self.words)}, handler(schema)]}
