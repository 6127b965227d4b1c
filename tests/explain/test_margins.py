"""The figure shows every margin, right or wrong, with text that can be read, and is the same each time."""

from __future__ import annotations

from pathlib import Path

import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.text import Text

from proofformer.explain.figure_files import write_figure
from prooflab.paper.drawing import COLOURS, MARKS, OURS, Curve, draw_margins

N = (2, 64, 4096, 1 << 18)
PRINTED = [
    Curve("published: right from 64 on", N, (-7.0, 3.7e-6, 2.4e-4, 3.8e-6)),
    Curve("published: wrong by little", N, (-0.3, -1.5e-2, -2.4e-4, -3.8e-6)),
    Curve("published: wrong by much", N, (-64.0,) * 4),
    Curve("published: the same", N, (-64.0,) * 4),
]
CLAIMED = Curve("claimed", N, (0.14, 0.013, 2.4e-4, 3.8e-6))
COMPILED = Curve("compiled", N, (0.2, 0.23, 0.25, 0.18))


def drawn() -> Figure:
    return draw_margins("Theorem", PRINTED, CLAIMED, COMPILED)


def test_every_margin_is_on_the_side_of_its_sign_and_in_sight() -> None:
    axes = drawn().axes[0]
    lines = {line.get_label(): line for line in axes.lines}
    zero = axes.transData.transform((N[0], 0))[1]
    for curve in (*PRINTED, CLAIMED, COMPILED):
        line = lines[curve.name]
        assert tuple(line.get_xdata()) == tuple(curve.n)
        assert tuple(line.get_ydata()) == tuple(curve.margins)
        shown = axes.transData.transform(line.get_xydata())
        # The least that the figure is for, 3.8e-6, is some pixels from 0.
        assert all((y > zero + 2) if m > 0 else (y < zero - 2) for (_, y), m in zip(shown, curve.margins, strict=True))
        assert all(axes.bbox.contains(x, y) for x, y in shown)


def test_the_shaded_part_is_all_that_is_below_zero() -> None:
    axes = drawn().axes[0]
    (shaded,) = (patch for patch in axes.patches if patch.get_visible())
    box = shaded.get_bbox()
    assert box.y1 == 0
    assert box.y0 <= axes.get_ylim()[0]


def test_curves_differ_in_colour_and_mark_and_one_can_be_seen_through_another() -> None:
    published = [line for line in drawn().axes[0].lines if str(line.get_label()).startswith("published")]
    assert len({line.get_color() for line in published} | {OURS}) == len(published) + 1
    assert len({line.get_marker() for line in published}) == len(published) == len(COLOURS) == len(MARKS)
    assert [line.get_markerfacecolor() == "none" for line in published] == [True, False, True, False]


def test_text_is_large_enough_inside_the_figure_and_apart() -> None:
    figure = drawn()
    canvas = FigureCanvasAgg(figure)
    canvas.draw()
    axes, (legend,) = figure.axes[0], figure.legends
    texts = [text for text in figure.findobj(Text) if text.get_visible() and text.get_text()]
    assert {curve.name for curve in (*PRINTED, CLAIMED, COMPILED)} <= {text.get_text() for text in texts}
    assert min(text.get_fontsize() for text in texts) >= 8
    renderer = canvas.get_renderer()
    boxes = [text.get_window_extent(renderer) for text in texts]
    page = figure.bbox
    assert all(page.x0 <= b.x0 and b.x1 <= page.x1 and page.y0 <= b.y0 and b.y1 <= page.y1 for b in boxes)
    assert legend.get_window_extent(renderer).y1 <= axes.get_tightbbox(renderer).y0
    for labels in (axes.get_xticklabels(), axes.get_yticklabels()):
        extents = [label.get_window_extent(renderer) for label in labels]
        assert not any(a.overlaps(b) for i, a in enumerate(extents) for b in extents[:i])


@pytest.mark.parametrize("suffix", [".svg", ".png"])
def test_the_same_margins_are_the_same_bytes(tmp_path: Path, suffix: str) -> None:
    written = []
    for name in ("a", "b"):
        target = tmp_path / f"{name}{suffix}"
        write_figure(target, drawn)
        written.append(target.read_bytes())
    assert written[0] == written[1]
