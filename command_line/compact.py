"""nanochannel compact: a model of a device for circuits, from its results."""

from __future__ import annotations

import argparse
from pathlib import Path

from circuits.compact.exports import EXPORTS
from command_line.base import OK, Command, add_quiet, written


def arguments(parser: argparse.ArgumentParser) -> None:
    """Arguments of `compact`."""
    parser.add_argument(
        "sources", type=Path, nargs="+", metavar="RESULT",
        help="results of one device: a sweep of the voltage, runs in time, spectra; or a compact.json to export",
    )  # fmt: skip
    parser.add_argument(
        "--validate", type=Path, action="append", default=[], metavar="RESULT",
        help="another result of the device, against which the model is held; may be repeated",
    )  # fmt: skip
    parser.add_argument(
        "--out", type=Path, metavar="FILE", help="file of the model (default: compact.json in the first result)"
    )
    parser.add_argument("--export", choices=tuple(EXPORTS), help="write the model beside it in this form, too")
    add_quiet(parser)


def make_model(options: argparse.Namespace) -> int:
    """Fit a model and write it, or export one that there is."""
    from circuits.compact.family import read_models
    from circuits.compact.model import ModelError
    from exploration.compact.compact import NAME, compact
    from solver.parallel.streams import say, tell
    from solver.results.rows import ResultError

    first: Path = options.sources[0]
    if not first.is_file():
        found = compact(options.sources, options.validate)
        file = options.out or first / NAME
        found.write(file)
        for note in found.notes:
            say(f"warning: {note}")
        tell(f"{found}\nmodel in {file}")
        model, name = found.model, first.resolve().name
    else:
        if options.export is None or len(options.sources) > 1 or options.validate:
            raise ResultError(
                f"{first} is a file; give result directories to fit, or one compact.json with --export FORM"
            )
        try:
            model = read_models(first)
        except ModelError as error:
            raise ResultError(f"'{first}' {error}") from None
        except OSError as error:
            raise ResultError(f"cannot read '{first}': {(error.strerror or str(error)).lower()}") from None
        file, name = first, first.stem if first.name != NAME else first.resolve().parent.name
    if options.export is None:
        return OK
    from circuits.compact.exports import exported

    out = file.with_suffix(EXPORTS[options.export].ending)
    if options.out is not None and first.is_file():
        out = options.out
    tell(written(out, exported(model, options.export, name)))
    return OK


COMMAND = Command(
    "compact", "Fit a compact model of a device to its results, and export it for circuits.", arguments, make_model
)
