"""What is written over a picture of a device in three dimensions: arrows along the axes with their lengths, and the names of
the terminals."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
from matplotlib.patheffects import withStroke

from postprocess.pictures.frame import Frame
from postprocess.pictures.materials import COLOURS, TERMINAL, Place
from postprocess.pictures.planes import AXES
from postprocess.pictures.stage import WIDTH, Image, Pose
from postprocess.pictures.state import State
from postprocess.pictures.view import View
from postprocess.pictures.volume import ON, Volume
from postprocess.tables.result import Result
from postprocess.tables.units import engineering

if TYPE_CHECKING:
    from matplotlib.axes import Axes

Array = npt.NDArray[np.float64]

RULER = 0.12  # of the frame: about how long the arrows of the axes are
CORNER = (0.26, 0.3)  # of width and height of an image: where the arrows are
LETTERS = 36.0  # pixels beside the arrows for their names
OUTWARDS = 0.05  # frame widths between a terminal and its name


def arrows(pose: Pose, ratio: float, frame: Frame) -> tuple[list[float], Array]:
    """Lengths (m) of arrows along z, x and y, and the arrows in pixels of the image, shape (3, 2)."""
    pixels = WIDTH * ratio / (2.0 * pose.half)  # of a frame width
    lengths = [_round_length(RULER / factor) for factor in frame.factors]
    sizes = pixels * np.array(lengths) * frame.factors
    return lengths, sizes[:, None] * np.column_stack([pose.right, -pose.up])


def band(turns: Sequence[Pose], ratio: float, frame: Frame) -> float:
    """Height (pixels) of what is added below images for the arrows."""
    ends = [np.vstack([np.zeros(2), arrows(pose, ratio, frame)[1]])[:, 1] for pose in turns]
    return max(float(np.ptp(each)) for each in ends) + LETTERS


def is_free(image: Image) -> bool:
    """Whether nothing is in the corner where the arrows are drawn."""
    height, width = image.shape[:2]
    corner = image[round((1.0 - CORNER[1]) * height) :, round((1.0 - CORNER[0]) * width) :]
    return bool((corner > 250).all())


def draw_axes(axes: Axes, pose: Pose, ratio: float, frame: Frame, below: float = 0.0) -> None:
    """Arrows along z, x and y in a corner of an image, with their lengths in the device. below: height of their band."""
    lengths, found = arrows(pose, ratio, frame)
    ends = np.vstack([np.zeros(2), found])
    bottom = WIDTH * ratio + below - LETTERS / 2
    origin = np.array([0.9 * WIDTH, bottom]) - [ends[:, 0].max(), ends[:, 1].max()]
    for name, length, arrow in zip(AXES, lengths, found, strict=True):
        size = float(np.linalg.norm(arrow))
        if size < 0.02 * WIDTH:  # towards the eye
            continue
        axes.annotate(
            "", origin + arrow, origin, annotation_clip=False,
            arrowprops={"arrowstyle": "-|>", "color": "0.2", "linewidth": 0.8, "mutation_scale": 6.0, "shrinkA": 0.0,
                        "shrinkB": 0.0},
        )  # fmt: skip
        scale = engineering([length], "m")
        _write(
            axes, origin + arrow * (1.0 + 14.0 / size), arrow, f"{name} {length * scale.factor:g} {scale.unit}", "0.2"
        )


def draw_terminals(
    axes: Axes, pose: Pose, ratio: float, frame: Frame, places: Mapping[str, tuple[Array, Array]]
) -> None:
    """Names of terminals at the ends of the device, or where the frame cuts off what is in front of them."""
    height = WIDTH * ratio
    pixels = height / (2.0 * pose.half)
    for name, (place, normal) in places.items():
        at = frame.place(np.clip(place, frame.low, frame.high)[None])[0] + OUTWARDS * normal
        ends = np.array([at, at + normal]) - pose.middle
        (x, y), ahead = pixels * np.column_stack([ends @ pose.right, -ends @ pose.up])
        way = ahead - (x, y)
        spot = np.array([x + WIDTH / 2, y + height / 2]).clip(0.02 * WIDTH, [0.98 * WIDTH, height - 0.02 * WIDTH])
        _write(axes, spot, way, name, COLOURS[TERMINAL], 8.0)


def terminal_places(result: Result, volume: Volume) -> dict[str, tuple[Array, Array]]:
    """A point (m) in the middle of each terminal of the whole device, and the direction out of it there; shapes (3,).

    Those that the result does not say are left out.
    """
    low, high = (end.copy() for end in volume.extents)
    low[list(volume.mirrors)] = -high[list(volume.mirrors)]
    found: dict[str, tuple[Array, Array]] = {}
    boxes = _boxes(result)
    for name in (each for each in result.terminals if each in boxes):
        ends = boxes[name]
        axis = int(np.argmin(np.ptp(ends, axis=1) / (high - low)))  # across the flattest direction
        middle = ends.mean(axis=1)
        middle[list(volume.mirrors)] = 0.0
        normal = np.zeros(3)
        normal[axis] = 1.0 if middle[axis] > (low[axis] + high[axis]) / 2 else -1.0
        found[name] = (middle.clip(low, high), normal)
    return found


def terminals_in_section(result: Result, state: State, view: View) -> list[Place]:
    """Terminals that meet a section along the axis, named at its ends or where the frame cuts off what is before them."""
    boxes = _boxes(result)
    if state.axes is None or state.axes[0] != "z" or not boxes:
        return []
    second = AXES.index(state.axes[1])
    normal = 3 - second
    everything = np.array(list(boxes.values()))
    whole = everything[:, normal, 0].min() < 0.0  # else the mesh ends at a plane of symmetry
    height = state.height if whole else abs(state.height)
    near = ON * float(np.ptp(everything[:, normal]))
    low, high = state.points.min(axis=0), state.points.max(axis=0)
    low = np.where([False, state.mirrored], -high, low)
    frame = np.array(view.box).reshape(2, 2)
    found = []
    for name in (each for each in result.terminals if each in boxes):
        ends = boxes[name][[0, second]]
        if not boxes[name][normal, 0] - near <= height <= boxes[name][normal, 1] + near:
            continue
        middle = ends.mean(axis=1)
        if state.mirrored:
            middle[1] = 0.0
        reached = (np.abs(ends - np.column_stack([low, high])) <= ON * (high - low)[:, None]).sum(axis=1)
        # towards the one end of the device that it reaches, and across its flattest direction
        across = int(np.argmin(np.ptp(ends, axis=1) / (high - low) + (reached != 1)))
        middle[across] = ends[across, int(middle[across] > (low + high)[across] / 2.0)]
        at = middle.clip(low, high).clip(*frame.T)
        axial, transverse = ((float(end[0]), float(end[1])) for end in ends)
        found.append(Place(name, TERMINAL, axial, transverse, (float(at[0]), float(at[1]))))
    return found


def _boxes(result: Result) -> dict[str, Array]:
    """From where to where each boundary of a mesh in three dimensions lies along z, x and y, m; (3, 2)."""
    known: Mapping[str, Any] = (result.run.get("mesh") or {}).get("boundaries") or {}
    return {name: np.array(box[:3], dtype=float) for name, box in known.items() if len(box) == 4}


def _write(axes: Axes, spot: Array, way: Array, text: str, colour: str, points: float = 6.5) -> None:
    """A text on the far side of a spot (pixels), as seen from where a way (pixels) begins."""
    size = float(np.linalg.norm(way)) or 1.0
    axes.text(
        *spot, text, fontsize=points, color=colour,
        ha="left" if way[0] > 0.3 * size else "right" if way[0] < -0.3 * size else "center",
        va="center" if abs(way[1]) < 0.5 * size else "bottom" if way[1] < 0 else "top",
        path_effects=[withStroke(linewidth=1.5, foreground="white")],
    )  # fmt: skip


def _round_length(length: float) -> float:
    """The nearest of 1, 2 and 5 times a power of ten."""
    power = 10.0 ** math.floor(math.log10(length))
    return power * min((1.0, 2.0, 5.0, 10.0), key=lambda n: abs(math.log(length / (n * power))))
