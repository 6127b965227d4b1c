"""An answer as one picture: the two rows, where every head looked to find it, and all weights of a small instance."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from proofformer.explain.attention import HeadView, Weights, head_views
from proofformer.explain.looks import GREY, INK
from proofformer.explain.ticks import name_keys
from proofformer.problems import Decision, Instance, PairAnswer, Task
from proofformer.runtime.model import Model
from proofformer.runtime.tokens import READ, START, labels, tokens_of

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

KEYS, UNSEEN = "#6b7f8f", "#eceff1"
FIRST, SECOND = "#0072B2", "#D55E00"
WIDTH, BITS, STEMS = 11.0, 0.95, 2.35
MOST_IN_HEATMAP = 64
MOST_HEADS = 6
FAINTEST = 1 / 500
"""Weights below this share of the largest in a panel are too small to see, and are not drawn."""


@dataclass(frozen=True)
class Story:
    """Which token asks, whose row is set beside its own (None: no document is), and why, in words."""

    names: list[str]
    first: int
    second: int | None
    why: str

    @property
    def marked(self) -> dict[int, str]:
        """The colours of the two documents."""
        return {self.first: FIRST} | ({} if self.second is None else {self.second: SECOND})


def draw_answer(model: Model, instance: Instance, answer: PairAnswer | Decision, title: str) -> Figure:
    """The figure of an answer; `title` is the answer in words."""
    from matplotlib.figure import Figure
    from matplotlib.layout_engine import ConstrainedLayoutEngine

    tokens = tokens_of(model, instance.sets)
    views = head_views(model, tokens)
    story = story_of(views, labels(tokens[0], model), [*map(len, instance.sets)], answer)
    views = _telling(views, story)
    rows = list(_panels(views))
    every = [view for view in views if not view.read]
    heights = [BITS + 0.28 * (story.second is not None), *([STEMS] * len(rows))]
    maps = _chunks(every, 2 if len(every) <= 2 else 3) if instance.n <= MOST_IN_HEATMAP else []
    heights += [_map_height(len(row), instance.n) for row in maps]
    layout = ConstrainedLayoutEngine(w_pad=0.12, h_pad=0.06)
    figure = Figure(figsize=(WIDTH, sum(heights) + 0.75), layout=layout, facecolor="white")
    figure.suptitle(f"decision: {title}" if isinstance(answer, Decision) else title, fontsize=11, fontweight="bold")
    parts = figure.subfigures(len(heights), 1, squeeze=False, height_ratios=heights)[:, 0]
    parts[0].suptitle(f"{model.problem.label}, n = {instance.n}: {story.why}", fontsize=9.5)
    _draw_rows(parts[0].subplots(), model, instance, story)
    for part, row in zip(parts[1:], rows, strict=False):
        axes = part.subplots(1, max(len(r) for r in rows), squeeze=False)[0]
        for axis, view in zip(axes, row, strict=False):
            _draw_weights(axis, view, story, WIDTH / len(axes) - 1)
        for axis in axes[len(row) :]:
            axis.axis("off")
    for part, row in zip(parts[1 + len(rows) :], maps, strict=True):
        for axis, view in zip(part.subplots(1, len(row), squeeze=False)[0], row, strict=True):
            _draw_map(axis, view, story, _map_height(len(row), instance.n) - 1)
    return figure


def story_of(views: Sequence[HeadView], names: list[str], sizes: Sequence[int], answer: PairAnswer | Decision) -> Story:
    """Who asks: the answer's i; of a decision a document with a hit; where there is neither, document 0.

    Tokens are START, the documents by falling index, those of A, of this size, last, and READ.
    """
    if isinstance(answer, PairAnswer) and answer.pair is not None:
        i, j = answer.pair
        first, second = sum(sizes) - i, sum(sizes) - j - (sizes[0] if len(sizes) == 2 else 0)
        return Story(names, first, second, f"document {names[first]} asks, and {names[second]} is its partner")
    zero = len(names) - 2
    first, why = zero, f"there is no pair, so document {names[zero]} is shown asking"
    if isinstance(answer, Decision):
        why = f"no document has a hit, so document {names[zero]} is shown asking"
        if answer.decision:
            # Documents stand in the order of falling index: the last of the best has the smallest.
            first = views[-1].best(len(names) - 1)[-1]
            why = f"document {names[first]} asks, and has a hit"
    best = [v for v in views if not v.read][-1].best(first)
    told = "its best key is" if len(best) == 1 else "among its best keys is"
    found = best[-1]
    return Story(names, first, None if names[found] == START else found, f"{why}; {told} {names[found]}")


def _telling(views: list[HeadView], story: Story) -> list[HeadView]:
    """Without the heads that found the asking document another key or none, where there are many (one for a norm)."""
    every = [view for view in views if not view.read]
    if len(every) <= MOST_HEADS:
        return views
    return [v for v in views if v.read or v is every[-1] or story.second in v.best(story.first)]


def _chunks(views: Sequence[HeadView], size: int) -> list[list[HeadView]]:
    return [list(views[k : k + size]) for k in range(0, len(views), size)]


def _panels(views: Sequence[HeadView]) -> Iterator[list[HeadView]]:
    """The heads in rows: those at every token, then those at READ, all in one row if there are two."""
    if len(views) <= 2:
        yield list(views)
        return
    for read in (False, True):
        yield from _chunks([view for view in views if view.read is read], 2)


def _map_height(count: int, n: int) -> float:
    """The height of a row of `count` maps: few documents need little room."""
    return 1 + min({1: 5.2, 2: 4.2}.get(count, 2.9), max(2.0, 0.3 * n))


def _row_of(instance: Instance, token: int) -> np.ndarray:
    return np.asarray(np.concatenate(instance.sets)[instance.n - token])


def _draw_rows(axes: Axes, model: Model, instance: Instance, story: Story) -> None:
    """The rows of the pair, and below them what counts of each entry."""
    from matplotlib.colors import to_rgb

    levels = model.problem.levels
    rows = [(story.names[t], colour, _row_of(instance, t)) for t, colour in story.marked.items()]
    shades = [row / levels for _, _, row in rows]
    if len(rows) == 2:
        what, counted, most = _counted(model, rows[0][2].astype(int), rows[1][2].astype(int))
        rows.append((f"{what}: {int(counted.sum()):,}", INK, counted))
        shades.append(counted / most)
    picture = np.ones((len(rows), instance.dim, 3))
    for k, (_, colour, _) in enumerate(rows):
        picture[k] -= shades[k][:, None] * (1 - np.array(to_rgb(colour)))
    axes.imshow(picture, aspect="auto", interpolation="nearest" if instance.dim <= 1024 else None)
    axes.set_yticks(range(len(rows)), [name for name, _, _ in rows], fontsize=8)
    for label, (_, colour, _) in zip(axes.get_yticklabels(), rows, strict=True):
        label.set(color=colour, fontweight="bold")
    axes.set_xticks([])
    axes.tick_params(length=0)
    axes.set_yticks(np.arange(0.5, len(rows) - 1), minor=True)
    if instance.dim <= 256:
        axes.set_xticks(np.arange(0.5, instance.dim - 1), minor=True)
    axes.grid(which="minor", color="#d5dadd", linewidth=0.5)
    axes.tick_params(which="minor", length=0)
    what = "bits, coloured where 1" if levels == 1 else f"entries, 0 (white) to {levels}"
    axes.set_title(f"the {instance.dim} {what}", fontsize=8, color=GREY, loc="left")


def _counted(model: Model, a: np.ndarray, b: np.ndarray) -> tuple[str, np.ndarray, int]:
    """In a word, what each entry of two rows adds to their value or, of a similarity, to the ones of both; the most."""
    levels = model.problem.levels
    match model.problem.kind.measure:
        case "hamming" | "cityblock" | Task():
            return "differ", np.abs(a - b), levels
        case "sqeuclidean":
            return "squares", np.square(a - b), levels**2
        case _:
            return "both", a & b, 1


def _draw_weights(axes: Axes, view: HeadView, story: Story, room: float) -> None:
    """The weights of one head over the keys, in the order of the sequence, for the token that asks."""
    names = story.names
    at = len(names) - 1 if view.read else story.first
    weights = view.weights(at)
    shown = np.flatnonzero(weights >= weights.max() * FAINTEST)
    colours = [INK if names[t] == START else story.marked.get(int(t), KEYS) for t in shown]
    axes.vlines(shown, 0, weights[shown], colors=colours, linewidth=2 if len(names) <= 80 else 1.2)
    axes.scatter(shown, weights[shown], c=colours, s=14 if len(names) <= 80 else 6, zorder=3)
    axes.set_xlim(-1, len(names) - 0.4)
    axes.set_ylim(0, 1.12 * float(weights.max()))
    if at < len(names) - 1:
        axes.axvspan(at - 0.5, len(names) - 0.5, color=UNSEEN, zorder=0)
        axes.set_title("grey: not before it, so unseen", fontsize=7.5, color=GREY, loc="right")
        axes.plot([at], [0], marker="^", color=FIRST, markersize=6, clip_on=False, zorder=4)
    name_keys(axes, names, story.marked, room, count=len(names))
    axes.set_ylabel("weight", fontsize=8)
    axes.tick_params(axis="y", labelsize=7)
    axes.spines[["top", "right"]].set_visible(False)
    asker = READ if view.read else f"document {names[at]}"
    axes.set_title(f"{view.head.name}: {asker} asks", fontsize=9, loc="left", fontweight="bold")
    axes.set_xlabel(_told(view, at, weights, names), fontsize=8, color=GREY)


def _told(view: HeadView, at: int, weights: Weights, names: Sequence[str]) -> str:
    """The best keys, and the weight outside them beside the bound that was proved."""
    best = view.best(at)
    each = f"{weights[best].sum() / len(best):.4g}"
    told = (
        f"best key {names[best[0]]}, weight {each}" if len(best) == 1 else f"{len(best)} best keys, weight {each} each"
    )
    if len(best) == len(weights):
        return f"{told}; there are no others"
    outside = float(np.delete(weights, best).sum())
    size = f"{outside:.2g}" if outside else "< 1e-300"
    return f"{told}; outside {size} (proved: at most {view.leak:.2g})"


def _draw_map(axes: Axes, view: HeadView, story: Story, room: float) -> None:
    """The weights of one head at every document, a row for each that asks."""
    from matplotlib.colors import PowerNorm
    from matplotlib.patches import Rectangle

    names = story.names
    size = len(names) - 1
    table = np.full((size, size), np.nan)
    for at in range(1, size):
        table[at, :at] = view.weights(at)
    axes.set_facecolor(UNSEEN)
    image = axes.imshow(table, cmap="Greys", norm=PowerNorm(0.5, 0, 1), interpolation="nearest")
    if story.second is not None:
        where = (story.second - 0.5, story.first - 0.5)
        axes.add_patch(Rectangle(where, 1, 1, facecolor="none", edgecolor=SECOND, linewidth=1.6))
    name_keys(axes, names, story.marked, room, count=size)
    name_keys(axes, names, story.marked, room, count=size, down=True)
    axes.set_xlabel("keys", fontsize=8)
    axes.set_ylabel("asks", fontsize=8)
    axes.set_title(f"{view.head.name}: every document asks", fontsize=9, loc="left", fontweight="bold")
    bar = axes.figure.colorbar(image, cax=axes.inset_axes((1.03, 0, 0.025, 0.5)))
    bar.ax.tick_params(labelsize=7)
    bar.outline.set_linewidth(0.5)
