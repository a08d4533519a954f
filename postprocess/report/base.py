"""What a section of a report has to say of itself, and what a kind of folder has."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Generic, TypeVar

S = TypeVar("S")


@dataclass(frozen=True)
class Section(Generic[S]):
    """A section of a report.

    Attributes:
        name: of its anchor.
        title: heading of the section.
        content: what the template needs of the subject, None where there is nothing to say.
        template: name of a file of `templates` without its ending; that of the section by default.
    """

    name: str
    title: str
    content: Callable[[S], Mapping[str, Any] | None]
    template: str = ""


@dataclass(frozen=True)
class Heading:
    """Head of a report.

    Attributes:
        title: of the page. subtitle: name of what it is about.
        status: of the computation, such as "complete". good: whether that is what one wants.
        message: why, if it is not.
        started: when the computation began, as text; "" where that is unknown.
    """

    title: str
    subtitle: str
    status: str
    good: bool
    message: str = ""
    started: str = ""


@dataclass(frozen=True)
class Kind(Generic[S]):
    """A kind of folder.

    Attributes:
        name: in words, "a result".
        read: the subject of a folder; raises ResultError where it cannot be read.
        heading: head of the page.
        sections: in their order.
    """

    name: str
    read: Callable[[Path], S]
    heading: Callable[[S], Heading]
    sections: tuple[Section[S], ...]
