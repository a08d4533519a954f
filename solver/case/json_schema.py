"""The JSON Schema of a case file, with which editors complete and explain its keys.

It is the form of a case alone: keys, types, choices and the way to write quantities. What one key says of another is left
to `nanochannel check`.
"""

from __future__ import annotations

import inspect
import json
from typing import Any

from pydantic import BaseModel
from pydantic.json_schema import GenerateJsonSchema, JsonSchemaValue
from pydantic_core import CoreSchema, PydanticUndefined, core_schema

from solver.case.case import Case
from solver.case.meanings import meaning
from solver.physics.ions import ION_TABLE

DIALECT = "https://json-schema.org/draft/2020-12/schema"
FILE_NAME = "case.schema.json"
"""Name under which the schema is written."""

TERMINALS = {
    "base": "The wide end of cones and bullets, at z = 0.",
    "tip": "The narrow end of cones and bullets.",
    "left": "The end of all other channels at z = 0.",
    "right": "The other end of all other channels.",
}
"""Names of the terminals of the geometries that the program draws."""

WALLS = {
    "channel": "The wall of the channel.",
    "side_wall": "The walls at both sides of a slit in three dimensions.",
    "membrane_face": "The faces of the membrane beside both mouths.",
    "reservoir": "The sides of reservoirs whose terminal is their end.",
    "particle": "The surface of a particle in the channel.",
    "gate": "The outer side of a solid around the channel.",
    "left": "A plate of a closed cell.",
    "right": "The other plate of a closed cell.",
}
"""Names of the walls of the geometries that the program draws, as far as they are fixed."""


def case_schema() -> dict[str, Any]:
    """The JSON Schema (draft 2020-12) of a case file."""
    found = Case.model_json_schema(schema_generator=Generator)
    case = found["properties"]
    electrolyte = found["$defs"]["Electrolyte"]["properties"]
    ions = {name: f"valence {ion.valence:+d}, {ion.diffusivity:.4g} m^2/s" for name, ion in ION_TABLE.items()}
    for key, names in (
        (case["terminals"], TERMINALS),
        (case["walls"], WALLS),
        (electrolyte["species"], ions),
    ):
        below = key["additionalProperties"]
        key["properties"] = {name: {**below, "description": text} for name, text in names.items()}
    quantities: dict[str, Any] = {}
    found = shared(found, quantities)
    found["$defs"] = dict(sorted({**found["$defs"], **quantities}.items()))
    return {"$schema": DIALECT, "title": "Case of nanochannel", **{k: v for k, v in found.items() if k != "title"}}


def schema_text() -> str:
    """The schema as the text of a file."""
    return json.dumps(case_schema(), indent=1, ensure_ascii=False) + "\n"


def shared(node: Any, quantities: dict[str, Any]) -> Any:
    """The same, with quantities of one kind described once, below `$defs`."""
    if isinstance(node, list):
        return [shared(each, quantities) for each in node]
    if not isinstance(node, dict):
        return node
    if "x-quantity" not in node:
        return {key: shared(value, quantities) for key, value in node.items()}
    name = node["x-quantity"]
    rest = {key: node[key] for key in ("anyOf", "examples", "description") if key in node}
    own = {key: value for key, value in node.items() if key not in {"x-quantity", *rest}}
    if name in quantities and quantities[name]["anyOf"] != rest["anyOf"]:
        raise ValueError(f"two kinds of quantities have the name {name}")
    text = rest.pop("description", "")
    example = rest.pop("examples")
    quantities.setdefault(name, rest)
    return {"$ref": f"#/$defs/{name}", **({"description": text} if text else {}), "examples": example, **own}


class Generator(GenerateJsonSchema):
    """Pydantic's own, with the meanings of keys, and with what the validators of the models accept besides."""

    def field_title_should_be_set(self, schema: Any) -> bool:
        """Names of keys need no title."""
        return False

    def default_schema(self, schema: core_schema.WithDefaultSchema) -> JsonSchemaValue:
        """Defaults that a case file can hold."""
        inner = self.generate_inner(schema["schema"])
        default = schema.get("default", PydanticUndefined)
        default = default.written() if hasattr(default, "written") else default
        if isinstance(default, (str, int, float)) and default != "":
            return {**inner, "default": default}
        return inner

    def model_schema(self, schema: core_schema.ModelSchema) -> JsonSchemaValue:
        """Keys with their meanings. A mapping without keys may be left empty."""
        model: type[BaseModel] = schema["cls"]
        found = super().model_schema(schema)
        text = inspect.getdoc(model) or ""
        found["description"] = " ".join(text.partition("\n\n")[0].split())
        for name, field in model.model_fields.items():
            key = field.validation_alias if isinstance(field.validation_alias, str) else name
            below = found["properties"][key]
            if name == "type":
                found["required"] = ["type", *found.get("required", ())]
                continue
            if said := meaning(model, name, key):
                said = " ".join(said.split())
                below["description"] = _sentence(said, below)
            if field.examples and "examples" not in below:
                below["examples"] = list(field.examples)
        if not found.get("required"):
            found["type"] = ["object", "null"]
        return found

    def union_schema(self, schema: core_schema.UnionSchema) -> JsonSchemaValue:
        """Alternatives, with what is said of a quantity kept on the whole."""
        return _with_example(super().union_schema(schema))

    def nullable_schema(self, schema: core_schema.NullableSchema) -> JsonSchemaValue:
        """The value or null, with what is said of a quantity kept on the whole."""
        return _with_example(super().nullable_schema(schema))

    def tagged_union_schema(self, schema: core_schema.TaggedUnionSchema) -> JsonSchemaValue:
        """One of the kinds; told apart by their keys `type` or by their form."""
        found = super().tagged_union_schema(schema)
        by_type = isinstance(schema["discriminator"], str)
        kinds = found.pop("oneOf", None)
        found.pop("discriminator", None)
        for kind in () if by_type or kinds is None else kinds:  # an empty mapping is not one by names
            kind.update({"minProperties": 1} if "additionalProperties" in kind else {})
        return {**found, "oneOf" if by_type else "anyOf": kinds} if kinds else found

    def function_plain_schema(self, schema: Any) -> JsonSchemaValue:
        """Of classes that read themselves: they say it in their own method."""
        return {}

    def emit_warning(self, kind: Any, detail: str) -> None:
        """Nothing: defaults that no file can hold are left out on purpose."""

    def sort(self, value: JsonSchemaValue, parent_key: str | None = None) -> JsonSchemaValue:
        """In the order in which the models declare their keys."""
        return value

    def generate_inner(self, schema: CoreSchema) -> JsonSchemaValue:
        """As it is."""
        return super().generate_inner(schema)


def _with_example(found: JsonSchemaValue) -> JsonSchemaValue:
    for each in found.get("anyOf", ()):
        if "examples" in each and "examples" not in found:
            found["examples"] = each["examples"]
    return found


def _sentence(text: str, below: dict[str, Any]) -> str:
    """A meaning as sentences, with the unit of a quantity and how to write it."""
    text = text[0].upper() + text[1:]
    text += "" if text.endswith((".", "?", "!")) else "."
    kinds = [below, *below.get("anyOf", ())]
    unit = next((each["x-quantity"] for each in kinds if "x-quantity" in each), None)
    example = next((each["examples"][0] for each in kinds if each.get("examples")), None)
    return text if unit is None or example is None else f"{text} Such as {example}."
