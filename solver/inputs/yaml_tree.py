"""YAML text as a tree that knows the lines of its keys."""

from __future__ import annotations

import io
import math
import warnings
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from meshes.quoting import shortened
from solver.inputs.errors import CaseError, Key
from solver.inputs.files import text_of
from solver.inputs.plain import DEEPEST, MOST_VALUES

LONGEST_FILE = 1_000_000
"""Bytes of a case file; the largest that people write have some thousand."""


def read_text(file: Path) -> str:
    """Text of a file.

    Raises:
        CaseError: it cannot be read, is no UTF-8, or is no case file by its size.
    """
    try:
        return text_of(file, LONGEST_FILE)
    except ValueError as error:
        raise CaseError(str(error), file=file) from None


def read_yaml(text: str, file: Path | str) -> Any:
    """YAML with the positions of its keys.

    Raises:
        CaseError: a syntax error, a duplicate key, or nesting without end.
    """
    from ruamel.yaml import YAML
    from ruamel.yaml.constructor import DuplicateKeyError
    from ruamel.yaml.error import MarkedYAMLError, ReusedAnchorWarning

    try:
        _refuse_depth(text, file)
        with warnings.catch_warnings():
            warnings.simplefilter("error", ReusedAnchorWarning)
            if "*" in text:  # ruamel writes out all aliases in some of its messages
                _refuse_growth(YAML(typ="rt", pure=True).compose(io.StringIO(text)), file)
            return YAML(typ="rt", pure=True).load(io.StringIO(text))
    except CaseError:
        raise
    except DuplicateKeyError as error:
        line = error.problem_mark.line + 1
        rest = text.splitlines()[line - 1][error.problem_mark.column :]  # within braces the line has other keys, too
        word = shortened(rest.strip().split(":")[0].strip("'\" "))
        first = error.context_mark.line + 1 if error.context_mark is not None else None
        also = f" in the mapping that starts on line {first}" if first is not None else ""
        raise CaseError(f"duplicate key '{word}'{also}; keep one of them", file=file, line=line) from None
    except MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        problem = error.problem or error.context or "cannot be read"
        if "\\t" in problem:
            problem = "a tab in the indentation; use spaces"
        line = mark.line + 1 if mark else None
        raise CaseError(f"not valid YAML: {shortened(problem)}", file=file, line=line) from None
    except Exception as error:  # ruamel lets through what the constructors of tagged values raise, of any type
        raise CaseError(f"not valid YAML: {shortened(' '.join(str(error).split()))}", file=file) from None


def _refuse_depth(text: str, file: Path | str) -> None:
    """CaseError at the first mapping or list that lies within too many others, for which ruamel would take very long."""
    from ruamel.yaml import YAML
    from ruamel.yaml.events import CollectionEndEvent, CollectionStartEvent

    depth = 0
    for event in YAML(typ="rt", pure=True).parse(io.StringIO(text)):
        depth += isinstance(event, CollectionStartEvent) - isinstance(event, CollectionEndEvent)
        if depth > DEEPEST:
            line = event.start_mark.line + 1
            raise CaseError(f"more than {DEEPEST} levels of mappings and lists", file=file, line=line)


def _refuse_growth(root: Any, file: Path | str) -> None:
    """CaseError when aliases make more of a few lines than any case has."""
    sizes: dict[int, float] = {}

    def size(node: Any) -> float:
        """Nodes below one, those of aliases counted wherever they stand; infinite for one that holds itself."""
        if id(node) not in sizes:
            sizes[id(node)] = math.inf
            inner = [part for pair in node.value for part in (pair if isinstance(pair, tuple) else (pair,))]
            sizes[id(node)] = 1 + sum(map(size, inner)) if isinstance(node.value, list) else 1
        return sizes[id(node)]

    if root is not None and size(root) > MOST_VALUES:
        raise CaseError(f"aliases make more than {MOST_VALUES:,} values of it; write out what is meant", file=file)


def line_of(tree: Any, key: Key) -> int | None:
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
