"""Equations of reactions as text, such as "Ag + Cl- = AgCl + e-" of an electrode or "HAc = H + Ac" in the liquid.

Terms are separated by " + " and both sides by "=" (or an arrow). A term is a count, a name and a charge: "2 H+", "Fe3+",
"SO4 2-". What is named like a species of the electrolyte, with or without its charge, is dissolved; everything else is a
solid, the solvent or another phase, whose activity is one. A name without charge is a solid where the same name stands in the
equation with a charge, too, or where "(s)" follows it. In the liquid all terms are species, but water and what is marked.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property

from meshes.quantity import did_you_mean
from meshes.quoting import quoted

LONGEST_EQUATION = 200
"""Characters."""

EXAMPLE_AT_ELECTRODE, EXAMPLE_IN_LIQUID = "write e.g. 'Ag + Cl- = AgCl + e-'", "write e.g. 'HAc = H + Ac'"
"""What messages suggest."""

WATER = "H2O"
"""The solvent, whose activity is one."""

_SIDES = re.compile(r"\s*(?:<=>|<->|->|<-|⇌|⇄|→|=)\s*")
_BETWEEN_TERMS = re.compile(r"\s+\+\s+")
_TERM = re.compile(
    r"(?P<count>[1-9][0-9]{0,2})?\s*(?P<name>[^\W\d][^\s+]*?(?:\s*\^?[1-9]?[+\-−])?)\s*(?P<phase>\((?:s|l|g|aq)\))?"
)
_CHARGE = re.compile(r"(?P<base>.+?)\s*\^?(?P<digit>[1-9])?(?P<sign>[+\-−])")
_ELECTRON = re.compile(r"e(?:\^?[-−])?")
_ELEMENTS = frozenset(
    re.findall(
        "[A-Z][a-z]?",
        "HHeLiBeBCNOFNeNaMgAlSiPSClArKCaScTiVCrMnFeCoNiCuZnGaGeAsSeBrKrRbSrYZrNbMoTcRuRhPdAgCdInSnSbTeIXeCsBaLaCePrNdPmSm"
        "EuGdTbDyHoErTmYbLuHfTaWReOsIrPtAuHgTlPbBiPoAtRnFrRaAcThPaUNpPuAm",
    )
)
_PART_OF_FORMULA = re.compile(r"([A-Z][a-z]?|\(|\))([0-9]*)")


@dataclass(frozen=True)
class Term:
    """One term of one side.

    Attributes:
        count: of the formula units.
        text: name with its charge, as written.
        phase: "s", "l", "g", "aq", or "" where it is not given.
    """

    count: int
    text: str
    phase: str

    @cached_property
    def _charge(self) -> re.Match[str] | None:
        return _CHARGE.fullmatch(self.text)

    @property
    def is_charged(self) -> bool:
        """Whether a charge stands behind the name."""
        return self._charge is not None

    @property
    def readings(self) -> tuple[tuple[str, int | None], ...]:
        """What the text can mean: names, each with the charge that is written (None where none is). A digit before the sign
        belongs to the charge ("Ca2+") or to the name ("NH4+")."""
        if self._charge is None:
            return ((self.text, None),)
        base, digit, sign = self._charge.group("base", "digit", "sign")
        unit = 1 if sign == "+" else -1
        if digit is None:
            return ((base, unit),)
        return ((base, unit * int(digit)), (base + digit, unit))

    def reading(self, names: Collection[str]) -> tuple[str, int | None] | None:
        """The reading that is the name of a species; None where none is."""
        own: tuple[tuple[str, int | None], ...] = ((self.text, None),)
        return next((found for found in (*own, *self.readings) if found[0] in names), None)


@dataclass(frozen=True)
class Dissolved:
    """An equation among the species of an electrolyte, turned so that the electrons are made: an oxidation.

    Attributes:
        electrons: made by one event.
        made: number of each dissolved species that one event makes; what it takes is negative.
    """

    electrons: int
    made: Mapping[str, int]


@dataclass(frozen=True)
class Equation:
    """An equation of a reaction.

    Attributes:
        sides: terms of the left and of the right side, without electrons.
        electrons: on the right side less those on the left.
    """

    sides: tuple[tuple[Term, ...], tuple[Term, ...]]
    electrons: int

    @classmethod
    def of(cls, text: str) -> Equation:
        """The equation of an electrode reaction that a text is.

        Raises:
            ValueError: it is none; the message says what to write.
        """
        found = cls._read(text, EXAMPLE_AT_ELECTRODE)
        if found.electrons == 0:
            raise ValueError(f"{quoted(text)} has no electrons, so that no current passes; {EXAMPLE_AT_ELECTRODE}")
        return found

    @classmethod
    def in_liquid(cls, text: str) -> Equation:
        """The equation of a reaction between dissolved species that a text is.

        Raises:
            ValueError: it is none; the message says what to write.
        """
        found = cls._read(text, EXAMPLE_IN_LIQUID)
        if found.electrons:
            raise ValueError(f"{quoted(text)} has electrons, which there are at electrodes alone; {EXAMPLE_IN_LIQUID}")
        return found

    @classmethod
    def _read(cls, text: str, example: str) -> Equation:
        if len(text) > LONGEST_EQUATION:
            raise ValueError(f"{quoted(text)} is too long for an equation; {example}")
        sides = _SIDES.split(text.strip())
        if len(sides) != 2 or not all(sides):
            raise ValueError(f"{quoted(text)} does not have two sides with one '=' between them; {example}")
        found: list[tuple[Term, ...]] = []
        electrons = 0
        for sign, side in zip((-1, 1), sides, strict=True):
            terms = []
            for part in _BETWEEN_TERMS.split(side):
                match = _TERM.fullmatch(part.strip())
                if match is None:
                    raise ValueError(f"{quoted(part)} is no term of an equation, such as '2 H+'; {example}")
                count = int(match["count"] or 1)
                if _ELECTRON.fullmatch(match["name"]):
                    electrons += sign * count
                else:
                    terms.append(Term(count, match["name"], (match["phase"] or "").strip("()")))
            found.append(tuple(terms))
        return cls((found[0], found[1]), electrons)

    def among(self, names: Collection[str]) -> tuple[dict[str, int], dict[str, int]]:
        """Number of each species on the left and on the right side of a reaction in the liquid.

        Raises:
            ValueError: a term is no species of these names; the solvent and phases that are marked, such as "(s)", are none.
        """
        sides: list[dict[str, int]] = []
        for terms in self.sides:
            counts: Counter[str] = Counter()
            for term in terms:
                reading = term.reading(names) if term.phase in ("", "aq") else None
                if reading is not None:
                    counts[reading[0]] += term.count
                elif term.phase in ("", "aq") and term.text != WATER:
                    close = did_you_mean(term.readings[0][0], names, "the species are")
                    raise ValueError(f"{quoted(term.text)} is no species of the electrolyte; {close}")
            sides.append(dict(counts))
        return sides[0], sides[1]

    @property
    def _turned(self) -> int:
        """1 for an oxidation as it is written, -1 for a reduction."""
        return 1 if self.electrons > 0 else -1

    def _is_dissolved(self, term: Term, names: Collection[str]) -> bool:
        if term.phase:
            return term.phase == "aq"
        if term.is_charged or term.text not in names:
            return term.is_charged
        charged = [other for side in self.sides for other in side if other.is_charged]
        return all(term.text not in [name for name, _ in other.readings] for other in charged)

    def dissolved(self, names: Collection[str]) -> Dissolved:
        """The equation among species of these names.

        Raises:
            ValueError: a dissolved ion of the equation is none of them, or none is left.
        """
        made: Counter[str] = Counter()
        for sign, side in zip((-self._turned, self._turned), self.sides, strict=True):
            for term in side:
                if not self._is_dissolved(term, names):
                    continue
                reading = term.reading(names)
                if reading is None:
                    close = did_you_mean(term.readings[0][0], names, "the species are")
                    raise ValueError(f"{quoted(term.text)} is no species of the electrolyte; {close}")
                made[reading[0]] += sign * term.count
        found = {name: count for name, count in made.items() if count}
        if not found:
            raise ValueError(
                "no species of the electrolyte takes part in it, so that no ion would carry its current;"
                f" {did_you_mean('', names, 'the species are')}"
            )
        return Dissolved(abs(self.electrons), found)

    def objection(self, valences: Mapping[str, int]) -> str | None:
        """Why the equation cannot hold among species of these valences; None when it can."""
        try:
            found = self.dissolved(valences)
        except ValueError as error:
            return str(error)
        dissolved = [term for side in self.sides for term in side if self._is_dissolved(term, valences)]
        if text := _misread(dissolved, valences):
            return text
        charge = sum(count * valences[name] for name, count in found.made.items()) - found.electrons
        if charge:
            return (
                f"is not balanced in charge: one event makes {charge:+d} e; correct the counts, the charges or the number of"
                " electrons (a solid that is named like a species is written with '(s)')"
            )
        return self._unbalanced_atoms(valences)

    def objection_in_liquid(self, valences: Mapping[str, int]) -> str | None:
        """Which charge that is written is not that of the species; None where all are. The terms are species of these."""
        species = [term for side in self.sides for term in side if term.phase in ("", "aq") and term.reading(valences)]
        return _misread(species, valences)

    def lost_atoms(self, valences: Mapping[str, int]) -> dict[str, int]:
        """Atoms that a reaction in the liquid makes, where all names are formulas; nothing where one is none, as 'HA', or
        where they are those of water, which may be left out. "Ca2" of valence 2 may be an ion of calcium."""
        total: Counter[str] = Counter()
        for sign, side in zip((-1, 1), self.sides, strict=True):
            for term in side:
                name, _ = (term.reading(valences) if term.phase in ("", "aq") else None) or (term.text, None)
                valence = valences.get(name, 0)
                atoms = None if valence and name.endswith(str(abs(valence))) else atoms_of(name)
                if atoms is None:
                    return {}
                for element, count in atoms.items():
                    total[element] += sign * term.count * count
        lost = {element: count for element, count in total.items() if count}
        return {} if set(lost) == {"H", "O"} and lost["H"] == 2 * lost["O"] else lost

    def _unbalanced_atoms(self, valences: Mapping[str, int]) -> str | None:
        """Which atoms are not balanced, where every term is a formula of elements; None otherwise."""
        total: Counter[str] = Counter()
        for sign, side in zip((-1, 1), self.sides, strict=True):
            for term in side:
                atoms = self._atoms(term, valences)
                if atoms is None:
                    return None
                for element, count in atoms.items():
                    total[element] += sign * term.count * count
        wrong = [f"{element} ({count:+d})" for element, count in total.items() if count]
        return f"is not balanced in atoms: {', '.join(wrong)} from left to right; correct the counts" if wrong else None

    def _atoms(self, term: Term, valences: Mapping[str, int]) -> Counter[str] | None:
        """Atoms of a formula unit; None where the name is no formula, or hides a charge."""
        reading = term.reading(valences) if self._is_dissolved(term, valences) else None
        if reading is None:
            return atoms_of(term.text)
        name, _ = reading
        written = {charge: base for base, charge in term.readings}
        if valences[name] in written:
            return atoms_of(written[valences[name]])
        return atoms_of(name) if valences[name] == 0 else None  # "Fe3" may be an ion of iron


def _misread(terms: Iterable[Term], valences: Mapping[str, int]) -> str | None:
    """Which term has another charge than the species that it names; None where none has."""
    for term in terms:
        name, charge = term.reading(valences) or ("", None)
        if charge is None:
            continue
        charges = [written for _, written in term.readings]
        possible = charges if name == term.readings[-1][0] else [charge]  # "Fe3+" of a species "Fe3" may have either
        if valences[name] not in possible:
            ends = f"of {possible[0]:+d}, but the species {name!r} one of {valences[name]:+d}"
            return f"{quoted(term.text)} has a charge {ends}"
    return None


def atoms_of(formula: str) -> Counter[str] | None:
    """Atoms of a chemical formula such as "Fe(CN)6"; None where a text is none."""
    stack: list[Counter[str]] = [Counter()]
    at = 0
    while at < len(formula):
        match = _PART_OF_FORMULA.match(formula, at)
        if match is None:
            return None
        part, count = match[1], int(match[2] or 1)
        at = match.end()
        if part == "(":
            if match[2]:
                return None
            stack.append(Counter())
        elif part == ")":
            if len(stack) == 1:
                return None
            inner = stack.pop()
            for element, number in inner.items():
                stack[-1][element] += count * number
        elif part not in _ELEMENTS:
            return None
        else:
            stack[-1][part] += count
    return stack[0] if len(stack) == 1 and stack[0] else None
