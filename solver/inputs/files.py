"""Text of the files that users name."""

from __future__ import annotations

from pathlib import Path


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
