"""Margins against n: each reading of a published theorem, what its proof claims, and the decision that is compiled."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

COLOURS = ("#d55e00", "#cc79a7", "#e69f00", "#56b4e9")
OURS, CLAIMED, WRONG = "#009e73", "#777777", "#f6dcd0"
MARKS = ("o", "s", "^", "v")
LINEAR = 1e-6
"""Below this the scale is linear, so that it can cross 0."""


@dataclass(frozen=True)
class Curve:
    """A named curve: its n and its margins."""

    name: str
    n: Sequence[int]
    margins: Sequence[float]


def draw_margins(title: str, printed: Sequence[Curve], claimed: Curve, ours: Curve) -> Figure:
    """Below 0, in the shaded part, the published unit gives a wrong answer."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(8.6, 4.4), layout="constrained")
    axes = figure.add_subplot()
    axes.set_title(title, fontsize=11, loc="left")
    axes.set_xscale("log", base=2)
    axes.set_yscale("symlog", linthresh=LINEAR, linscale=0.6)
    axes.axhspan(-1e3, 0, color=WRONG, linewidth=0)
    axes.axhline(0, color="black", linewidth=0.8)
    axes.plot(ours.n, ours.margins, color=OURS, marker="D", linewidth=2.2, markersize=5, label=ours.name)
    axes.plot(claimed.n, claimed.margins, color=CLAIMED, linestyle=":", linewidth=1.6, label=claimed.name)
    for k, curve in enumerate(printed):
        axes.plot(
            curve.n,
            curve.margins,
            color=COLOURS[k % len(COLOURS)],
            marker=MARKS[k % len(MARKS)],
            # Curves may coincide: hollow marks leave room for full ones.
            markerfacecolor="none" if k % 2 == 0 else None,
            markersize=10 if k % 2 == 0 else 5,
            linewidth=1.4,
            label=curve.name,
        )
    _frame(axes, ours.n)
    figure.legend(*axes.get_legend_handles_labels(), loc="outside lower left", ncols=2, fontsize=8.5, frameon=False)
    return figure


def _frame(axes: Axes, n: Sequence[int]) -> None:
    axes.set_ylim(-200, 2)
    axes.set_yticks([-100, -1, -1e-2, -1e-4, -1e-6, 0, 1e-6, 1e-4, 1e-2, 1])
    axes.set_yticklabels(["-100", "-1", "-0.01", "-1e-4", "-1e-6", "0", "1e-6", "1e-4", "0.01", "1"])
    axes.minorticks_off()
    axes.set_xticks(n)
    axes.set_xticklabels([f"{k:,}" for k in n])
    axes.set_xlabel("documents n", fontsize=9)
    axes.set_ylabel("margin (below 0: a wrong answer)", fontsize=9)
    axes.tick_params(labelsize=8.5)
    axes.text(1.5, -1.5e-6, "wrong answers", fontsize=9, va="top", color="#993d00")
    axes.set_xlim(1.4, 1.5 * n[-1])
    axes.grid(axis="y", color="#dddddd", linewidth=0.5)
    axes.set_axisbelow(True)
