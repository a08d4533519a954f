"""Reading the file of a circuit."""

from __future__ import annotations

import difflib
import os
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, NoReturn

from circuits.description.circuit import Circuit, Wiring
from circuits.description.compartments import concentration_overrides
from circuits.elements.device import Device
from meshes.quantity import did_you_mean
from meshes.quoting import quoted
from solver.case.case import Case
from solver.case.ends import end_of
from solver.case.loading import CIRCUIT as KEY
from solver.case.loading import CaseFile, load_case
from solver.inputs.errors import COMMAND_LINE, CaseError, dotted
from solver.inputs.files import CASE_FILE

IN_TIME = (
    "study={type: transient, protocol: [{type: hold, duration: 1 s}]}",
    "outputs.sensitivities=[]",
    "outputs.errors=none",
)
"""Overrides with which a case is checked for use in a circuit, where its own study counts for nothing."""


def is_circuit(file: CaseFile) -> bool:
    """Whether a file describes a circuit rather than a single device."""
    return KEY in file.tree


def load_circuit(path: Path | str, overrides: Iterable[str] = ()) -> Circuit:
    """The circuit of a directory (its case.yaml) or of a YAML file; the cases of its devices are read, too.

    overrides: "key=value" texts, as of a case.

    Raises:
        CaseError: whatever is wrong with the input, in one line.
    """
    return _circuit_of(CaseFile.read(path), overrides)


def _circuit_of(file: CaseFile, overrides: Iterable[str]) -> Circuit:
    def made(data: object) -> Circuit:
        circuit = Circuit.model_validate(data, context={"file": file.file})
        _without_flow(circuit, {name: case_of(circuit, name) for name in devices_of(circuit)})
        return circuit

    overrides = list(overrides)
    _refuse_unknown(file.tree, overrides)
    return file.made(made, overrides)


def _without_flow(circuit: Circuit, cases: Mapping[str, Case]) -> None:
    """Refuse a compartment that expands where no device at it has a flow.

    Raises:
        CaseError: there is one.
    """
    for name, compartment in circuit.circuit.compartments.items():
        at_it = [label for label in cases if name in circuit.elements[label].inside().values()]
        if compartment.expands and all(cases[label].solver.flow == "none" for label in at_it):
            why = f"no flow is solved in {quoted(at_it[0])}" if at_it else "no device is at this compartment"
            text = f"{why}, so that nothing changes the volume; leave 'expands' out, or write 'flow: stokes'"
            raise CaseError(text, key=(KEY, "compartments", name, "expands"))


def _refuse_unknown(tree: Mapping[str, Any], overrides: Sequence[str]) -> None:
    """Refuse overrides of keys of an element, node or compartment that the file does not have: they would make part of one.

    Raises:
        CaseError: with the name that may be meant.
    """
    wiring, given = tree.get(KEY), set[tuple[str, ...]]()
    for text in overrides:
        key = text.partition("=")[0].strip()
        names = key.split(".")
        if names[0] in Wiring.model_fields and names[0] not in tree:
            raise CaseError(f"unknown key; write {quoted(f'{KEY}.{key}')}", key=tuple(names), file=COMMAND_LINE)
        given.add(tuple(names[:3]) if len(names) == 3 else ())
        if len(names) < 4 or names[0] != KEY or not isinstance(wiring, Mapping) or tuple(names[:3]) in given:
            continue
        known = wiring.get(names[1])
        if names[1] in Wiring.model_fields and isinstance(known, Mapping) and names[2] not in known:
            what = names[1].removesuffix("s")
            text = f"no {what} {quoted(names[2])}; {did_you_mean(names[2], map(str, known), f'the {names[1]} are')}"
            raise CaseError(text, key=tuple(names), file=COMMAND_LINE)


def described_by(file: CaseFile, overrides: Iterable[str] = ()) -> Case | Circuit:
    """The circuit or the case of a file that was read, with some overrides.

    Raises:
        CaseError: whatever is wrong with the input.
    """
    return _circuit_of(file, overrides) if is_circuit(file) else file.case(overrides)


def load(path: Path | str, overrides: Iterable[str] = ()) -> Case | Circuit:
    """The circuit or the case of a path, whichever its file describes.

    Raises:
        CaseError: whatever is wrong with the input.
    """
    return described_by(CaseFile.read(path), overrides)


