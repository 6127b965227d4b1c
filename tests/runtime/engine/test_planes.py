"""Scores as counts of bits: those of the dense product, but for a number of each query's own."""

from __future__ import annotations

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from proofformer.problems.arrays import Array
from proofformer.runtime.engine.attend import Fetch, margin
from proofformer.runtime.engine.bits import add_bits, ones_of, turned, words_of
from proofformer.runtime.engine.counts import MOST_PLANES, largest_counts, room, sliced
from proofformer.runtime.engine.planes import Scores, scores_of
from proofformer.runtime.engine.rows import CHUNK, Rows
from proofformer.runtime.engine.sparse import Sparse

N = 200
Make = Callable[[np.random.Generator, int], tuple[Array, Array]]


def bits(rng: np.random.Generator, count: int, n: int) -> Array:
    return rng.integers(0, 2, (count, n))


def signs(rng: np.random.Generator, n: int) -> tuple[Array, Array]:
    return 8 * (2 * bits(rng, 30, n) - 1), 2 * bits(rng, 30, n) - 1


def both_ways(rng: np.random.Generator, n: int) -> tuple[Array, Array]:
    return rng.choice([-4, 4], (20, 1)) * bits(rng, 20, n), rng.choice([-1, 1], (20, 1)) * bits(rng, 20, n)


def several_weights(rng: np.random.Generator, n: int) -> tuple[Array, Array]:
    return 2 ** rng.integers(0, 5, (24, 1)) * bits(rng, 24, n) - 3, bits(rng, 24, n) - rng.integers(0, 3, (24, 1))


def scaled_keys(rng: np.random.Generator, n: int) -> tuple[Array, Array]:
    return 4 * bits(rng, 12, n), bits(rng, 12, n) * rng.integers(1, 90, n)


def scaled_against(rng: np.random.Generator, n: int) -> tuple[Array, Array]:
    return -4 * bits(rng, 12, n), bits(rng, 12, n) * rng.integers(1, 90, n)


def kinds_of_queries(rng: np.random.Generator, n: int) -> tuple[Array, Array]:
    return rng.integers(-9, 9, (6, 7))[:, rng.integers(0, 7, n)], bits(rng, 6, n)


def whole_numbers(rng: np.random.Generator, n: int) -> tuple[Array, Array]:
    return 2 * rng.integers(-5, 12, (3, n)), 3 * rng.integers(0, 17, (3, n))


def quarters(rng: np.random.Generator, n: int) -> tuple[Array, Array]:
    return bits(rng, 9, n) / 4, bits(rng, 9, n) * 5


def constants(rng: np.random.Generator, n: int) -> tuple[Array, Array]:
    return np.full((3, n), 7), bits(rng, 3, n)


def outweighed(rng: np.random.Generator, n: int) -> tuple[Array, Array]:
    """Ones in common less ones of the key: equal bits would leave flatter biases, and halves of the unit."""
    k = bits(rng, 20, n)
    return np.concatenate([bits(rng, 20, n), np.full((20, n), -1)]), np.concatenate([k, k])


def none_varies(rng: np.random.Generator, n: int) -> tuple[Array, Array]:
    return np.full((2, n), 3), np.full((2, n), -1)


MADE: dict[str, Make] = {
    make.__name__: make
    for make in (
        *(signs, both_ways, several_weights, scaled_keys, scaled_against, kinds_of_queries, whole_numbers, quarters),
        *(constants, outweighed, none_varies),
    )
}


def together(rng: np.random.Generator, n: int, *names: str) -> tuple[Array, Array]:
    parts = [MADE[name](rng, n) for name in names]
    q, k = (np.concatenate([part[side] for part in parts]).astype(np.float64) for side in (0, 1))
    k[:, 0] = rng.integers(-3, 4, len(k))  # START has numbers of its own
    return q, k


def rows_of(matrix: Array, dtype: Any = np.float64) -> Rows:
    return Rows.of(Sparse.of(np.eye(len(matrix)), dtype), np.ascontiguousarray(matrix, dtype), matrix.shape[1])


def marks_of(words: Array) -> Array:
    """Words (d, ..) -> bits (d, 64 ..)."""
    return np.array([[int(word) >> k & 1 for word in row for k in range(64)] for row in words]).reshape(len(words), -1)


def told(scores: Scores) -> Array:
    """(n, n): what the scores say."""
    total = scores.bias[scores.kind].copy()
    for group in scores.groups:
        total += (marks_of(group.queries).T @ marks_of(group.keys))[:N, :N] * group.weight
    total[:, 0] = scores.start
    return total


