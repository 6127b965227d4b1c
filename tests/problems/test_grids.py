"""The oracle on grids: squared Euclidean and cityblock distances of rows of small whole numbers."""

from collections import Counter
from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.spatial.distance import cdist, pdist

from proofformer.errors import InputError
from proofformer.problems import Decision, Instance, PairAnswer, load_matrix, problem
from proofformer.problems.kinds import Measure
from proofformer.problems.oracle import extreme_pair, pair_exists, profile

Rows = Sequence[Sequence[int]]

MEASURES: tuple[Measure, ...] = ("sqeuclidean", "cityblock")


def check(rows: Rows, others: Rows | None, levels: int, block: int) -> None:
    """Searches, profiles and decisions around every value, against one coordinate at a time in Python."""
    for measure in MEASURES:
        pairs = [
            ((i, j), sum((x - y) ** 2 if measure == "sqeuclidean" else abs(x - y) for x, y in zip(a, b, strict=True)))
            for i, a in enumerate(rows)
            for j, b in enumerate(rows if others is None else others)
            if others is not None or i < j
        ]
        values = [value for _, value in pairs]
        for largest, optimum in ((False, min(values)), (True, max(values))):
            first = next(pair for pair, value in pairs if value == optimum)
            answer = extreme_pair(rows, others, measure=measure, largest=largest, levels=levels, block=block)
            assert answer == PairAnswer(first, optimum), (measure, largest)
            assert type(answer.value) is int
        counts = profile(rows, others, measure=measure, levels=levels, block=block)
        assert counts == Counter(values)
        assert list(counts) == sorted(set(values))
        for bound in {-1, 0, *(value + step for value in values for step in (-1, 0, 1))}:
            options = {"measure": measure, "levels": levels, "block": block}
            assert pair_exists(rows, others, at_most=bound, **options) is any(v <= bound for v in values)
            assert pair_exists(rows, others, at_least=bound, **options) is any(v >= bound for v in values)


@settings(deadline=None, max_examples=120)
@given(data=st.data(), levels=st.sampled_from([1, 2, 3, 16, 255]), block=st.integers(1, 9), two=st.booleans())
def test_against_plain_python(data: st.DataObject, levels: int, block: int, two: bool) -> None:
    width = data.draw(st.integers(1, 6))
    entry = st.one_of(st.integers(0, levels), st.sampled_from([0, levels]))
    pool = data.draw(st.lists(st.lists(entry, min_size=width, max_size=width), min_size=1, max_size=5))
    rows = data.draw(st.lists(st.sampled_from(pool), min_size=1 if two else 2, max_size=8))
    others = data.draw(st.lists(st.sampled_from(pool), min_size=1, max_size=6)) if two else None
    check(rows, others, levels, block)


@pytest.mark.parametrize("width", [1, 64, 300])
@pytest.mark.parametrize("levels", [1, 16, 255])
def test_against_scipy(width: int, levels: int) -> None:
    generator = np.random.default_rng(levels + width)
    A, B = generator.integers(0, levels + 1, (130, width)), generator.integers(0, levels + 1, (270, width))
    for metric in MEASURES:
        condensed = pdist(B.astype(float), metric)
        counts = profile(B, measure=metric, levels=levels)
        assert counts == Counter(condensed.astype(int).tolist())
        between = cdist(A.astype(float), B.astype(float), metric)
        for name, best in (("closest-pair", np.argmin), ("farthest-pair", np.argmax)):
            asked = problem(name, dim=width, metric=metric, levels=levels, bichromatic=True)
            i, j = divmod(int(best(between)), len(B))
            assert asked.answer(A, B) == PairAnswer((i, j), int(between[i, j]))


@pytest.mark.parametrize("width", [1, 7, 1024])
def test_the_largest_values(width: int) -> None:
    rows = [[0] * width, [255] * width]
    for metric, value in (("sqeuclidean", 255 * 255 * width), ("cityblock", 255 * width)):
        asked = problem("farthest-pair", dim=width, metric=metric, levels=255)
        assert asked.largest_value == value
        assert asked.answer(rows) == PairAnswer((0, 1), value)
        assert profile(rows, measure=metric, levels=255) == {value: 1}  # type: ignore[arg-type]
        for threshold, exists in ((value, True), (value - 1, True), (0, True)):
            far = problem("farthest-pair", dim=width, metric=metric, levels=255, threshold=threshold)
            assert far.answer(rows) == Decision(exists)
        near = problem("closest-pair", dim=width, metric=metric, levels=255, threshold=value - 1)
        assert near.answer(rows) == Decision(False)


