"""The values of a scale are those that pairs of rows have, no more and no fewer, in exact order."""

from fractions import Fraction
from itertools import product

import numpy as np
import pytest
from tests.verify.matrices import literal

from proofformer.problems.kinds import GRID_MEASURES, SIMILARITIES
from proofformer.problems.numbers import squared
from proofformer.verify.instances.scales import Scale, Similarities, scale_of

SCALES = [
    ("inner", 6, 1, None),
    ("hamming", 6, 1, None),
    *((measure, 12, 1, norms) for measure in SIMILARITIES for norms in (None, (2, 3, 12))),
    *((measure, 6, levels, None) for measure in GRID_MEASURES for levels in (1, 2, 5)),
]
EVERY_SCALE = pytest.mark.parametrize(("measure", "l", "levels", "norms"), SCALES)


def spelled(scale: Scale, measure: str, rank: int) -> Fraction:
    value = scale.value(rank)
    return squared(value) if measure == "cosine" else Fraction(value)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("measure", "l", "levels", "norms"),
    [
        ("inner", 4, 1, None),
        ("hamming", 4, 1, None),
        *((measure, 5, 1, norms) for measure in SIMILARITIES for norms in (None, (2, 3, 5), (4,))),
        *((measure, l, levels, None) for measure in GRID_MEASURES for l, levels in ((1, 4), (2, 3), (3, 2), (4, 1))),
    ],
)
def test_values_are_those_of_all_pairs_of_rows(
    measure: str, l: int, levels: int, norms: tuple[int, ...] | None
) -> None:
    rows = [
        row
        for row in product(range(levels + 1), repeat=l)
        if measure not in SIMILARITIES or (any(row) and (norms is None or sum(row) in norms))
    ]
    scale, documents = scale_of(measure, l, levels, norms), np.array(rows, np.uint8)
    values = [[literal(measure, x, y) for y in rows] for x in rows]
    found = sorted({value for row in values for value in row})
    assert [spelled(scale, measure, rank) for rank in range(scale.size)] == found
    for table in (scale.table(documents, documents), scale.table(documents)):
        assert [[found[rank] for rank in ranks] for ranks in scale.ranks(table)] == values


def test_keys_tell_all_cosines_of_64_keywords_apart() -> None:
    scale = scale_of("cosine", 64)
    assert isinstance(scale, Similarities)
    shapes = np.vstack([scale.triples(rank) for rank in range(scale.size)]).tolist()
    assert scale.size == len({Fraction(k * k, a * b) for k, a, b in shapes})


@EVERY_SCALE
def test_pairs_have_the_value_and_the_shape_asked_for(
    measure: str, l: int, levels: int, norms: tuple[int, ...] | None
) -> None:
    rng, scale = np.random.default_rng(0), scale_of(measure, l, levels, norms)
    for rows in (np.zeros((0, l), np.uint8), np.ones((3, l), np.uint8)):
        for rank in rng.integers(0, scale.size, 8):
            X, Y = scale.pairs(rng, scale.shapes(rng, int(rank)), 8, rows)
            assert X.shape == Y.shape == (8, l)
            assert max(X.max(), Y.max()) <= levels
            for x, y in zip(X.tolist(), Y.tolist(), strict=True):
                assert literal(measure, x, y) == spelled(scale, measure, int(rank))
                assert norms is None or {sum(x), sum(y)} <= set(norms)


@EVERY_SCALE
def test_cuts_and_better_ranks_are_those_of_the_values(
    measure: str, l: int, levels: int, norms: tuple[int, ...] | None
) -> None:
    scale = scale_of(measure, l, levels, norms)
    values = [scale.value(rank) for rank in range(scale.size)]
    for threshold in (*values[:9], *values[-4:], Fraction(1, 7), 0):
        meeting = [rank for rank, value in enumerate(values) if value >= threshold]
        assert scale.cut(threshold, largest=True) == min(meeting, default=scale.size)
        assert scale.cut(threshold, largest=False) == max(
            (rank for rank, value in enumerate(values) if value <= threshold), default=-1
        )
    for rank in (0, scale.size // 2, scale.size - 1):
        assert list(scale.better(scale.keys[rank], largest=True)) == list(range(rank + 1, scale.size))
        assert list(scale.better(scale.keys[rank], largest=False)) == list(range(rank - 1, -1, -1))
    assert list(scale.better(None, largest=True)) == list(range(scale.size))


def test_values_of_many_large_entries_are_those_of_a_few_columns() -> None:
    rng, scale = np.random.default_rng(0), scale_of("sqeuclidean", 300, 255)
    assert scale.size > 10**6
    (shape, *_) = scale.shapes(rng, scale.size - 2)
    assert (shape.astype(np.int64) ** 2).sum() == scale.keys[-2]


def test_norms_outside_the_rows_are_refused() -> None:
    with pytest.raises(ValueError, match="within 1 to 4"):
        Similarities("cosine", 4, (2, 5))