EVERY = [(name,) for name in MADE] + [
    ("signs", "constants"),
    ("signs", "kinds_of_queries", "constants"),
    ("several_weights", "whole_numbers", "scaled_keys"),
    ("both_ways", "quarters", "none_varies"),
]


@pytest.mark.parametrize("names", EVERY, ids="-".join)
def test_scores_are_those_of_the_product(names: tuple[str, ...]) -> None:
    for seed in range(2):
        q, k = together(np.random.default_rng(seed), N, *names)
        scores = scores_of(rows_of(q), rows_of(k))
        assert scores is not None
        apart = (q.T @ k - told(scores))[1:]
        assert (apart == apart[:, :1]).all()
        numbers = [scores.bias, scores.start[1:], *(group.weight for group in scores.groups)]
        assert all((np.rint(x / scores.unit) * scores.unit == x).all() for x in numbers)


def test_what_has_no_planes() -> None:
    rng = np.random.default_rng(0)
    q, k = rng.random((3, N)), rng.random((3, N))
    assert scores_of(rows_of(q), rows_of(k)) is None
    many = rng.integers(0, 1 << 20, (40, N))
    assert scores_of(rows_of(many), rows_of(many)) is None
    large = together(rng, N, "several_weights")
    assert scores_of(rows_of(large[0] * 2.0**50), rows_of(large[1] + 2.0**-45)) is None


@pytest.mark.parametrize(("large", "count", "small"), [(2**20, 20, True), (2**26, 20, False), (2**29, 1, False)])
def test_what_int32_cannot_add_up_is_added_up_in_float64(large: int, count: int, small: bool) -> None:
    """Planes of so large weights, or a bias of the keys alone."""
    rng = np.random.default_rng(0)
    for constant in (False, True):
        q = np.concatenate([bits(rng, 1, N), np.ones((count, N)) if constant else bits(rng, count, N)])
        k = np.concatenate([bits(rng, 1, N), large * bits(rng, count, N)])
        v = bits(rng, 3, N).astype(np.float64)
        scores = scores_of(rows_of(q), rows_of(k))
        assert scores is not None
        assert (scores.unit, scores.small) == (1, small)
        out = Fetch(scores, rows_of(v), np.float64, 0)(1, N)
        assert np.abs(out - softmax(q, k, v, 0)[:, 1:]).max() < 1e-12


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("top", [1.5, 1.75])
def test_units_too_fine_for_the_margin_are_refused(top: float, dtype: Any) -> None:
    rng = np.random.default_rng(0)
    q, v = np.ones((1, N)), bits(rng, 5, N).astype(np.float64)
    for fine in (2.0**-40, 2.0**-28, 2.0**-23, 2.0**-22, 2.0**-9):
        k = rng.choice([top, -top, fine], (1, N))
        scores = scores_of(rows_of(q, dtype), rows_of(k, dtype))
        assert (scores is None) == (fine < 2.0**-22)
        if scores is not None:
            out = Fetch(scores, rows_of(v, dtype), dtype, 0)(1, N)
            assert np.abs(out - softmax(q, k, v, 0)[:, 1:]).max() < 1e-5


def test_unequal_queries_of_one_hash_are_told_apart(monkeypatch: pytest.MonkeyPatch) -> None:
    """Sums that are the same for (1, 2) and (2, 1)."""
    q, k = together(np.random.default_rng(0), N, "kinds_of_queries")
    q[0], q[1] = np.arange(N) % 3, np.arange(N)[::-1] % 3
    monkeypatch.setattr(
        np.random, "default_rng", lambda seed: SimpleNamespace(integers=lambda *a, **b: np.uint64([0] * 6))
    )
    scores = scores_of(rows_of(q), rows_of(k))
    assert scores is not None
    apart = (q.T @ k - told(scores))[1:]
    assert (apart == apart[:, :1]).all()


def softmax(q: Array, k: Array, v: Array, itself: int) -> Array:
    """(values, n) in float64, query 0 left out."""
    out = np.zeros((len(v), q.shape[1]))
    for i in range(1, q.shape[1]):
        s = q[:, i] @ k[:, : i + itself]
        weights = np.exp(s - s.max())
        out[:, i] = v[:, : i + itself] @ weights / weights.sum()
    return out


