"""A compact model as a module of Verilog-A: its splines written out, and an inner node for each branch with a time."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from circuits.compact.model import CompactModel
from circuits.compact.spice import identifier, number

KEYWORDS = {
    "abs", "analog", "begin", "branch", "case", "cos", "discipline", "else", "end", "exp", "for", "from", "function",
    "ground", "if", "initial", "inout", "input", "integer", "ln", "log", "max", "min", "module", "nature", "output",
    "parameter", "pow", "real", "sin", "sqrt", "tan", "time", "while", "wire", "xor", "electrical", "across", "steady",
    "scale",
}  # fmt: skip
"""Names that neither a module nor a terminal can have, those that the module itself uses among them."""


def module(model: CompactModel, name: str) -> str:
    """The module of a model, with its terminals in their order and a parameter `scale`."""
    first, second, name = (_identifier(word) for word in (*model.terminals, name))
    unit = max(model.conductances)
    slow = [k for k, branch in enumerate(model.branches) if branch.times]
    functions = [_function("g_inf", model.voltages, np.array(model.conductances) / unit)]
    lines, terms = [], []
    for k, branch in enumerate(model.branches):
        if k not in slow:
            terms.append(f"{number(branch.weight)} * steady")
            continue
        node, rest, rate = f"V(memory_{k + 1})", f"(V(memory_{k + 1}) - steady)", ""
        time = float(np.exp(np.mean(np.log(branch.times))))
        if len(branch.times) > 1:
            # a charge that is linear in the voltage, and the rate beside it
            functions.append(_function(f"ln_tau_{k + 1}", model.voltages, np.log(branch.times)))
            rate = f" * {number(time)} / exp(ln_tau_{k + 1}(across))"
        terms.append(f"{number(branch.weight)} * {node}")
        lines.append(f"    I(memory_{k + 1}) <+ {number(time)} * ddt({node}) + {rest}{rate};")
    nodes = "".join(f"  electrical memory_{k + 1};\n" for k in slow)
    drive = f"(across - ({number(model.reversal)}))"
    charge = f" + scale * {number(model.capacitance)} * ddt(across)" if model.capacitance > 0.0 else ""
    return f"""// {name}: compact model of a channel from {first} to {second}, made by nanochannel
// I = g (V - E) + C dV/dt, g = sum of w_k g_k, dg_k/dt = (g_inf(V) - g_k)/tau_k(V); g_inf and tau are constant outside
// {number(model.voltages[0])} .. {number(model.voltages[-1])} V. Voltages of inner nodes are g_k over {number(unit)} S.
// Currents are of pA: set tolerances (abstol, gmin) of the simulator far below.
`include "disciplines.vams"

module {name}({first}, {second});
  inout {first}, {second};
  electrical {first}, {second};
{nodes}  parameter real scale = 1 from (0:inf);  // devices side by side
  real across, steady;

{"".join(functions)}  analog begin
    across = V({first}, {second});
    steady = g_inf(across);
{chr(10).join(lines)}
    I({first}, {second}) <+ scale * {number(unit)} * ({" + ".join(terms)}) * {drive}{charge};
  end
endmodule
"""


def _identifier(word: str) -> str:
    found = identifier(word)
    return f"{found}_" if found in KEYWORDS else found


def _function(name: str, places: Sequence[float], values: Sequence[float] | np.ndarray) -> str:  # type: ignore[type-arg]
    """A cubic spline, constant beyond its ends."""
    from scipy.interpolate import CubicSpline

    spline = CubicSpline(places, values)
    lines = [
        f"  analog function real {name};",
        "    input v;",
        "    real v, x;",
        "    begin",
        f"      x = min(max(v, {number(spline.x[0])}), {number(spline.x[-1])});",
    ]
    last = len(spline.x) - 2
    for k, (a, b, c, d) in enumerate(spline.c.T.tolist()):
        start = "      " + ("" if k == 0 else "else ") + ("" if k == last else f"if (x < {number(spline.x[k + 1])}) ")
        step = f"(x - ({number(spline.x[k])}))"
        value = f"(({number(a)} * {step} + ({number(b)})) * {step} + ({number(c)})) * {step} + ({number(d)})"
        lines.append(f"{start}{name} = {value};")
    return "\n".join([*lines, "    end", "  endfunction", "", ""])
