"""The JSON Schema of case files: it accepts what the program accepts, and refuses what has the wrong form."""

from __future__ import annotations

import random
import re
import shutil
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from ruamel.yaml import YAML

from circuits.description.json_schema import circuit_schema
from solver.case.json_schema import case_schema
from solver.case.loading import load_case
from solver.inputs.errors import CaseError
from tests.support import mutations
from tests.support.paths import CASE_FILES, CASES, CIRCUIT_FILES, DEVICE_FILES

SEEDS = 120
FORM = re.compile(r"unknown key;|is missing; (add|write e\.g\.)|is not a mapping|unknown type '|is not a whole number")
"""Parts of messages about the form of a case."""
OF_VALUES = ("species '", "/case.yaml:1: terminals")
"""Parts of messages that sound like it and are about values."""


@pytest.fixture(scope="module")
def schema() -> Draft202012Validator:
    """Of a case."""
    found = case_schema()
    Draft202012Validator.check_schema(found)
    return Draft202012Validator(found)


def read(text: str) -> Any:
    """The data of a case file."""
    return YAML(typ="safe", pure=True).load(text)


def with_value(case: str, key: str, value: Any) -> Any:
    """Data of a shipped case with another value at a dotted key; `...` takes the key out."""
    data = read((CASES / case / "case.yaml").read_text(encoding="utf-8"))
    *way, last = key.split(".")
    node = data
    for part in way:
        node = node[int(part) if isinstance(node, list) else part]
    if value is ...:
        del node[last]
    else:
        node[last] = value
    return data


@pytest.mark.parametrize("path", [*CASE_FILES, *DEVICE_FILES], ids=lambda path: f"{path.parent.name}-{path.stem}")
def test_a_shipped_case_names_the_schema_and_has_its_form(path: Path, schema: Draft202012Validator) -> None:
    text = path.read_text(encoding="utf-8")
    named = re.fullmatch(r"# yaml-language-server: \$schema=(\S+)", text.splitlines()[0])
    assert named is not None
    assert (path.parent / named[1]).is_file()
    assert [error.message for error in schema.iter_errors(read(text))] == []


@pytest.mark.parametrize("path", CIRCUIT_FILES, ids=lambda path: f"{path.parent.name}-{path.stem}")
def test_a_shipped_circuit_names_the_schema_and_has_its_form(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert text.splitlines()[0] == "# yaml-language-server: $schema=../../docs/circuit.schema.json"
    assert [error.message for error in Draft202012Validator(circuit_schema()).iter_errors(read(text))] == []


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("geometri", {}),
        ("geometry.radius", "5 nm"),
        ("geometry.length", ...),
        ("geometry.length", "long"),
        ("geometry.length", "-1 um"),
        ("geometry.length", True),
        ("geometry.type", "pyramid"),
        ("geometry.type", ...),
        ("geometry.reservoirs", {}),
        ("electrolyte", ...),
        ("electrolyte.species.K", {"valency": 1}),
        ("walls.channel.surface_charge", {"type": "piecewise", "breaks": ["1 nm"]}),
        ("walls.channel", "charged"),
        ("study.type", "wsweep"),
        ("study.range.points", 2.5),
        ("solver", {"linear": "magic"}),
    ],
)
def test_another_form_is_refused_by_the_schema_and_by_the_program(
    key: str, value: Any, schema: Draft202012Validator, tmp_path: Path
) -> None:
    data = with_value("conical_rectifier", key, value)
    assert not schema.is_valid(data)
    with pytest.raises(CaseError):
        loaded(data, CASES / "conical_rectifier", tmp_path)


@pytest.mark.parametrize(
    ("case", "key", "value"),
    [
        ("conical_rectifier", "geometry.length", 1e-6),
        *(
            ("conical_rectifier", "geometry.length", f"2000 {name}")
            for name in ("\u00c5", "\u212b", "ångström", "\u00b5m", "\u03bcm")
        ),
        ("conical_rectifier", "geometry.reservoirs", None),
        ("conical_rectifier", "electrolyte.species.K", None),
        ("conical_rectifier", "electrolyte.model", "ideal"),
        ("conical_rectifier", "walls.channel", {"groups": "silica"}),
        ("conical_rectifier", "mesh", {"wall_size": "0.3 debye_length", "tolerance": "1%"}),
        ("junction_mesh", "geometry.terminals.left", 7),
    ],
)
def test_short_forms_are_accepted(case: str, key: str, value: Any, schema: Draft202012Validator) -> None:
    assert [error.message for error in schema.iter_errors(with_value(case, key, value))] == []


def test_mutated_cases_are_refused_for_their_form_by_both(schema: Draft202012Validator, tmp_path: Path) -> None:
    """What the program accepts the schema accepts; what the program refuses for its form the schema refuses."""
    accepted = refused = 0
    for seed in range(SEEDS):
        pick = random.Random(seed)
        source = pick.choice(CASE_FILES)
        tree = read(source.read_text(encoding="utf-8"))
        mutations._mutated_tree(tree, pick)
        try:
            loaded(tree, source.parent, tmp_path)
        except CaseError as error:
            message = str(error).replace(str(tmp_path), "")
            if FORM.search(message) and not any(part in message for part in OF_VALUES):
                refused += 1
                assert not schema.is_valid(tree), f"seed {seed}: {message}"
        else:
            accepted += 1
            assert schema.is_valid(tree), f"seed {seed}"
    assert accepted > 8
    assert refused > 15


def loaded(tree: Any, beside: Path, folder: Path) -> None:
    """Read the data as a case, with the files of another one."""
    text = mutations._dumped(tree)
    if text is None:
        raise CaseError("is no YAML", key=())
    for file in (*beside.glob("*.csv"), *beside.glob("*.geo")):
        shutil.copy(file, folder)
    (folder / "case.yaml").write_bytes(text.encode("utf-8", "surrogatepass"))
    load_case(folder)


def test_keys_have_their_meanings_and_quantities_their_units() -> None:
    found = case_schema()
    cone = found["$defs"]["Cone"]["properties"]
    assert cone["radius_tip"]["description"] == "At the tip, the narrow end. Such as 5 nm."
    assert found["$defs"][cone["radius_tip"]["$ref"].rpartition("/")[2]]["anyOf"][0] == {
        "type": "number",
        "exclusiveMinimum": 0.0,
    }
    assert "K" in found["$defs"]["Electrolyte"]["properties"]["species"]["properties"]
    silent = [
        f"{name}.{key}"
        for name, model in found["$defs"].items()
        for key, value in model.get("properties", {}).items()
        if key != "type" and "description" not in value
    ]
    assert silent == []