@pytest.mark.parametrize("itself", [0, 1])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("names", EVERY, ids="-".join)
def test_attention_is_softmax(names: tuple[str, ...], dtype: Any, itself: int) -> None:
    """Also with more hits than are held at a time."""
    rng = np.random.default_rng(9)
    q, k = together(rng, N, *names)
    q /= np.exp2(np.ceil(np.log2(max(1.0, np.abs(q.T @ k).max() / 64))))  # many keys within the margin
    v = rng.integers(0, 2, (70, N)) * rng.integers(-2, 3, (70, 1)) + 1.0
    v[::9] = rng.integers(0, 5, (8, N))
    v[:, 0] = rng.integers(-3, 4, 70)
    scores = scores_of(rows_of(q, dtype), rows_of(k, dtype))
    assert scores is not None
    run = Fetch(scores, rows_of(v, dtype), dtype, itself)
    out = np.concatenate([np.zeros((70, 1)), run(1, 60), run(60, N)], axis=1)
    assert np.abs(out - softmax(q, k, v, itself)).max() < 5 * (2e-5 if dtype is np.float32 else 1e-13)


@pytest.mark.parametrize("equal", [False, True])
@pytest.mark.parametrize("count", [1, 64, 65, 66, 67, 78, 79, 90, 91, 132, 136, 200])
def test_largest_counts(count: int, equal: bool) -> None:
    rng = np.random.default_rng(count)
    for n, itself in ((70, 0), (511, 1), (513, 0), (1100, 1)):
        asked, seen = bits(rng, count, n), bits(rng, count, n)
        keys = sliced(words_of(seen), equal)
        held = room(keys, n)
        largest_counts(turned(words_of(asked)), keys, equal, 1, n, itself, held)
        asked, seen = asked.astype(float), seen.astype(float)
        found, product = held[2], asked.T @ seen
        if equal:
            product += (1 - asked.T) @ (1 - seen)
        product[np.triu_indices(n, itself)] = -1  # which nobody sees
        tiles = np.pad(product, ((0, 0), (0, -n % 64)), constant_values=-1).reshape(n, -1, 64).max(-1)[1:]
        assert (found[: n - 1, : tiles.shape[1]] == tiles)[tiles >= 0].all()


@pytest.mark.parametrize("n", [1, 64, 130])
def test_words_have_the_bits(n: int) -> None:
    marks = bits(np.random.default_rng(n), 70, n)
    words = words_of(marks)
    assert marks_of(words)[:, :n].tolist() == marks.tolist()
    assert marks_of(turned(words).T)[:n, :70].tolist() == marks.T.tolist()
    assert ones_of(turned(words))[:n].tolist() == marks.sum(0).tolist()
    out = np.ones(n)
    add_bits(words[3], -2.5, out)
    assert out.tolist() == (1 - 2.5 * marks[3]).tolist()
    assert MOST_PLANES > 16 * 256


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("n", [2, 63, 64, 65, CHUNK + 1, 2 * CHUNK + 70])
def test_rows_are_bits_where_they_have_two_numbers(n: int, dtype: Any) -> None:
    rng = np.random.default_rng(n)
    marks = bits(rng, 4, n)
    marks[:, -1], marks[1, 1:-1], marks[2, 1:] = 1, 0, 0  # one bit at the end, and none at all
    numbers = np.array([[-3], [5], [0], [2]]) + np.array([[1], [-7], [1], [4]]) * marks
    numbers = np.concatenate([numbers, numbers[:2]])
    numbers[:, 0] = 99  # START's own
    numbers[4, -1], numbers[5, n // 2] = 42, -42  # a third number
    rows = rows_of(numbers, dtype)
    assert set(rows.others) == ({4, 5} if n > 3 else set())
    assert rows.low.tolist() == numbers[:, 1:].min(1).tolist()
    assert rows.high.tolist() == numbers[:, 1:].max(1).tolist()
    assert rows.start.tolist() == [99] * 6
    for r in range(6):
        assert (rows.above(r) + rows.low[r])[1:].tolist() == numbers[r, 1:].tolist()
    assert not n % 64 or not (rows.bits[[0, 1, 2, 3], -1] >> np.uint64(n % 64)).any()


def test_the_margin_leaves_out_less_than_a_roundoff() -> None:
    for dtype in (np.float32, np.float64):
        for n in (4, 1 << 20):
            assert n * np.exp(-margin(n, dtype)) <= np.finfo(dtype).eps / 2 * 1.0001
