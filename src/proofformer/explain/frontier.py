"""How far questions go, as a picture: for each l the largest max_n that is certified, a line for each dtype."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from proofformer.explain.looks import GREY
from proofformer.limits import CHECKED, LARGEST_N, Corner

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

Frontiers = Mapping[str, Sequence[Corner]]
"""Of one question, by dtype."""

COLOURS = ("#CC79A7", "#D55E00", "#0072B2", "#009E73", "#56B4E9")
WIDTH, HEIGHT = 5.2, 3.6


def draw_frontiers(questions: Mapping[str, Frontiers]) -> Figure:
    """A panel for each question, by its title."""
    from matplotlib.figure import Figure

    columns = min(2, len(questions))
    rows = -(-len(questions) // columns)
    figure = Figure(figsize=(WIDTH * columns, HEIGHT * rows + 0.3), layout="constrained", facecolor="white")
    panels = figure.subplots(rows, columns, squeeze=False, sharex=True, sharey=True).flat
    for axes, (title, frontiers) in zip(panels, questions.items(), strict=False):
        _draw(axes, title, frontiers)
    for axes in list(panels)[len(questions) :]:
        axes.axis("off")
    told = "filled: checked, from the weights; hollow: planned"
    figure.supxlabel(f"l, entries of a document ({told})", fontsize=8.5)
    return figure


def _draw(axes: Axes, title: str, frontiers: Frontiers) -> None:
    """Between two points the line is at the lower one: so much is certified there. A dtype that is all but as far as
    the next is seen behind it."""
    from matplotlib.ticker import FuncFormatter

    axes.axhline(LARGEST_N, color=GREY, linewidth=0.8, linestyle=":")
    axes.text(1, LARGEST_N * 1.15, f"the search ended at {LARGEST_N:,}", fontsize=7, color=GREY)
    for k, ((dtype, corners), colour) in enumerate(zip(frontiers.items(), COLOURS, strict=False)):
        behind = len(frontiers) - k
        if not corners:
            axes.plot([], [], color=colour, label=f"{dtype}: none")
            continue
        dims, sizes = [c.dim for c in corners], [c.max_n for c in corners]
        axes.plot([*dims, dims[-1]], [*sizes, 1], color=colour, linewidth=0.4 + 0.9 * behind, drawstyle="steps-pre")
        fills = [colour if c.claim == CHECKED else "white" for c in corners]
        axes.scatter(dims, sizes, s=6 + 9 * behind, c=fills, edgecolors=colour, linewidths=1.2, zorder=3)
        axes.plot([], [], color=colour, label=f"{dtype}: l up to {dims[-1]:,}")
    axes.set_xscale("log", base=2)
    axes.set_yscale("log")
    axes.set_ylim(4e5, 8e7)
    for axis in (axes.xaxis, axes.yaxis):
        axis.set_major_formatter(FuncFormatter(lambda x, _: f"{x:,.0f}"))
    axes.minorticks_off()
    axes.tick_params(labelsize=7.5)
    axes.grid(color="#e4e4e4", linewidth=0.5)
    axes.spines[["top", "right"]].set_visible(False)
    axes.set_ylabel("largest max_n", fontsize=8.5)
    axes.set_title(title, fontsize=9, loc="left", fontweight="bold")
    axes.legend(fontsize=7.5, frameon=False, loc="center left", bbox_to_anchor=(0.01, 0.55))
