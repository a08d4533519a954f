"""nanochannel render: pictures of the fields of a result."""

from __future__ import annotations

import argparse
from pathlib import Path

from command_line.base import OK, Command, add_quiet


def arguments(parser: argparse.ArgumentParser) -> None:
    """Arguments of `render`."""
    parser.add_argument("result", type=Path)
    parser.add_argument(
        "--field",
        help="salt, potential, charge, velocity, concentration_K, ..., electric_field, current_density, mesh "
        "(default: a set)",
    )
    parser.add_argument(
        "--at",
        action="append",
        help='value of the swept parameter or a time, e.g. "1 V", "3 ms"; may be repeated: values of one parameter are '
        'alternatives, different parameters ("concentration=10 mM") hold together',
    )
    parser.add_argument("--window", help="part of the device: device, channel, or the name of a terminal")
    parser.add_argument(
        "--cut",
        metavar="LINE",
        help='curves along a line: axis, "z = 0.5 um" (across), "r = 2 nm" (y in planar devices)',
    )
    parser.add_argument("--mesh", action="store_true", help="the mesh with its materials, terminals and gates")
    parser.add_argument(
        "--body",
        action="store_true",
        help="the body in three dimensions, with a quarter left out (of revolution in 2D)",
    )
    parser.add_argument(
        "--plane",
        action="append",
        help='of a 3D device: a plane along the axis, "y = 0" (default) or "x = 0", or across, "z = 0.5 um"; may be repeated',
    )
    parser.add_argument(
        "--walls",
        action="store_true",
        help="of a 3D device: the walls with their charge and zeta potential, or a field",
    )
    parser.add_argument("--lines", action="store_true", help="of a 3D device: streamlines in space")
    parser.add_argument(
        "--iso",
        metavar="VALUE",
        nargs="*",
        help='of a 3D device: surfaces of equal values of the field or of salt, e.g. --iso "5 mM" "20 mM"',
    )
    parser.add_argument(
        "--turntable",
        metavar="FILE",
        nargs="?",
        const="",
        help="of a 3D device: a movie of the body, or of --walls, --lines, --iso, that turns around; .mp4 or .gif "
        "(default: in the result)",
    )
    parser.add_argument(
        "--out", type=Path, help="folder, or a file name in .png, .pdf or .svg (default: in the result)"
    )
    parser.add_argument(
        "--movie",
        metavar="FILE",
        nargs="?",
        const="",
        help="a movie of one field at all written instants or along a sweep; .mp4 or .gif "
        "(default: pictures/FIELD.mp4 in the result)",
    )
    parser.add_argument("--fps", type=float, default=15.0, help="frames per second of a movie (default: 15)")
    add_quiet(parser)


def render_result(options: argparse.Namespace) -> int:
    """Draw the fields of a result, or a movie of one of them."""
    from postprocess.tables.circuit import refuse_circuit
    from solver.parallel.streams import tell
    from solver.results.rows import ResultError

    refuse_circuit(options.result)
    scenes = {"walls": options.walls, "lines": options.lines, "iso": options.iso is not None}
    if options.movie is not None:
        if options.turntable is not None or any(scenes.values()):
            raise ResultError(
                "a movie shows a plane at all points; of walls, lines and surfaces there is a --turntable"
            )
        from postprocess.pictures.movie import movie

        out = Path(options.movie) if options.movie else options.out
        if len(options.plane or ()) > 1:
            raise ResultError("a movie shows one plane; give one --plane")
        plane = options.plane[0] if options.plane else None
        tell(movie(options.result, out, options.field, options.at or (), options.window, options.fps, plane))
        return OK
    if options.turntable is not None:
        from postprocess.pictures.turntable import draw_turntable
        from postprocess.tables.result import load

        out = Path(options.turntable) if options.turntable else options.out
        scene = next((name for name, there in scenes.items() if there), "body")
        field, at, levels = options.field, options.at or (), options.iso or ()
        tell(draw_turntable(load(options.result), out, scene, field, at, options.window, levels, options.fps))
        return OK
    from postprocess.pictures.chosen import MESH
    from postprocess.pictures.render import render

    views = {
        "cut": options.cut,
        "body": options.body,
        "planes": options.plane or (),
        **scenes,
        "iso": options.iso,
    }
    tell(
        *render(
            options.result,
            MESH if options.mesh else options.field,
            options.at or (),
            options.out,
            options.window,
            **views,
        )
    )
    return OK


COMMAND = Command("render", "Render fields of a result.", arguments, render_result)