def refuse(circuit: Circuit, why: str) -> NoReturn:
    """Refuse a circuit where the case of a single device is needed. why: such as "has no mesh of its own".

    Raises:
        CaseError: always.
    """
    devices = [element.case for element in circuit.elements.values() if isinstance(element, Device)]
    hint = f"write the case of one of its devices, such as '{circuit.directory / devices[0]}'" if devices else (
        "write the case of a device"
    )  # fmt: skip
    raise CaseError(f"a circuit {why}; {hint}", key=(KEY,), file=circuit.file)


def devices_of(circuit: Circuit) -> list[str]:
    """Names of the elements whose fields are solved."""
    return [name for name, element in circuit.elements.items() if isinstance(element, Device)]


def _near(path: Path, directory: Path) -> str:
    """What may be meant by the path of a case that is not there, as it is written relative to the circuit."""
    folder = path.parent
    found = [each for each in (folder.iterdir() if folder.is_dir() else ()) if each.suffix == ".yaml" or each.is_dir()]
    cases = {each.stem: each for each in found if each.suffix == ".yaml" or (each / CASE_FILE).is_file()}
    close = difflib.get_close_matches(path.stem, sorted(cases), n=1)
    if not close:
        return "write the path of a folder with a case.yaml, or of a YAML file, relative to the circuit"
    return f"did you mean '{os.path.relpath(cases[close[0]], directory)}'?"


def case_of(circuit: Circuit, name: str) -> Case:
    """The case of a device.

    Raises:
        CaseError: it is wrong, or the circuit does not connect it as it needs.
    """
    element = circuit.elements[name]
    assert isinstance(element, Device)
    key = (KEY, "elements", name)
    path = circuit.directory / element.case
    if not path.exists():
        raise CaseError(f"no case '{path}'; {_near(path, circuit.directory)}", key=(*key, "case"))
    for over in element.overrides:
        first, _, rest = over.partition(".")
        if first in ("study", "outputs"):
            text = f"{quoted(over)} has no effect in a circuit, which has a study of its own; leave it out"
            raise CaseError(text, key=(*key, "overrides", over))
        port, _, of_port = rest.partition(".")
        if first in ("terminals", "electrodes") and of_port == "potential" and port in element.terminals:
            text = (
                f"the potential of {quoted(port)} is that of the node {quoted(element.terminals[port])}; leave it out"
            )
            raise CaseError(text, key=(*key, "overrides", over))
    overrides = [f"{over}={value}" for over, value in element.overrides.items()]
    try:
        case = load_case(path, overrides)
        if element.solutions:
            further, fault = concentration_overrides(case, element)
            if fault is not None:
                raise CaseError(fault[1], key=(*key, *fault[0]))
            case = load_case(path, [*overrides, *further])
        load_case(path, [*overrides, *IN_TIME])  # what cannot follow in time cannot be in a circuit
    except CaseError as error:
        if error.key[: len(key)] == key:
            raise
        changed = dotted(error.key)
        if blamed := [each for each in element.overrides if f"{changed}.".startswith(f"{each}.")]:
            over = blamed[0]
            hint = (
                "; one value of it is changed by its dotted key" if isinstance(element.overrides[over], Mapping) else ""
            )
            text = f"{error.text}{hint}" if changed == over else f"{changed}: {error.text}{hint}"
            raise CaseError(text, key=(*key, "overrides", over)) from None
        raise CaseError(f"the case of this device is refused: {error}", key=(*key, "case")) from None
    for name, terminal in case.terminals.items():
        if terminal.exchange:
            text = (
                f"the terminal {quoted(name)} of the device injects or absorbs species, and a circuit needs terminals that"
                f" hold all species; leave out '{name}: {{exchange: ..}}' in its case"
            )
            raise CaseError(text, key=(*key, "case"))
    metals = [name for name in case.electrodes if name in element.terminals]
    for name in case.terminals if metals else ():
        end = end_of(case, name)
        if end is not None and not end.filled and (end.gated or end.wall in metals):
            text = (
                f"at the terminal {quoted(name)} the channel ends with the double layer of {quoted(metals[0])}, which the"
                " circuit would change; give the device reservoirs"
            )
            raise CaseError(text, key=(*key, "terminals", metals[0]))
    known = [*case.terminals, *case.electrodes]
    for port in element.terminals:
        if port not in known:
            text = f"the device has no terminal {quoted(port)}; {did_you_mean(port, known, 'it has')}"
            raise CaseError(text, key=(*key, "terminals", port))
    for port in case.terminals:
        if port not in element.terminals:
            text = f"the terminal {quoted(port)} of the device is connected to no node; write '{port}: NODE'"
            raise CaseError(text, key=(*key, "terminals"))
    return case
