"""Arguments of a command line whose errors are one line that names what was meant."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from typing import Any, NoReturn


class BadArguments(Exception):
    """Arguments that cannot be understood; the text is one line."""


class Parser(argparse.ArgumentParser):
    """A parser that raises its errors, with the closest word that it knows. Options have to be written in full."""

    def __init__(self, **keys: Any) -> None:
        super().__init__(**{"allow_abbrev": False, **keys})

    def error(self, message: str) -> NoReturn:
        """Refuse the arguments.

        Raises:
            BadArguments: always.
        """
        text = " ".join(message.split())
        raise BadArguments(text if text.endswith("?") else f"{text}; '{self.prog} --help' lists what there is")

    def read(self, words: Sequence[str]) -> argparse.Namespace:
        """The arguments.

        Raises:
            BadArguments: they cannot be understood.
        """
        known = self.commands()
        word = next((word for word in words if not word.startswith("-")), None)
        if known and word is not None and word not in known:
            from meshes.quantity import did_you_mean

            self.error(f"unknown command '{word}'; {did_you_mean(word, known, 'the commands are')}")
        found, rest = self.parse_known_args(words)
        if rest:
            self._refuse(rest[0], known.get(found.command or "", self))
        return found

    def _check_value(self, action: argparse.Action, value: Any) -> None:
        if action.choices is not None and value not in action.choices:
            from meshes.quantity import did_you_mean

            known = did_you_mean(value, map(str, action.choices), "it is one of")
            raise argparse.ArgumentError(action, f"unknown value '{value}'; {known}")

    def commands(self) -> dict[str, argparse.ArgumentParser]:
        """Parsers of the commands by name."""
        groups = [action for action in self._actions if isinstance(action, argparse._SubParsersAction)]
        return {name: parser for group in groups for name, parser in group.choices.items()}

    def _refuse(self, word: str, command: argparse.ArgumentParser) -> NoReturn:
        """End with what an unknown argument may have meant."""
        if not word.startswith("-"):
            command.error(f"one argument too many: '{word}'")
        from meshes.quantity import did_you_mean

        options = [option for option in command._option_string_actions if option.startswith("--")]
        command.error(f"unknown option '{word}'; {did_you_mean(word.partition('=')[0], options, 'the options are')}")


class Version(argparse.Action):
    """Prints the version of the program, which is looked up only then."""

    def __init__(self, option_strings: Sequence[str], dest: str, **keys: Any) -> None:
        super().__init__(option_strings, dest, nargs=0, default=argparse.SUPPRESS, help="print the version and end")

    def __call__(self, parser: argparse.ArgumentParser, *_: Any) -> None:
        from importlib import metadata

        try:
            version = metadata.version("nanochannel")
        except metadata.PackageNotFoundError:
            version = "of a folder that is not installed"
        print(f"nanochannel {version}")
        parser.exit(0)
