"""The JSON Schema of the file of a circuit, with which editors complete and explain its keys.

As that of a case it is the form of the file alone.
"""

from __future__ import annotations

import json
from typing import Any

from circuits.description.circuit import Circuit
from circuits.elements.registry import ELEMENTS
from circuits.elements.sources import SETTINGS
from solver.case.json_schema import DIALECT, Generator, shared

FILE_NAME = "circuit.schema.json"
"""Name under which the schema is written."""

VALUE: dict[str, Any] = {"type": ["number", "string"]}


def circuit_schema() -> dict[str, Any]:
    """The JSON Schema (draft 2020-12) of a circuit file."""
    found = Circuit.model_json_schema(schema_generator=Generator)
    for element in ELEMENTS:
        found["$defs"][element.__name__]["description"] = element.explanation
    for name, entry in found["$defs"].items():
        if name in _steps(found):  # those of a source drive the source alone
            for key in SETTINGS:
                if key in entry["properties"]:
                    text = entry["properties"][key].get("description", "")
                    value = {"type": "array", "items": VALUE} if key == "values" else VALUE
                    entry["properties"][key] = {**value, "description": text}
    quantities: dict[str, Any] = {}
    found = shared(found, quantities)
    found["$defs"] = dict(sorted({**found["$defs"], **quantities}.items()))
    return {"$schema": DIALECT, "title": "Circuit of nanochannel", **{k: v for k, v in found.items() if k != "title"}}


def _steps(schema: dict[str, Any]) -> set[str]:
    """Names of the definitions that the steps of protocols have."""
    items = schema["$defs"]["CurrentSource"]["properties"]["protocol"]["items"]
    kinds = items.get("oneOf") or items.get("anyOf") or [items]
    return {str(kind["$ref"]).rpartition("/")[2] for kind in kinds if "$ref" in kind}


def circuit_schema_text() -> str:
    """The schema as the text of a file."""
    return json.dumps(circuit_schema(), indent=1, ensure_ascii=False) + "\n"
