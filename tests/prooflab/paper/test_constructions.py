"""The constructions against the formulas of the paper, written out once more, in fractions and in float64."""

from fractions import Fraction
from itertools import combinations_with_replacement, product
from typing import Any

import numpy as np
import pytest

from proofformer.errors import InputError
from proofformer.problems.numbers import Exact, square_root
from prooflab.paper import CONSTRUCTIONS, Construction, InnerProducts, OrthogonalVectors, PublishedSimilarities
from prooflab.paper.lemmas import append_coordinate, normalise, some_large

Rows = tuple[tuple[int, ...], ...]

OV, MAX_IP = OrthogonalVectors(), InnerProducts("max-ip")
MIN_IP, MIN_IP_MENDED = InnerProducts("min-ip"), InnerProducts("min-ip", "mended")


def all_rows(dim: int, least: int) -> list[tuple[int, ...]]:
    return [row for row in product((0, 1), repeat=dim) if sum(row) >= least]


def softmax_outputs(rows: Rows, sentinel: int | None, sign: int) -> list[Fraction]:
    """sum_j n^(3 sign <x_i, x_j>) |v_j| / sum_j n^(3 sign <x_i, x_j>) over documents and the sentinel, in fractions."""
    n = len(rows)
    keys = [(*row, 1) for row in rows] + [(*[0] * len(rows[0]), sentinel)] if sentinel is not None else list(rows)
    if sentinel is None:
        keys.append((0,) * len(rows[0]))
    outputs = []
    for query in keys[:n]:
        weights = [Fraction(n) ** (3 * sign * sum(x * y for x, y in zip(query, key, strict=True))) for key in keys]
        total = sum(weight * sum(row) for weight, row in zip(weights, rows, strict=False))
        outputs.append(total / sum(weights))
    return outputs


@pytest.mark.parametrize("n", [2, 3])
def test_inner_products_by_the_formula(n: int) -> None:
    for rows in combinations_with_replacement(all_rows(3, 0), n):
        assert OV.exact_outputs(rows) == softmax_outputs(rows, None, -1)
        for t in range(4):
            assert MAX_IP.exact_outputs(rows, t) == softmax_outputs(rows, t + 1, 1)
            assert MIN_IP.exact_outputs(rows, t) == softmax_outputs(rows, -(t + 1), -1)
            assert MIN_IP_MENDED.exact_outputs(rows, t) == softmax_outputs(rows, t + 1, -1)


@pytest.mark.parametrize("construction", CONSTRUCTIONS, ids=lambda construction: construction.label)
def test_float64_agrees_with_the_enclosures(construction: Construction) -> None:
    rng = np.random.default_rng(3)
    for n, dim in [(2, 3), (3, 4), (5, 6), (8, 5)]:
        for t in construction.thresholds(dim):
            X = rng.integers(0, 2, (n, dim))
            X[:, 0] |= ~X.any(axis=1)
            bounds = construction.enclosures(X, t)
            assert all(0 <= bound.hi - bound.lo < Fraction(1, 2**90) for bound in bounds)
            assert np.allclose(construction.outputs(X, t), [float(bound.lo) for bound in bounds], rtol=0, atol=1e-11)


def test_similarities_by_the_formula() -> None:
    rows, t = np.array([[1, 1, 0], [0, 1, 1], [0, 0, 1]]), np.sqrt(1 / 2)
    for norm, lengths in [(1, np.array([2, 2, 1])), (2, np.sqrt([2, 2, 1]))]:
        units = rows / lengths[:, None]
        for name, sign in [("msd", 1), ("lsd", -1)]:
            for sentinel, side in [("printed", sign), ("mended", 1)]:
                if (name, sentinel) == ("msd", "mended"):
                    continue
                weights = 3.0 ** (3 * sign * (units @ units.T + 1))
                last = 3.0 ** (3 * sign * side * (t + 1))
                expected = weights @ units.sum(axis=1) / (weights.sum(axis=1) + last)
                construction = PublishedSimilarities(name, sentinel, norm)  # type: ignore[arg-type]
                outputs = construction.outputs(rows, square_root(Fraction(1, 2)))
                assert np.allclose(outputs, expected, rtol=0, atol=1e-12)


@pytest.mark.parametrize(
    ("construction", "rows", "t", "outputs"),
    [
        (OV, [[0, 0, 1], [1, 1, 1]], None, [Fraction(2, 5), Fraction(67, 577)]),
        (OV, [[0], [0]], None, [0, 0]),
        (MAX_IP, [[0, 1], [1, 0]], 1, [Fraction(9, 17)] * 2),
        (MAX_IP, [[0], [1]], 1, [Fraction(1, 10), Fraction(8, 17)]),
        (MIN_IP, [[0, 1], [1, 0]], 0, [Fraction(9, 521)] * 2),
        (MIN_IP_MENDED, [[1, 1], [1, 1]], 1, [Fraction(2, 5)] * 2),
    ],
)
def test_known_outputs(construction: Construction, rows: Any, t: int | None, outputs: list[Fraction]) -> None:
    assert construction.exact_outputs(rows, t) == outputs
    assert construction.decides(rows, t) != construction.truth(rows, t)
    assert construction.readout(rows, t) == float(construction.decides(rows, t))


