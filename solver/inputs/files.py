"""Text of the files that users name."""

from __future__ import annotations

from pathlib import Path

CASE_FILE = "case.yaml"
"""File of a case's or a circuit's directory."""


def name_of(file: Path | None, unnamed: str) -> str:
    """Name of a case or circuit: of its directory, or of the file itself where it has another name than `CASE_FILE`.

    unnamed: of one that was made from values.
    """
    if file is None:
        return unnamed
    return file.resolve().parent.name if file.name == CASE_FILE else file.stem


def text_of(file: Path, most: int) -> str:
    """Text of a file of at most `most` bytes, without the mark of its byte order.

    Raises:
        ValueError: it cannot be read; what is wrong, to be written behind its name.
    """
    try:
        size = file.stat().st_size
        if file.is_file() and size <= most:
            return file.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError:
        raise ValueError("is not UTF-8 text; save it as UTF-8") from None
    except OSError as error:
        raise ValueError(f"cannot be read: {error.strerror}") from None
    except ValueError as error:  # of a name with a null character
        raise ValueError(f"cannot be read: {error}") from None
    raise ValueError(f"has {size:,} bytes; at most {most:,} are allowed" if file.is_file() else "is no file")
