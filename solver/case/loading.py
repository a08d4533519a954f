"""Reading case.yaml: overrides of the command line, and errors that name file, line and key."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from meshes.quantity import did_you_mean
from meshes.quoting import quoted
from solver.case.case import Case
from solver.case.upgrade import present_key, written_key
from solver.inputs.errors import COMMAND_LINE, CaseError, Key, dotted
from solver.inputs.files import CASE_FILE
from solver.inputs.keys import first_step
from solver.inputs.plain import plain
from solver.inputs.yaml_tree import line_of, read_text, read_yaml

CIRCUIT = "circuit"
"""Key by which the file of a circuit is told from that of a case."""

T = TypeVar("T")


def load_case(path: Path | str, overrides: Iterable[str] = ()) -> Case:
    """The case of a directory (its case.yaml) or of a YAML file.

    overrides: "key=value" texts, the key dotted and the value as YAML, e.g. "terminals.base.potential=0.5 V"; they go
    through the same validation as the file.
    Raises CaseError, whose text is one line, for whatever is wrong with the input.
    """
    return CaseFile.read(path).case(overrides)


@dataclass(frozen=True)
class CaseFile:
    """A case file that was read once, for cases that differ in their overrides.

    Attributes:
        file: its path.
        tree: its content, which knows the lines of its keys.
    """

    file: Path
    tree: Any

    @classmethod
    def read(cls, path: Path | str) -> CaseFile:
        """The file of a case directory, or a YAML file.

        Raises:
            CaseError: there is none, or it cannot be read.
        """
        file = _find(Path(path))
        tree = read_yaml(read_text(file), file)
        if not isinstance(tree, Mapping):
            raise CaseError(f"holds no case; its keys are {', '.join(Case.keys())}", file=file, line=1)
        return cls(file, tree)

    def case(self, overrides: Iterable[str] = ()) -> Case:
        """The case with some overrides, as of `load_case`.

        Raises:
            CaseError: the case, or a file that it names, is wrong or missing.
        """

        if CIRCUIT in self.tree:
            text = "describes a circuit, where the case of a single device is needed; write that of one of its devices"
            raise CaseError(text, key=(CIRCUIT,), file=self.file, line=line_of(self.tree, (CIRCUIT,)))

        def made(data: Any) -> Case:
            case = Case.model_validate(data, context={"file": self.file})
            check_files(case)
            return case

        return self.made(made, overrides)

    def made(self, make: Callable[[Any], T], overrides: Iterable[str] = ()) -> T:
        """Whatever is made from the data of the file with some overrides; its errors get their lines.

        Raises:
            CaseError: the data are wrong.
        """
        try:
            data = plain(self.tree)
        except CaseError as error:
            raise _placed(error.text, error.key, self.file, self.tree, []) from None
        changed = [_override(data, text) for text in overrides]
        try:
            return make(data)
        except CaseError as error:
            raise _placed(error.text, error.key, self.file, self.tree, changed) from None


def located(error: CaseError, overrides: Iterable[str] = ()) -> CaseError:
    """An error of a case that was loaded, such as one of a computation, with the line of its key or the override that brought
    the value."""
    if not isinstance(error.file, Path) or error.line is not None or not error.key:
        return error
    tree = read_yaml(read_text(error.file), error.file)
    data = plain(tree)
    return _placed(error.text, error.key, error.file, tree, [_override(data, text) for text in overrides])


def check_files(case: Case) -> None:
    """Check that the files which a case names are there.

    Raises:
        CaseError: one is not.
    """
    if missing := case.study.missing_file(case.directory):
        key, text = missing
        raise CaseError(text, key=key)
    geometry = case.geometry
    for name, path in (("path", geometry.path), ("coarser", geometry.coarser)) if geometry.type == "file" else ():
        if path is not None and not (case.directory / path).is_file():
            raise CaseError(f"no mesh file '{case.directory / path}'", key=("geometry", name))


def _placed(text: str, key: Key, file: Path, tree: Any, changed: list[Key]) -> CaseError:
    """The error at the line of its key, or at the --set that brought the value."""
    for override in reversed(changed):
        within = key[: len(override)] == override
        made = override[: len(key)] == key and not _has(tree, key)  # a parent that only the override brings
        if within or made:
            return CaseError(text, key=key, file=COMMAND_LINE)
    return CaseError(text, key=key, file=file, line=line_of(tree, written_key(key, tree)))


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


def _has(tree: Any, key: Key) -> bool:
    for part in key:
        there = part in tree if isinstance(tree, Mapping) else isinstance(tree, list) and part in range(len(tree))
        if not there:
            return False
        tree = tree[part]
    return True


# ------------------------------------------------------------------------------------------------ overrides
def _override(data: dict[str, Any], text: str) -> Key:
    """Put one "key=value" into the data; gives the key. Mappings on the way that the file leaves out are made."""
    name, equals, value = text.partition("=")
    name = name.strip()
    if not equals or not name:
        raise CaseError(
            f"{quoted(text)} is not key=value; write e.g. 'terminals.base.potential=0.5 V'", file=COMMAND_LINE
        )
    key: list[str | int] = []
    node: Any = data
    parts = name.split(".")
    rest = parts
    while rest:
        part, rest = first_step(node, rest)
        if isinstance(node, list):
            if not part.isdigit() or int(part) >= len(node):
                text = f"{quoted(part)} is not a position in a list of {len(node)}"
                raise CaseError(text, key=tuple(parts), file=COMMAND_LINE)
            key.append(int(part))
        elif isinstance(node, dict):
            key.append(part)
        else:
            raise CaseError(f"{quoted(dotted(tuple(key)))} has no keys below it", key=tuple(parts), file=COMMAND_LINE)
        if not rest:
            node[key[-1]] = _value(value, tuple(parts))
        elif isinstance(node, dict) and node.get(part) is None:
            node[part] = {}
        node = node[key[-1]]
    return present_key(tuple(key))


def _value(text: str, key: Key) -> Any:
    try:
        return plain(read_yaml(text.strip(), COMMAND_LINE))
    except CaseError as error:
        raise CaseError(error.text, key=key, file=COMMAND_LINE) from None
