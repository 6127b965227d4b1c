"""The instances of the proofs, held against the oracle: matchings, draws, halves of cubes, sets that differ in one."""

from itertools import islice, product
from random import Random

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from proofformer.challenge.bounds import error_floor
from proofformer.challenge.families import (
    MATCHED,
    Draw,
    FoolingPair,
    Matching,
    draws,
    matching,
    one_differs,
    parity_halves,
    separating,
)
from proofformer.errors import InputError

METRICS: dict[str, tuple[str | None, ...]] = {
    "msd": ("cosine", "jaccard", "dice"),
    "lsd": ("cosine", "jaccard", "dice"),
    "closest-pair": ("hamming", "sqeuclidean", "cityblock"),
    "farthest-pair": ("hamming", "sqeuclidean", "cityblock"),
}
QUESTIONS = [(name, metric) for name in MATCHED for metric in METRICS.get(name, (None,))]


def check(matched: Matching, pair: FoolingPair | None) -> None:
    assert pair is not None
    assert matched.problem.answer(pair.yes)
    assert not matched.problem.answer(pair.no)
    assert (pair.yes.others == pair.no.others).all()


@pytest.mark.parametrize(("name", "metric"), QUESTIONS)
@pytest.mark.parametrize("dim", [2, 3, 4, 5])
def test_only_partners_match(name: str, metric: str | None, dim: int) -> None:
    matched = matching(name, dim=dim, metric=metric)
    documents = [matched.document(k) for k in range(matched.count)]
    assert len({row.tobytes() for row in documents}) == matched.count
    assert {int(row.sum()) for row in documents} == {dim // 2}
    for i, j in product(range(matched.count), repeat=2):
        answer = matched.problem.answer([documents[i]], [matched.partner(documents[j])])
        assert bool(answer) == (i == j)


@pytest.mark.parametrize("name", MATCHED)
def test_draws_answer_with_the_bit(name: str) -> None:
    matched = matching(name, dim=9)
    seen = set()
    for draw in islice(draws(matched, 5, 3, seed=7), 200):
        assert bool(matched.problem.answer(draw.instance)) == draw.answer
        assert [len(rows) for rows in draw.instance.sets] == [5, 4]
        seen.add((draw.block, draw.bit, draw.answer))
    assert len(seen) == 5 * 3 * 2


def test_draws_are_told_by_their_seed() -> None:
    def some(seed: int) -> list[bytes]:
        return [x.instance.rows.tobytes() for x in islice(draws(matching(dim=64), 100, 5, seed=seed), 3)]

    assert some(1) == some(1) != some(2)


@pytest.mark.parametrize("n", [1, 2, 33])
def test_places_are_all_different(n: int) -> None:
    matched = matching(dim=8)
    place = matched.shuffled(Random(n))
    assert len({place(k).tobytes() for k in range(70)}) == 70


class Truncated:
    """A memory of the first bits of the secrets; asked for another, it says no."""

    def __init__(self, matched: Matching, n: int, r: int, seed: int, bits: int) -> None:
        self.place, self.r, self.bits = matched.shuffled(Random(seed)), r, bits
        self.index = {self.place(k).tobytes(): k for k in range(n << r)}

    def state(self, rows: np.ndarray) -> list[int]:
        secrets = [self.index[row.tobytes()] for row in rows]
        return [secret >> bit & 1 for secret in secrets for bit in range(self.r)][: self.bits]

    def read(self, state: list[int], draw: Draw) -> bool:
        asked = draw.block * self.r + draw.bit
        return bool(state[asked]) if asked < len(state) else False


class Rounded(Truncated):
    """Of every 7 bits the 4 of the nearest word of Hamming's code: wrong in 1 of 8, the best there is for 7 bits."""

    WORDS = tuple(
        word
        for word in product((0, 1), repeat=7)
        if not np.bitwise_xor.reduce([k + 1 for k in range(7) if word[k]] or [0])
    )

    def state(self, rows: np.ndarray) -> list[int]:
        every = super().state(rows)
        kept = []
        for k in range(0, len(every), 7):
            kept += min(self.WORDS, key=lambda word: sum(a != b for a, b in zip(word, every[k : k + 7], strict=True)))
        return kept


@pytest.mark.parametrize(
    ("memory", "n", "r", "held", "bits"),
    [(Truncated, 8, 4, s, s) for s in (1, 8, 16, 24, 31)]
    + [(Truncated, 20, 1, s, s) for s in (5, 15)]
    + [(Rounded, 7, 3, 21, 12), (Rounded, 14, 2, 28, 16)],
)
def test_a_memory_of_so_many_bits_errs_above_the_floor(memory: type, n: int, r: int, held: int, bits: int) -> None:
    """1,000 draws; `held` bits are read from a state of `bits`."""
    matched = matching(dim=10)
    model = memory(matched, n, r, 3, held)
    wrong = sum(
        model.read(model.state(x.instance.rows), x) != x.answer for x in islice(draws(matched, n, r, seed=3), 1000)
    )
    assert len(Rounded.WORDS) == 16
    assert wrong / 1000 >= error_floor(bits, n, r)


@pytest.mark.parametrize("name", MATCHED)
@pytest.mark.parametrize("t", [1, 2, 3, 5])
def test_halves_of_the_cube(name: str, t: int) -> None:
    """Equal sums of polynomials of degree below t, with whole coefficients; and of degree t, other sums."""
    matched, rng = matching(name, dim=10), np.random.default_rng(t)
    pair = parity_halves(matched, t)
    check(matched, pair)
    assert [len(x.rows) for x in (pair.yes, pair.no)] == [1 << t - 1] * 2
    for _ in range(20):
        terms = [rng.choice(10, size=rng.integers(0, t), replace=False) for _ in range(30)]
        weights = rng.integers(-99, 99, len(terms))
        even, odd = (
            sum(
                int(w) * int(x.rows[:, term].astype(int).prod(axis=1).sum())
                for w, term in zip(weights, terms, strict=True)
            )
            for x in (pair.yes, pair.no)
        )
        assert even == odd
    even, odd = (int(x.rows[:, :t].astype(int).prod(axis=1).sum()) for x in (pair.yes, pair.no))
    assert abs(even - odd) == 1


def test_the_smallest_halves() -> None:
    pair = parity_halves(matching(dim=2), 2)
    assert [sorted(map(tuple, x.rows.tolist())) for x in (pair.yes, pair.no)] == [[(0, 0), (1, 1)], [(0, 1), (1, 0)]]
    assert pair.yes.others is not None
    assert pair.yes.others.tolist() == [[1, 1]]


@pytest.mark.parametrize(("name", "metric"), QUESTIONS)
def test_sets_that_differ_in_one_document(name: str, metric: str | None) -> None:
    matched = matching(name, dim=7, metric=metric)
    for n in (1, 2, 34):
        pair = one_differs(matched, n, seed=n)
        check(matched, pair)
        assert (pair.yes.rows != pair.no.rows).any(axis=1).tolist() == [True] + [False] * (n - 1)
        check(matched, separating(matched, list(pair.no.rows), list(pair.yes.rows)))


rows = st.lists(st.lists(st.integers(0, 1), min_size=3, max_size=3), min_size=1, max_size=4)


@settings(deadline=None)
@given(rows, rows)
def test_a_query_separates_sets_of_any_documents(left: list[list[int]], right: list[list[int]]) -> None:
    matched = matching(dim=3)
    sets = [[np.array(row, dtype=np.uint8) for row in some] for some in (left, right)]
    cube = list(product((0, 1), repeat=3))
    tables = [[bool(matched.problem.answer(some, [b])) for b in cube] for some in sets]
    pair = separating(matched, *sets)
    if tables[0] == tables[1]:
        assert pair is None
    else:
        check(matched, pair)


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: matching("tsp", dim=4), "'tsp'"),
        (lambda: matching(dim=1), "dim is 1"),
        (lambda: one_differs(matching(dim=4), 6, seed=0), "n is 6"),
        (lambda: one_differs(matching(dim=4), 0, seed=0), "n is 0"),
        (lambda: next(draws(matching(dim=4), 2, 2, seed=0)), "n is 2 and r is 2"),
        (lambda: next(draws(matching(dim=4), 0, 1, seed=0)), "n is 0"),
        (lambda: next(draws(matching(dim=64), 4, 17, seed=0)), "from 1 to 16"),
        (lambda: parity_halves(matching(dim=4), 5), "t is 5"),
        (lambda: parity_halves(matching("max-ip", dim=4), 3), "from 1 to 2"),
        (lambda: parity_halves(matching("msd", dim=4), 4), "from 1 to 3"),
        (lambda: parity_halves(matching(dim=64), 17), "from 1 to 16"),
    ],
)
def test_what_there_is_not(make, words: str) -> None:
    with pytest.raises(InputError, match=words):
        make()
