"""No text is cut off or covers another, in any figure."""

from itertools import combinations, pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.text import Text

import proofformer as pf
from proofformer.circuit import At
from proofformer.compiler import Spec, plan_of
from proofformer.explain.diagram import draw_model
from proofformer.explain.drawing import draw_answer
from proofformer.explain.ticks import apart

PLANS = [
    (pf.problem("closest-pair", dim=64), 2000, "float32"),
    (pf.problem("closest-pair", dim=64), 1 << 20, "float32"),
    (pf.problem("closest-pair", dim=16), 40, "bfloat16"),
    (pf.problem("ov", dim=64, question="decide"), 2000, "float32"),
    (pf.problem("ov", dim=64, bichromatic=True), 2000, "float16"),
    (pf.problem("farthest-pair", dim=4096, bichromatic=True, threshold=4000), 9999, "float64"),
    (pf.problem("max-ip", dim=1), 2, "float32"),
    (pf.problem("msd", dim=12), 40, "float32"),
    (pf.problem("lsd", dim=12, metric="jaccard", norms="3-5,12", bichromatic=True), 40, "float32"),
    (pf.problem("closest-pair", dim=8, metric="sqeuclidean", levels=16), 40, "float32"),
    (pf.problem("farthest-pair", dim=8, metric="cityblock", levels=16, threshold=7), 40, "float32"),
]


def texts(figure):
    """The extent of each visible text, in pixels."""
    canvas = FigureCanvasAgg(figure)
    canvas.draw()
    shown = [t for t in figure.findobj(Text) if t.get_visible() and t.get_text()]
    return [(t.get_text(), t.get_window_extent(canvas.get_renderer())) for t in shown]


def check_texts(figure, slack):
    width, height = figure.get_size_inches() * figure.dpi
    drawn = texts(figure)
    for text, box in drawn:
        assert min(box.x0, box.y0, width - box.x1, height - box.y1) >= 0, text
    for (one, a), (other, b) in combinations(drawn, 2):
        wide = min(a.x1, b.x1) - max(a.x0, b.x0)
        high = min(a.y1, b.y1) - max(a.y0, b.y0)
        assert min(wide, high) <= slack, (one, other)
    return [text for text, _ in drawn]


@pytest.mark.parametrize(("problem", "max_n", "dtype"), PLANS, ids=str)
def test_diagram(problem, max_n, dtype):
    plan = plan_of(Spec(problem, max_n=max_n, dtype=dtype))
    shown = check_texts(draw_model(plan, problem.label), slack=1)
    for head in plan.heads:
        assert f"head {head.name}" in shown
        assert f"b = {head.b}" in shown
        for weight in head.weights:
            assert f"{int(weight):,}" in shown
    for k, block in enumerate(plan.layout.blocks):
        assert f"block {k}" in shown
        for gate in block.gates:
            assert any(text.startswith(f"{gate} =") for text in shown)
    for name, signal in plan.circuit.signals.items():
        assert (name if signal.width == 1 else f"{name} [{signal.width}]") in shown


SIZES = {
    "search": (3, 64, 65),
    "two sets": (64,),
    "two sets, decision": (3,),
    "rounds": (17, 64, 80),
    "cityblock": (64,),
}
SIZES |= dict.fromkeys(("maybe", "decision", "cosine", "norms", "squares"), (17,))


@pytest.mark.parametrize(("name", "n"), [(name, n) for name, sizes in SIZES.items() for n in sizes])
def test_answer(models, instance, name, n):
    model = models(name)
    asked = instance(model.problem, n=n)
    shown = check_texts(draw_answer(model, asked, model.solve(asked), "the answer in words"), slack=2.5)
    every = [h for block in model.plan.layout.blocks if block.at is At.EVERY for h in block.heads]
    for head in model.plan.heads:
        maps = n <= 64 and head.name in every
        assert sum(text.startswith(f"{head.name}: ") for text in shown) == 1 + maps
    assert sum("(proved: at most" in text or "no others" in text for text in shown) == len(model.plan.heads)
    assert {"START", "READ"} <= set(shown)


def test_of_many_heads_those_that_found_the_partner_are_drawn(models, instance):
    model = models("many norms")
    asked = instance(model.problem, n=17)
    answer = model.solve(asked)
    shown = check_texts(draw_answer(model, asked, answer, "the answer in words"), slack=2.5)
    norm = int(asked.rows[answer.pair[1]].sum())
    drawn = {text.split(":")[0] for text in shown if text.endswith(" asks")}
    assert drawn == {f"norm{norm}.best", "partner", "best"}


@pytest.mark.parametrize(
    ("name", "rows", "label", "counted"),
    [
        ("squares", [[0, 6, 4, 3, 0, 1], [0, 0, 6, 3, 1, 1], [6, 0, 0, 0, 6, 6]], "squares: 41", [0, 36, 4, 0, 1, 0]),
        ("search", [[0, 1, 1, 1, 0, 1], [0, 0, 1, 1, 0, 0], [1, 0, 0, 0, 1, 0]], "differ: 2", [0, 1, 0, 0, 0, 1]),
        ("cosine", [[0, 1, 1, 1, 0, 1], [0, 0, 1, 1, 0, 0], [1, 0, 0, 0, 1, 0]], "both: 2", [0, 0, 1, 1, 0, 0]),
    ],
)
def test_the_rows_are_as_dark_as_their_entries(models, name, rows, label, counted):
    model = models(name)
    asked = model.problem.instance(rows)
    answer = model.solve(asked)
    assert answer.pair == (0, 1)
    axes = draw_answer(model, asked, answer, "the answer in words").subfigs[0].axes[0]
    assert [text.get_text() for text in axes.get_yticklabels()] == ["0", "1", label]
    levels = model.problem.levels
    most = (levels, levels, levels**2)
    for picture, row, top in zip(axes.images[0].get_array(), (*rows[:2], counted), most, strict=True):
        full = (1 - picture[np.argmax(row)]) * top / max(row)
        assert np.allclose(1 - picture, np.outer(row, full) / top)
        assert full.sum() > 1


def test_neighbours_in_a_large_instance_are_named_apart(models):
    """The pair is (0, 1), next to each other and to READ, among 3,000 documents."""
    model = models("rounds")
    rows = np.tile(np.eye(6, dtype=int), (500, 1))
    rows[0] = rows[1] = 1
    asked = model.problem.instance(rows)
    answer = model.solve(asked)
    assert answer.pair == (0, 1)
    check_texts(draw_answer(model, asked, answer, "the answer in words"), slack=2.5)


@given(st.lists(st.floats(0, 10), min_size=1, max_size=12), st.floats(0.1, 2))
def test_places_are_apart_in_order_and_unmoved_where_they_were(wanted, gap):
    wanted = np.sort(wanted)
    placed = apart(wanted, gap)
    assert len(placed) == len(wanted)
    assert all(b - a >= gap - 1e-6 for a, b in pairwise(placed))
    if all(b - a > gap + 1e-6 for a, b in pairwise(wanted)):
        assert np.array_equal(placed, wanted)
