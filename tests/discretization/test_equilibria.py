"""Species in equilibrium in a device: currents through the front of an acid and a base, in time, and in a closed cell."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import nanochannel as nc
from solver.discretization.build import same_structure
from validation import reactions

pytestmark = pytest.mark.serial
BUFFERED = {"buffers": {"acetate": "5 mM"}}


def junction(acid: float, base: float, **others: Any) -> dict[str, Any]:
    """See `validation.reactions.junction`, with 16 cells and water in equilibrium."""
    return reactions.junction(acid, base, cells=16, reactions=reactions.WATER, **others)


def test_a_front_of_acid_and_base_is_right_on_few_cells() -> None:
    found = nc.simulate(nc.Case(**junction(3.0, 11.0)), progress=False).table.iloc[0]
    assert "current_left_OH [A]" not in found.index  # it is part of H
    for ion, exact in reactions.exact_junction(3.0, 11.0).items():
        assert found[f"current_left_{ion} [A]"] == pytest.approx(exact, rel=2e-5)
        assert abs(found[f"current_left_{ion} [A]"] - exact) <= found[f"current_left_{ion}_error [A]"]
    assert found["conservation_error"] < 1e-9


def test_totals_are_conserved_in_time() -> None:
    step = {"type": "step", "to": {"terminals.left.potential": "50 mV"}}
    study = {"type": "transient", "protocol": [step, {"type": "hold", "duration": "50 us"}], "tolerance": 1e-2}
    case = junction(4.0, 6.0, study=study, outputs={"errors": "none"})
    case["electrolyte"] |= BUFFERED
    rows = nc.simulate(nc.Case(**case), progress=False).table
    assert rows["salt_balance_error"].max() < 1e-7
    assert rows["charge_balance_error"].max() < 1e-7
    passed = rows[[f"amount_passed_{side}_acetate [mol]" for side in ("left", "right")]].iloc[-1]
    assert np.all(np.abs(passed) > 0.0)
    assert not [
        column for column in rows if "acetic_acid" in column and column.startswith(("amount", "molar", "current"))
    ]


@pytest.mark.parametrize("charge", ["poisson", "electroneutral"])
def test_slow_spectra_are_steady_conductances(charge: str) -> None:
    case = junction(5.0, 5.0, outputs={"errors": "none"}, solver={"flow": "none", "charge": charge})
    case["electrolyte"] |= BUFFERED
    spectrum = nc.simulate(
        nc.Case(**case | {"study": {"type": "impedance", "frequencies": [1.0]}}), progress=False
    ).table
    case["terminals"]["left"]["potential"] = 1e-6
    steady = nc.simulate(nc.Case(**case), progress=False).table.iloc[0]
    assert spectrum["admittance_real [S]"].iloc[0] == pytest.approx(steady["conductance [S]"], rel=1e-6)
    assert spectrum["conservation_error"].iloc[0] < 1e-9


@pytest.mark.parametrize("pH", [4, 7])
def test_a_closed_cell_keeps_its_totals(pH: float) -> None:
    electrolyte = {"species": {"K": {}, "Cl": {}}, "protons": "free", "pH": pH, "concentration": "10 mM", **BUFFERED}
    case = {
        "geometry": {"type": "cell", "length": "50 nm", "width": "1 um"},
        "electrolyte": electrolyte | {"reactions": reactions.WATER},
        "walls": {"left": {"potential": "0 V"}, "right": {"potential": "50 mV"}},
        "solver": {"flow": "none"},
        "outputs": {"errors": "none"},
    }
    step = {"type": "step", "to": {"walls.right.potential": "0.1 V"}}
    study = {"type": "transient", "protocol": [step, {"type": "hold", "duration": "1 us"}], "tolerance": 1e-2}
    rows = nc.simulate(nc.Case(**case | {"study": study}), progress=False).table
    assert rows["salt_balance_error"].max() < 1e-12


def test_which_buffers_there_are_is_structure() -> None:
    """Their names choose reactions, even where their forms are species anyway; their concentrations are values."""
    case = junction(7.0, 7.0)
    case["electrolyte"]["species"] |= {"acetate": {}, "acetic_acid": {}}
    ends = {"concentrations": {"K": 10.0, "Cl": 9.0, "acetate": 1.0, "acetic_acid": 1.0}, "pH": 7.0}
    without = nc.Case(**case | {"terminals": {"left": ends, "right": ends}})
    buffered = nc.Case(**case | {"electrolyte": case["electrolyte"] | BUFFERED})
    assert not same_structure(without, buffered)
    assert same_structure(buffered, buffered.with_value("electrolyte.buffers.acetate", 4.0))
