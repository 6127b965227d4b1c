"""Similarities and factors in compiled models: how answers are spelled, ties between unequal norms, any near pair."""

from collections.abc import Iterator
from dataclasses import replace
from fractions import Fraction
from itertools import permutations, product

import numpy as np
import pytest
import torch
from tests.cases import BY_NORM, COSINE, GRID, Case, Rows, Sets

from proofformer.errors import ProofError
from proofformer.problems import PairAnswer, Problem, problem
from proofformer.problems.answer_format import SIMILAR
from proofformer.runtime import Model, compile_model


def bits(*numbers: int) -> torch.Tensor:
    return torch.tensor([[float(n >> k & 1) for k in range(4)] for n in numbers])


@pytest.mark.parametrize(
    ("metric", "values"),
    [("cosine", ["sqrt(3/10)", "1/2", "0"]), ("jaccard", ["3/8", "1/4", "0"]), ("dice", ["6/11", "2/5", "0"])],
)
def test_bits_of_a_similarity_to_answers(metric: str, values: list[str]) -> None:
    """What is shared and the two norms spell the exact value; some pair is found in every instance."""
    model = compile_model(problem("msd", dim=9, metric=metric, norms="1-9"), max_n=16)
    found = torch.tensor([[1.0], [1.0], [1.0], [0.0]])
    parts = bits(0, 1, 2, 3), bits(5, 6, 7, 8), bits(3, 1, 0, 1), bits(5, 1, 2, 1), bits(6, 4, 3, 1), found
    spelt = model.named(torch.cat(parts, 1))
    first, second, third = model.answers([field[:3] for field in spelt], [(9,)] * 3)
    assert [str(a.value) for a in (first, second, third)] == values
    assert [a.pair for a in (first, second, third)] == [(0, 5), (1, 6), (2, 7)]
    with pytest.raises(ProofError, match="the answer names no pair"):
        model.answers(spelt, [(9,)] * 4)


@pytest.mark.parametrize("field", [field.tensor for field in SIMILAR])
def test_a_similarity_of_no_bits_is_an_error(field: str) -> None:
    model = compile_model(problem("msd", dim=9), max_n=16, dtype="float64")
    good = model.named(torch.cat((*(bits(k) for k in (1, 2, 1, 1, 1)), torch.ones(1, 1)), 1))
    bad = good._replace(**{field: getattr(good, field) * 0.5})
    with pytest.raises(ProofError, match=r"an output bit is 0\.5"):
        model.answers(bad, [(3,)])


def test_each_question_has_its_bits() -> None:
    rows = torch.ones(1, 3, 5)
    kinds = {
        "i_bits j_bits shared_bits norm_i_bits norm_j_bits found": [COSINE, replace(BY_NORM, bichromatic=False)],
        "i_bits j_bits value_bits found": [replace(GRID, bichromatic=False), Case("ov")],
        "decision": [replace(COSINE, question="decide", share=Fraction(1, 2)), Case("ov", "decide")],
    }
    for names, cases in kinds.items():
        for case in cases:
            assert " ".join(compile_model(case.problem(5), max_n=4)(rows)._fields) == names


def of_blocks(*blocks: tuple[int, int, int], dim: int = 32) -> Rows:
    """Two rows for each (shared, norm, norm), on columns of their own."""
    rows, at = [], 0
    for k, a, b in blocks:
        rows.append([int(at <= c < at + a) for c in range(dim)])
        rows.append([int(at + a - k <= c < at + a - k + b) for c in range(dim)])
        at += a + b - k
    assert at <= dim
    return rows


TIES = [(1, 1, 4), (2, 4, 4), (2, 2, 8)]
"""All of cosine 1/2."""


@pytest.fixture(scope="module")
def of_32_keywords() -> Model:
    return compile_model(problem("msd", dim=32), max_n=8, dtype="float64")


@pytest.mark.parametrize("order", list(permutations(range(3))), ids=str)
def test_equal_cosines_of_unequal_norms_are_ties(order: tuple[int, ...], of_32_keywords: Model) -> None:
    """The first pair of them is the answer, wherever its rows are; not the one of the largest or least norms."""
    rows = of_blocks(*TIES)
    blocks = [rows[2 * k : 2 * k + 2] for k in order]
    for mixed in (
        [row for block in blocks for row in block],
        [*(block[0] for block in blocks), *(block[1] for block in blocks)],
        [*(block[1] for block in blocks), *(block[0] for block in blocks[::-1])],
    ):
        answer = of_32_keywords.solve(mixed)
        assert answer == of_32_keywords.problem.answer(mixed)
        assert answer.value == Fraction(1, 2)  # type: ignore[union-attr]
        assert answer.pair[0] == 0  # type: ignore[union-attr, index]


@pytest.mark.parametrize("name", ["msd", "lsd"])
def test_partners_of_equal_cosines_are_ties(name: str) -> None:
    """One document against others of cosine 1/2 with it and norms 1, 4, 9, 16; and ones that are no match for these."""
    model = compile_model(problem(name, dim=32, bichromatic=True), max_n=9, dtype="float64")
    asks = [1] * 4 + [0] * 28
    others = [
        [1] * k + [0] * (4 - k) + [1] * (b - k) + [0] * (28 - b + k) for k, b in ((1, 1), (2, 4), (3, 9), (4, 16))
    ]
    worse = [0] * 4 + [1] + [0] * 27 if name == "msd" else asks
    rng = np.random.default_rng(0)
    for _ in range(12):
        at = rng.permutation(4).tolist()
        rows = [*([worse] * (at[0] % 2)), *(others[k] for k in at), worse]
        answer = model.solve([asks], rows)
        assert answer == PairAnswer((0, at[0] % 2), Fraction(1, 2))
        assert answer == model.problem.answer([asks], rows)


