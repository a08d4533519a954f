"""Reading case.yaml: overrides of the command line, and errors that name file, line and key."""

from __future__ import annotations

import io
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from meshes.quantity import did_you_mean
from solver.case.case import Case
from solver.case.upgrade import present_key, written_key
from solver.inputs.errors import COMMAND_LINE, CaseError, Key, dotted
from solver.inputs.keys import first_step
from solver.inputs.plain import plain

CASE_FILE = "case.yaml"


def load_case(path: Path | str, overrides: Iterable[str] = ()) -> Case:
    """The case of a directory (its case.yaml) or of a YAML file.

    overrides: "key=value" texts, the key dotted and the value as YAML, e.g. "terminals.base.potential=0.5 V"; they go
    through the same validation as the file.
    Raises CaseError, whose text is one line, for whatever is wrong with the input.
    """
    file = _find(Path(path))
    tree = _read_yaml(_read_text(file), file)
    if not isinstance(tree, Mapping):
        raise CaseError(f"holds no case; its keys are {', '.join(Case.keys())}", file=file, line=1)
    data = plain(tree)
    changed = [_override(data, text) for text in overrides]
    try:
        case = Case.model_validate(data, context={"file": file})
        check_files(case)
    except CaseError as error:
        raise _placed(error.text, error.key, file, tree, changed) from None
    return case


def check_files(case: Case) -> None:
    """Check that the files which a case names are there.

    Raises:
        CaseError: one is not.
    """
    if missing := case.study.missing_file(case.directory):
        key, text = missing
        raise CaseError(text, key=key)
    if case.geometry.type == "file" and not (case.directory / case.geometry.path).is_file():
        raise CaseError(f"no mesh file '{case.directory / case.geometry.path}'", key=("geometry", "path"))


def _placed(text: str, key: Key, file: Path, tree: Any, changed: list[Key]) -> CaseError:
    """The error at the line of its key, or at the --set that brought the value."""
    for override in reversed(changed):
        within = key[: len(override)] == override
        made = override[: len(key)] == key and not _has(tree, key)  # a parent that only the override brings
        if within or made:
            return CaseError(text, key=key, file=COMMAND_LINE)
    return CaseError(text, key=key, file=file, line=_line(tree, written_key(key, tree)))


# ------------------------------------------------------------------------------------------------ files
def _find(path: Path) -> Path:
    file = path / CASE_FILE if path.is_dir() else path
    if file.is_file():
        return file
    if path.is_dir():
        raise CaseError(f"no such file; a case directory holds a {CASE_FILE}", file=file)
    siblings = [entry.parent.name for entry in path.parent.glob(f"*/{CASE_FILE}")] if path.parent.is_dir() else []
    known = (
        did_you_mean(path.name, sorted(siblings), f"cases in '{path.parent}':") if siblings else "write a case's path"
    )
    raise CaseError(f"no such file or directory; {known}", file=path)


def _read_text(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8")
    except UnicodeDecodeError:
        raise CaseError("is not UTF-8 text; save it as UTF-8", file=file) from None
    except OSError as error:
        raise CaseError(f"cannot be read: {error.strerror}", file=file) from None


def _read_yaml(text: str, file: Path | str) -> Any:
    """YAML with the positions of its keys. CaseError for a syntax error or a duplicate key."""
    from ruamel.yaml import YAML
    from ruamel.yaml.constructor import DuplicateKeyError
    from ruamel.yaml.error import MarkedYAMLError, YAMLError

    try:
        return YAML(typ="rt", pure=True).load(io.StringIO(text))
    except DuplicateKeyError as error:
        line = error.problem_mark.line + 1
        word = text.splitlines()[line - 1].strip().split(":")[0].strip("'\" ")
        first = error.context_mark.line + 1 if error.context_mark is not None else None
        also = f" in the mapping that starts on line {first}" if first is not None else ""
        raise CaseError(f"duplicate key '{word}'{also}; keep one of them", file=file, line=line) from None
    except MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        problem = error.problem or error.context or "cannot be read"
        if "\\t" in problem:
            problem = "a tab in the indentation; use spaces"
        raise CaseError(f"not valid YAML: {problem}", file=file, line=mark.line + 1 if mark else None) from None
    except (YAMLError, ValueError) as error:
        raise CaseError(f"not valid YAML: {error}", file=file) from None


def _has(tree: Any, key: Key) -> bool:
    for part in key:
        there = part in tree if isinstance(tree, Mapping) else isinstance(tree, list) and part in range(len(tree))
        if not there:
            return False
        tree = tree[part]
    return True


def _line(tree: Any, key: Key) -> int | None:
    """Line (from 1) of the deepest part of a key that the file has."""
    line = 1
    for part in key:
        if isinstance(tree, Mapping) and part in tree:
            line = tree.lc.key(part)[0] + 1 if hasattr(tree, "lc") and part in (tree.lc.data or {}) else line
        elif isinstance(tree, list) and isinstance(part, int) and part < len(tree):
            line = tree.lc.item(part)[0] + 1 if hasattr(tree, "lc") else line
        else:
            break
        tree = tree[part]
    return line


# ------------------------------------------------------------------------------------------------ overrides
def _override(data: dict[str, Any], text: str) -> Key:
    """Put one "key=value" into the data; gives the key. Mappings on the way that the file leaves out are made."""
    name, equals, value = text.partition("=")
    name = name.strip()
    if not equals or not name:
        raise CaseError(f"'{text}' is not key=value; write e.g. 'terminals.base.potential=0.5 V'", file=COMMAND_LINE)
    key: list[str | int] = []
    node: Any = data
    parts = name.split(".")
    rest = parts
    while rest:
        part, rest = first_step(node, rest)
        if isinstance(node, list):
            if not part.isdigit() or int(part) >= len(node):
                text = f"'{part}' is not a position in a list of {len(node)}"
                raise CaseError(text, key=tuple(parts), file=COMMAND_LINE)
            key.append(int(part))
        elif isinstance(node, dict):
            key.append(part)
        else:
            raise CaseError(f"'{dotted(tuple(key))}' has no keys below it", key=tuple(parts), file=COMMAND_LINE)
        if not rest:
            node[key[-1]] = _value(value, tuple(parts))
        elif isinstance(node, dict) and node.get(part) is None:
            node[part] = {}
        node = node[key[-1]]
    return present_key(tuple(key))


def _value(text: str, key: Key) -> Any:
    try:
        return plain(_read_yaml(text.strip(), COMMAND_LINE))
    except CaseError as error:
        raise CaseError(error.text, key=key, file=COMMAND_LINE) from None
