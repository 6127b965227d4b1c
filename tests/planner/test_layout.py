"""Where signals live: no two on the same dimension at the same time, and every slice empty before it is written."""

from itertools import pairwise

import numpy as np
import pytest
from tests.cases import CLOSEST, DTYPES, OV, Case

from proofformer.circuit import At, Builder, Circuit, Head, agreement, least, lower, most
from proofformer.planner.layout import Layout, inputs_of, lay_out, outputs_of
from proofformer.planner.weights import matrices
from proofformer.runtime import model_of


def unused_signals() -> Circuit:
    """Closest pair with gates, reads and flags that nothing uses, of one sign and of both."""
    c = Builder("unused", dim=3, max_n=7)
    partner = c.select(
        "partner", by=c.first, among=c.first, order=[most(agreement(c.doc, c.doc))], read=[c.doc, c.place]
    )
    c.count_and("unused", c.doc, partner[c.doc])
    distance = c.count_xor("distance", c.doc, partner[c.doc])
    c.lookup("unused table", distance, {0: [1, -2], 1: [-3, 0], 2: [0, 4], 3: [2, 2]})
    (value,) = c.bits("value", distance)
    c.attend("unused head", at=At.EVERY, order=[most(c.first)], read=c.first)
    c.maximum("unused maximum", value, value)
    best = c.select("best", among=partner.found, order=[least(distance)], read=[c.place, partner[c.place], value])
    c.answer(i=best[c.place], j=best[partner[c.place]], value=best[value], found=best.found)
    return lower(c.circuit(), {"partner": 2, "best": 1})


CIRCUITS = {
    "ov": OV.circuit(5, 7),
    **{f"closest-{r}": CLOSEST.lowered(5, 7, r) for r in (1, 2, 3)},
    "unused": unused_signals(),
}


def cleared_at(layout: Layout, dimension: int) -> dict[int, list[int]]:
    """Times at which a dimension is set to zero, with the signs."""
    found: dict[int, list[int]] = {}
    for k, block in enumerate(layout.blocks):
        for dim, sign in block.clears:
            if dim == dimension:
                found.setdefault(2 * k + 1, []).append(sign)
    return found


@pytest.mark.parametrize("name", CIRCUITS)
def test_slices(name: str) -> None:
    circuit = CIRCUITS[name]
    layout = lay_out(circuit)
    assert {s.signal for s in layout.slices} == set(circuit.signals)
    assert max(s.stop for s in layout.slices) == layout.width
    noisy: dict[bool, set[int]] = {True: set(), False: set()}
    for s in layout.slices:
        noisy[circuit.signals[s.signal].noisy].update(range(s.start, s.stop))
    assert noisy[True]
    assert not noisy[True] & noisy[False], "a subnormal leak could not be cleared"
    for s in layout.slices:
        assert s.stop - s.start == circuit.signals[s.signal].width
        assert s.born <= s.died
    for dimension in range(layout.width):
        here = sorted((s for s in layout.slices if s.start <= dimension < s.stop), key=lambda s: s.born)
        clears = cleared_at(layout, dimension)
        for old, new in pairwise(here):
            assert old.died < new.born
            times = [t for t in clears if old.born < t < new.born]
            assert len(times) == 1, "cleared once between the two, by an MLP that sees the old number"
            assert times[0] >= old.died
            old_signal = circuit.signals[old.signal]
            signs = [sign for sign, needed in ((1, old_signal.hi > 0), (-1, old_signal.lo < 0)) if needed]
            assert sorted(clears.pop(times[0])) == sorted(signs)
        assert not clears, "a number in use is cleared"


@pytest.mark.parametrize("name", CIRCUITS)
def test_schedule(name: str) -> None:
    circuit = CIRCUITS[name]
    layout = lay_out(circuit)
    born = {s.signal: s.born for s in layout.slices}
    died = {s.signal: s.died for s in layout.slices}
    for node in circuit.nodes:
        assert not hasattr(node, "among")
        time = born[outputs_of(node)[0]]  # type: ignore[arg-type]
        assert time % 2 == (0 if isinstance(node, Head) else 1)
        for s in inputs_of(node):  # type: ignore[arg-type]
            assert born[s] < time <= died[s]
    places = [block.at for block in layout.blocks]
    assert places == sorted(places, key=list(At).index), "READ blocks come after all others"
    assert all(block.heads or block.gates for block in layout.blocks)
    end = 2 * len(layout.blocks)
    assert all(died[out.signal] == end for out in circuit.outputs)


def test_unused_signals_are_cleared_after_they_are_written() -> None:
    """The MLP that writes a gate's output sees the slice as it was before: it cannot be the one that clears it."""
    layout = lay_out(unused_signals())
    reused = [s for s in layout.slices if s.signal.startswith("unused") and s.died == s.born]
    assert len(reused) == 4
    assert any(new.born > s.born and new.start < s.stop and s.start < new.stop for s in reused for new in layout.slices)


@pytest.mark.parametrize("case", [CLOSEST, OV], ids=str)
@pytest.mark.parametrize("dtype", DTYPES)
def test_size_does_not_depend_on_n_but_for_its_bits(case: Case, dtype: str) -> None:
    plans = [case.plan(64, n, dtype) for n in (8, 7, 130)]
    shapes = [[(m.name, m.rows, m.columns) for m in matrices(p)] for p in plans]
    assert shapes[0] == shapes[1]
    assert [p.depth for p in plans] == [plans[0].depth] * 3
    assert plans[0].layout.width < 5 * 64
    assert sum(rows * columns for _, rows, columns in shapes[2]) < 2 * sum(rows * cols for _, rows, cols in shapes[0])


def test_bfloat16_answers_where_a_subnormal_leak_once_survived() -> None:
    """The first round leaks less than 2^-126; bfloat16 linear layers on x86 take that for zero, in one-row calls."""
    asked = CLOSEST.problem(3)
    model = model_of(asked, CLOSEST.plan(3, 16, "bfloat16", 2))
    rng = np.random.default_rng(5)
    seen = np.array([[0, 0, 0], [1, 0, 1], [0, 0, 0], [1, 1, 0], [0, 0, 0]], dtype=np.uint8)
    assert model.solve(seen) == asked.answer(seen)
    for _ in range(60):
        rows = rng.integers(0, 2, (int(rng.integers(2, 9)), 3)).astype(np.uint8)
        assert model.solve(rows) == asked.answer(rows)
