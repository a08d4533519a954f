"""What installs the program elsewhere lists what pyproject.toml asks for, and the Python code needs nothing of one system."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest
from ruamel.yaml import YAML

from nanochannel import PACKAGES
from tests.support.paths import ROOT

tomllib = pytest.importorskip("tomllib")

CONDA_NAMES = {"matplotlib": "matplotlib-base"}
"""Names of packages on conda-forge where they differ."""
OF_ONE_SYSTEM = {"resource", "fcntl", "pwd", "grp", "termios", "pty"}
"""Modules of Python that Windows has not."""


def requirements() -> set[str]:
    """Requirements of the program, its tests and its documentation."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    extras = project["optional-dependencies"].values()
    found = {*project["dependencies"], *(each for extra in extras for each in extra)}
    return {each for each in found if not each.startswith("nanochannel[")}


def test_environment_yml_lists_what_pyproject_asks_for() -> None:
    listed = YAML(typ="safe").load((ROOT / "environment.yml").read_text(encoding="utf-8"))["dependencies"]
    by_pip = next(each["pip"] for each in listed if isinstance(each, dict))
    given = {str(each).replace(" ", "") for each in (*listed, *by_pip) if not isinstance(each, dict)}
    for requirement in requirements():
        name, limit = re.fullmatch(r"([A-Za-z0-9_.-]+)(.*)", requirement.replace(" ", "")).groups()  # type: ignore[union-attr]
        assert f"{CONDA_NAMES.get(name, name)}{limit}" in given


def modules() -> list[Path]:
    """Modules of the program."""
    return [ROOT / "nanochannel.py", *(path for name in PACKAGES for path in sorted((ROOT / name).rglob("*.py")))]


def test_modules_of_one_system_are_imported_where_they_may_be_missing() -> None:
    """Inside of `try`, with another way when they are not there."""
    for path in modules():
        tree = ast.parse(path.read_text(encoding="utf-8"))
        guarded = {
            id(node)
            for attempt in ast.walk(tree)
            if isinstance(attempt, ast.Try)
            for part in attempt.body
            for node in ast.walk(part)
        }
        for node in ast.walk(tree):
            names = (
                [alias.name for alias in node.names]
                if isinstance(node, ast.Import)
                else [node.module or ""]
                if isinstance(node, ast.ImportFrom)
                else []
            )
            assert id(node) in guarded or not OF_ONE_SYSTEM & set(names), f"{path}:{node.lineno}"  # type: ignore[attr-defined]


def test_text_files_are_opened_as_utf_8() -> None:
    """The encoding of Windows is another one. What lies in /proc is not there."""
    for path in modules():
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if not isinstance(node, ast.Call):
                continue
            name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
            if name not in ("open", "read_text", "write_text") or ast.unparse(node.func) == "os.open":
                continue
            words = [
                part.value for part in ast.walk(node) if isinstance(part, ast.Constant) and isinstance(part.value, str)
            ]
            binary = any(re.fullmatch(r"[rwax]\+?b|[rwax]b\+?", word) for word in words)
            on_path = name != "open" or isinstance(node.func, ast.Name) or bool(words)
            encoded = any(keyword.arg == "encoding" for keyword in node.keywords)
            own = isinstance(node.func, ast.Name) and name != "open"
            of_linux = any(word.startswith("/proc/") for word in words)
            assert binary or encoded or own or of_linux or not on_path, f"{path}:{node.lineno}"
