"""The names of the project, read from its source: modules, functions, classes, keys of a case, files, columns, commands."""

from __future__ import annotations

import ast
import functools
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, get_args

from pydantic import BaseModel

from solver.case.case import Case
from tests.support.paths import ROOT

PACKAGES = ("solver", "meshes", "circuits", "postprocess")
FOLDERS = (ROOT, ROOT / "solver")
"""Folders that a path may be relative to."""


@functools.cache
def trees() -> dict[Path, ast.Module]:
    """The syntax tree of every module."""
    found = [path for package in PACKAGES for path in (ROOT / package).rglob("*.py")]
    return {path: ast.parse(path.read_text(encoding="utf-8")) for path in [*found, ROOT / "nanochannel.py"]}


def _members(tree: ast.Module | ast.ClassDef) -> Iterator[str]:
    """Names of the functions, classes, values and fields directly in a module or class, and of what methods set."""
    for node in tree.body:
        match node:
            case ast.FunctionDef(name=name):
                yield name
                if isinstance(tree, ast.ClassDef):
                    yield from (inner.attr for inner in ast.walk(node) if _is_set_on_self(inner))  # type: ignore[attr-defined]
            case ast.ClassDef(name=name) | ast.AnnAssign(target=ast.Name(id=name)):
                yield name
            case ast.Assign(targets=targets):
                yield from (target.id for target in targets if isinstance(target, ast.Name))


def _is_set_on_self(node: ast.AST) -> bool:
    match node:
        case ast.Attribute(value=ast.Name(id="self"), ctx=ast.Store()):
            return True
    return False


@functools.cache
def definitions() -> frozenset[str]:
    """Functions, classes and values by their name, `Class.member`, and `module.name` with any end of the module's path."""
    found: set[str] = set()
    for path, tree in trees().items():
        parts = path.relative_to(ROOT).with_suffix("").parts
        modules = [".".join(parts[i:]) for i in range(len(parts))]
        inside = set(_members(tree))
        for node in tree.body:
            if isinstance(node, ast.ClassDef):
                found |= (methods := {f"{node.name}.{member}" for member in _members(node)})
                inside |= methods
        found |= inside | {f"{module}.{name}" for module in modules for name in inside}
    return frozenset(found)


def _models(annotation: Any) -> Iterator[type[BaseModel]]:
    """Models in an annotation, however deep."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for argument in get_args(annotation):
        yield from _models(argument)
    if (value := getattr(annotation, "__value__", None)) is not None:  # of a type alias
        yield from _models(value)


@functools.cache
def case_keys() -> frozenset[str]:
    """Keys of a case: the dotted ones that start at the top, and the last parts alone."""
    found: set[str] = set()

    def walk(model: type[BaseModel], above: str) -> None:
        for name, field in model.model_fields.items():
            found.update((name, above + name))
            for inner in _models(field.annotation):
                walk(inner, f"{above}{name}.")

    walk(Case, "")
    return frozenset(found)


@functools.cache
def texts() -> frozenset[str]:
    """Words of all strings in the code, and columns of the list of them: columns, entries of a summary, commands."""
    found = set(re.findall(r"`(\w+)", (ROOT / "docs" / "results.md").read_text(encoding="utf-8")))
    for tree in trees().values():
        docstrings = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
        for node in ast.walk(tree):
            if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in docstrings:
                found.update(re.findall(r"\w+", node.value))
    return frozenset(found)


def is_file(name: str) -> bool:
    """Whether a path is that of a file or folder, from the root or from `solver`."""
    return any((folder / name).exists() for folder in FOLDERS)


def is_written(name: str) -> bool:
    """Whether the name of a column or entry stands in a string, or ends as one does: `_error` of any column."""
    words = texts()
    return name in words or any(name[i:] in words for i in range(len(name)) if name[i] == "_")