@pytest.mark.parametrize("bichromatic", [False, True])
@pytest.mark.parametrize(
    ("case", "dim"),
    [
        *((Case(name, metric="cosine"), 4) for name in ("msd", "lsd")),
        *((Case(name, metric=m, by_norm=True), 4) for name, m in (("msd", "jaccard"), ("lsd", "dice"))),
        *(
            (Case(f"{end}-pair", metric=m, levels=2), 2)
            for end, m in (("closest", "sqeuclidean"), ("farthest", "cityblock"))
        ),
    ],
    ids=str,
)
def test_all_sets_of_three_documents(case: Case, dim: int, bichromatic: bool) -> None:
    """Every instance of three documents of few entries, as one batch."""
    case = replace(case, bichromatic=bichromatic)
    documents = [list(row) for row in product(range(case.levels + 1), repeat=dim)]
    if case.is_similarity:
        norms = case.norms(dim) or range(1, dim + 1)
        documents = [row for row in documents if sum(row) in norms]
    model = compile_model(case.problem(dim), max_n=3)
    every = [
        (list(rows[:1]), list(rows[1:])) if bichromatic else (list(rows),) for rows in product(documents, repeat=3)
    ]
    bits_of_all = model(*(torch.tensor(side) for side in zip(*every, strict=True)))
    found = model.answers(bits_of_all, [tuple(map(len, sets)) for sets in every])
    for sets, answer in zip(every, found, strict=True):
        assert answer == case.brute(sets), sets


def near_ties(dim: int, seed: int) -> Iterator[Sets]:
    """Random documents of many densities, and copies of them with a few bits changed."""
    rng = np.random.default_rng(seed)
    for _ in range(10):
        n = int(rng.integers(2, 13))
        rows = (rng.random((n, dim)) < rng.uniform(0.05, 0.95, (n, 1))).astype(int)
        for k in range(1, n):
            if rng.random() < 0.5:
                rows[k] = rows[rng.integers(k)]
                rows[k, rng.integers(dim)] ^= 1
        yield (rows.tolist(),)


def legal_and_split(case: Case, sets: Sets) -> Sets:
    (rows,) = case.legal(sets)
    cut = max(1, len(rows) // 2)
    return (rows[:cut], rows[cut:]) if case.bichromatic else (rows,)


GAMMA: list[tuple[Case, int, str, Fraction]] = [
    (COSINE, 64, "float16", Fraction(11, 10)),
    (COSINE, 64, "bfloat16", Fraction(3, 2)),
    (COSINE, 9, "bfloat16", Fraction(40)),
    (replace(COSINE, name="lsd"), 24, "float16", Fraction(6, 5)),
    (replace(COSINE, name="lsd", bichromatic=True), 64, "bfloat16", Fraction(2)),
    (replace(COSINE, by_norm=True, bichromatic=True), 16, "bfloat16", Fraction(5, 4)),
    (BY_NORM, 16, "float16", Fraction(3, 2)),
    (replace(BY_NORM, name="msd", metric="dice", bichromatic=False), 9, "bfloat16", Fraction(9, 8)),
    (GRID, 16, "float16", Fraction(3, 2)),
    (Case("closest-pair", metric="cityblock", levels=5), 24, "float16", Fraction(4, 3)),
    (Case("closest-pair"), 24, "bfloat16", Fraction(2)),
    (Case("farthest-pair", bichromatic=True), 24, "float16", Fraction(7, 6)),
    (Case("max-ip"), 24, "bfloat16", Fraction(3, 2)),
    (Case("min-ip"), 24, "bfloat16", Fraction(3)),
]


def within(case: Case, dim: int, gamma: Fraction) -> Problem:
    return replace(case.problem(dim), gamma=gamma)


@pytest.mark.parametrize(("case", "dim", "dtype", "gamma"), GAMMA, ids=str)
def test_any_pair_within_the_factor(case: Case, dim: int, dtype: str, gamma: Fraction) -> None:
    """With its own value; 0 is only within a factor of 0."""
    asked = within(case, dim, gamma)
    model = compile_model(asked, max_n=13, dtype=dtype)
    model.probed = False
    made = [*case.instances(dim, 13).values()]
    for sets in [*made, *(legal_and_split(case, sets) for sets in near_ties(dim, dim))]:
        answer = model.solve(*sets)
        accepted = sets if case.bichromatic else sets[0]
        assert asked.accepts(accepted, answer), (sets, answer, asked.answer(*sets))


@pytest.mark.parametrize("case", [COSINE, BY_NORM, Case("max-ip")], ids=str)
def test_a_factor_is_made_use_of(case: Case) -> None:
    """Else the tests above would not be about it: where many pairs are within it, the best is not always found."""
    asked = within(case, 24, Fraction(3))
    model = compile_model(asked, max_n=13, dtype="float16")
    found = [(model.solve(*sets), asked.answer(*sets)) for sets in (legal_and_split(case, s) for s in near_ties(24, 1))]
    assert any(near != exact for near, exact in found)
    assert any(near == exact for near, exact in found)