@pytest.mark.parametrize("n", [2, 3, 5, 8, 13, 30])
def test_self_attention_fails_for_every_n(n: int) -> None:
    # Disjoint documents of two ones each: no pair has a common one, and each document has two with itself.
    rows = np.kron(np.eye(n, dtype=int), [1, 1])
    assert MAX_IP.decides(rows, 1)
    assert not MAX_IP.truth(rows, 1)
    assert not MAX_IP.decides(rows, 1, ["self"])


def test_an_output_exactly_at_the_threshold_is_a_yes() -> None:
    rows = [[0], [1]]
    assert OV.exact_outputs(rows)[0] == Fraction(1, 3)
    assert OV.decides(rows)
    # Both weights are irrational here, 2^(3 (1/3 + 1)) for a document; float64 rounds the output to below 1/3.
    msd, rows = PublishedSimilarities("msd"), [[1, 1, 1], [1, 1, 1]]
    assert msd.outputs(rows, 1).max() < 1 / 3
    assert msd.exact_outputs(rows, 1) == [Fraction(1, 3)] * 2
    assert msd.decides(rows, 1)


def test_readings_and_labels() -> None:
    assert len({construction.label for construction in CONSTRUCTIONS}) == len(CONSTRUCTIONS) == 10
    assert PublishedSimilarities("lsd").label == "Theorem C.2, lsd, sentinel printed, 1-norm"
    assert OV.label == "Theorem 4.1, ov"
    cosines: list[Exact] = [square_root(Fraction(1, 2)), 1]
    assert list(PublishedSimilarities("msd").thresholds(2)) == cosines
    assert list(PublishedSimilarities("lsd").thresholds(2)) == [0, cosines[0]]
    assert list(MAX_IP.thresholds(2)) == [1, 2]
    assert list(MIN_IP.thresholds(2)) == [0, 1]


def test_lemma_some_large_is_a_ramp() -> None:
    outputs = np.array([[0.0, 0.1], [0.1, 0.2], [0.3, 0.0], [0.9, 0.1]])
    assert np.allclose(some_large(outputs, 0.1, 0.3), [0, 0.5, 1, 1])


def test_lemmas_append_and_normalise() -> None:
    rows = np.array([[3.0, 4.0], [0.0, 2.0]])
    assert append_coordinate(rows, 7.0).tolist() == [[3, 4, 7], [0, 2, 7]]
    assert np.allclose(normalise(rows, 1), [[3 / 7, 4 / 7], [0, 1]])
    assert np.allclose(normalise(rows, 2), [[0.6, 0.8], [0, 1]])


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: InnerProducts("ov"), "Theorem C.1 decides no 'ov': choose max-ip or min-ip"),
        (lambda: InnerProducts("min-ip", "right"), "sentinel is 'right': choose printed or mended"),  # type: ignore[arg-type]
        (lambda: InnerProducts("max-ip", "mended"), "printed with the right sign"),
        (lambda: PublishedSimilarities("msd", norm=3), "norm is 3: pass 1 or 2"),
        (lambda: normalise(np.ones((2, 2)), 3), "norm is 3: pass 1 or 2"),
        (lambda: normalise(np.zeros((2, 2)), 1), "leave zero rows out"),
        (lambda: some_large(np.ones(2), 1.0, 1.0), "pass a low bound below the high one"),
        (lambda: PublishedSimilarities("msd").decides([[0, 0], [0, 1]], 1), "row 0"),
        (lambda: PublishedSimilarities("lsd").exact_outputs([[1, 1], [0, 1]], 0), "ask for their enclosures"),
        (lambda: MAX_IP.decides([[0, 2], [0, 1]], 1), "must be 0 or 1"),
        (lambda: MAX_IP.outputs([0, 1], 1), "not two dimensions"),
        (lambda: MAX_IP.outputs([[0, 1], [1, 0]]), "needs a threshold"),
        (lambda: OV.outputs([[0, 1], [1, 0]], 1), "takes no threshold"),
        (lambda: MAX_IP.outputs([[0, 1], [1, 0]], 3), "threshold 3"),
    ],
)
def test_bad_input(call: Any, message: str) -> None:
    with pytest.raises(InputError, match=message):
        call()