@pytest.mark.parametrize("block", range(1, 9))
@pytest.mark.parametrize("measure", MEASURES)
def test_ties_go_to_the_smaller_pair(measure: Measure, block: int) -> None:
    rows = np.arange(7)[:, None] * [3, 5]
    rows[3], rows[6] = rows[2], rows[1]
    assert extreme_pair(rows, measure=measure, largest=False, levels=40, block=block) == PairAnswer((1, 6), 0)
    far = extreme_pair(40 - rows, measure=measure, largest=True, levels=40, block=block)
    assert far.pair == (0, 5)


def test_hamming_agrees_on_bits() -> None:
    bits = np.random.default_rng(3).integers(0, 2, (60, 33))
    expected = profile(bits, measure="hamming")
    for measure in MEASURES:
        assert profile(bits, measure=measure) == expected
        for largest in (False, True):
            answer = extreme_pair(bits, measure="hamming", largest=largest)
            assert extreme_pair(bits, measure=measure, largest=largest, levels=9) == answer


@pytest.mark.parametrize("measure", ["inner", "hamming", "cosine"])
def test_other_measures_take_no_levels(measure: Measure) -> None:
    with pytest.raises(InputError, match=f"{measure} compares 0/1 rows and levels is 2: leave levels out"):
        extreme_pair([[0, 1], [2, 1]], measure=measure, largest=True, levels=2)


def test_levels_of_instances() -> None:
    made = Instance([[0, 16], [3, 4]], levels=16)
    assert (made.levels, made.rows.tolist()) == (16, [[0, 16], [3, 4]])
    assert Instance(made).levels == 16
    assert Instance(made, levels=20).levels == 20
    assert extreme_pair(made, measure="cityblock", largest=True) == PairAnswer((0, 1), 15)
    two = Instance([[0, 16]], [[3, 4]], levels=16)
    assert extreme_pair(Instance(two), measure="cityblock", largest=True) == PairAnswer((0, 0), 15)
    assert Instance([[0, 1], [1, 1]]).levels == 1
    for levels in (0, 256, -1, True, 2.0, "3", None):
        with pytest.raises(InputError, match=r"levels is .*: pass the largest entry as a whole number from 1 to 255"):
            Instance([[0, 1], [1, 1]], levels=levels)  # type: ignore[arg-type]
    bits, grid = problem("max-ip", dim=2), problem("closest-pair", dim=2, levels=20, metric="cityblock")
    assert grid.instance(made).levels == 20
    with pytest.raises(InputError, match="row 0, column 1 holds 16: every entry must be 0 or 1"):
        bits.instance(made)
    with pytest.raises(InputError, match="row 0, column 1 of B holds 16: every entry must be 0 or 1"):
        problem("max-ip", dim=2, bichromatic=True).instance([[0, 1]], made)


GRID = [[0, 3, 2], [1, 0, 3], [3, 3, 3]]


@pytest.mark.parametrize("dtype", ["i1", "u1", "i2", "i8", "u8", "f2", "f4", "f8", "g", ">i4"])
def test_every_int_and_float_type(dtype: str) -> None:
    for levels in (3, 255):
        rows = Instance(np.array(GRID).astype(dtype), levels=levels).rows
        assert rows.dtype == np.uint8
        assert rows.tolist() == GRID


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (4, "4"),
        (-1, "-1"),
        (256, "256"),
        (257, "257"),
        (1.5, "1.5"),
        (3 + 2**-50, "3.000000000000001"),
        (-5e-324, "-5e-324"),
        (float("nan"), "nan"),
        (float("inf"), "inf"),
        (2**70, "1180591620717411303424"),
        ("1", "'1'"),
        (None, "None"),
    ],
)
def test_a_bad_entry_is_named(value: Any, shown: str) -> None:
    rows: list[list[Any]] = [*GRID[:2], [3, value, 3]]
    for levels in (3, 255) if isinstance(value, str | None) or value != 4 else (3,):
        with pytest.raises(InputError) as caught:
            Instance(rows, levels=levels)
        assert f"row 2, column 1 holds {shown}" in str(caught.value)
        assert str(caught.value).endswith(f"every entry must be a whole number from 0 to {levels}")


def test_grids_come_from_files(tmp_path: Any) -> None:
    asked = problem("closest-pair", dim=3, metric="cityblock", levels=16)
    for name, text in (("a.csv", "0,16,3\n1,15,3\n9,9,9\n"), ("a.txt", "0 16 3\n1 15 3\n9 9 9\n")):
        (tmp_path / name).write_text(text)
        assert asked.answer(load_matrix(tmp_path / name)) == PairAnswer((0, 1), 2)
    np.save(tmp_path / "a.npy", np.array([[0, 16, 3], [1, 15, 3]], dtype=np.int16))
    assert asked.answer(load_matrix(tmp_path / "a.npy")) == PairAnswer((0, 1), 2)
