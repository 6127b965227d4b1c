"""Names of tokens along an axis, as many as there is room for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np

from proofformer.explain.attention import Weights
from proofformer.runtime.tokens import READ

if TYPE_CHECKING:
    from matplotlib.axes import Axes

TICK = 0.135
"""Inches that a name takes across its direction."""
LEVEL = 0.32
"""Inches that a short name takes along it."""


def name_keys(
    axes: Axes, names: Sequence[str], marked: Mapping[int, str], room: float, *, count: int, down: bool = False
) -> None:
    """Name the first of `count` tokens, READ, the `marked` (token: colour), and as many others as `room` inches hold.

    Names that would touch are moved apart. `down`: along the vertical axis, which runs down.
    """
    from matplotlib.transforms import ScaledTranslation

    step = max(1, -(-count // int(room / TICK)))
    fixed = {0, *marked, *([count - 1] if names[count - 1] == READ else [])}
    others = (t for t in range(0, count, step) if all(abs(t - f) >= step for f in fixed))
    ticks = sorted({*fixed, *others})
    axis = axes.yaxis if down else axes.xaxis
    axis.set_ticks(ticks, [names[t] for t in ticks], fontsize=7)
    upright = not down and len(ticks) * LEVEL > room
    wanted = np.array(ticks) * room / count
    for tick, label, shift in zip(ticks, axis.get_ticklabels(), apart(wanted, TICK * 0.9) - wanted, strict=True):
        if upright:
            label.set_rotation(90)
        if upright or down:
            x, y = (0.0, -shift) if down else (shift, 0.0)
            move = ScaledTranslation(x, y, axes.figure.dpi_scale_trans)
            label.set_transform(label.get_transform() + move)
        if tick in marked:
            label.set(color=marked[tick], fontweight="bold")


def apart(wanted: Weights, gap: float) -> Weights:
    """The nearest places to those wanted, in the same order, `gap` apart: runs that touch spread about their middle."""
    runs: list[list[float]] = []
    for place in wanted:
        runs.append([place])
        while (
            len(runs) > 1 and _middle(runs[-1]) - _middle(runs[-2]) < gap * (len(runs[-1]) + len(runs[-2])) / 2 - 1e-9
        ):
            last = runs.pop()
            runs[-1] += last
    spread = [_middle(run) + gap * (k - (len(run) - 1) / 2) for run in runs for k in range(len(run))]
    return np.array(spread)


def _middle(run: Sequence[float]) -> float:
    return sum(run) / len(run)
