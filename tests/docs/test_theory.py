"""The names of docs/theory.md: what stands between back-ticks is there, in the code, in a case or in a result."""

from __future__ import annotations

import re

import pytest
from ruamel.yaml import YAML, YAMLError

from tests.support import names

TEXT = (names.ROOT / "docs" / "theory.md").read_text(encoding="utf-8")
NOT_OURS = {"es324sal": "a method of PETSc", "1.234(5) nA": "an example of a value with its error"}


def quoted(text: str) -> list[str]:
    """Texts between single back-ticks, each once, without formulas and code blocks."""
    text = re.sub(r"```.*?```", "", text, flags=re.DOTALL)
    return list(dict.fromkeys(re.sub(r"\s+", " ", name) for name in re.findall(r"`([^`]+)`", text)))


def keys_in(text: str) -> list[str]:
    """Dotted keys of a line of a case file, such as `mesh: {tolerance: 0.2 %}`; none if it is not one."""

    def walk(node: object, above: str) -> list[str]:
        if not isinstance(node, dict):
            return [above]
        return [key for name, value in node.items() for key in walk(value, f"{above}.{name}".lstrip("."))]

    try:
        node = YAML(typ="safe").load(text)
    except YAMLError:
        return []
    return walk(node, "") if isinstance(node, dict) else []


def exists(name: str) -> bool:
    """Whether a name is that of a file, a function, a class, a key, a column or a command."""
    if "/" in name or re.search(r"\.(py|md|csv|json)$", name):
        return names.is_file(name)
    if keys := keys_in(name):
        return all(key in names.case_keys() for key in keys)
    if name.startswith("nanochannel "):
        return all(part in names.texts() for part in name.split())
    return name in names.case_keys() | names.definitions() or ("." not in name and names.is_written(name))


@pytest.mark.parametrize("name", [name for name in quoted(TEXT) if name not in NOT_OURS])
def test_what_the_theory_names_exists(name: str) -> None:
    assert exists(name)


def test_the_theory_names_its_functions() -> None:
    assert len(quoted(TEXT)) > 70
    assert set(NOT_OURS) <= set(quoted(TEXT)), "an exception that nobody needs"


@pytest.mark.parametrize(
    "name",
    [
        "forms.navier_stokes", "Problem.no_such_method", "nowhere.py", "discretization/nowhere.py", "solver.tolerence",
        "mesh: {tolerence: 1 %}", "mesh.tolerance: {value: 1}", "no_such_column", "NoSuchClass", "nanochannel fly",
    ],
)  # fmt: skip
def test_what_does_not_exist_is_found_out(name: str) -> None:
    assert not exists(name)
