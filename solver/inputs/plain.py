"""Values of the input as builtin Python types."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import PurePath
from typing import Any


def plain(value: Any) -> Any:
    """Mappings, lists, numbers and texts as builtin types, in place of numpy's arrays and numbers, paths, and the types of
    the YAML reader, which carry positions and formatting."""
    if isinstance(value, Mapping):
        return {key if isinstance(key, str) else str(key): plain(item) for key, item in value.items()}
    if hasattr(value, "tolist"):
        value = value.tolist()
    if isinstance(value, list | tuple):
        return [plain(item) for item in value]
    if isinstance(value, PurePath):
        return str(value)
    return next((kind(value) for kind in (bool, int, float, str) if isinstance(value, kind)), value)
