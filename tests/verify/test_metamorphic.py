"""Relations between answers: compiled models keep them all, and each planted bug breaks those that are about it."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction

import numpy as np
import pytest
import torch
from tests.cases import BICHROMATIC, CASES, CLOSEST, DTYPES, OV, Case

from proofformer.circuit.nodes import DOC, PLACE
from proofformer.errors import InputError
from proofformer.problems import Decision, PairAnswer, Problem, problem
from proofformer.problems.numbers import square_root
from proofformer.runtime import Model, compile_model, front
from proofformer.runtime.attention import sdpa
from proofformer.verify import replay
from proofformer.verify.checks.metamorphic import families, other_dtypes, run
from proofformer.verify.instances import Sets
from proofformer.verify.instances.draws import random_sets
from proofformer.verify.relations import as_good, candidates, harmless_among

WITHIN = [
    problem(name, dim=5, gamma=gamma, bichromatic=two, metric=metric, levels=levels)
    for name, gamma, two, metric, levels in (
        ("min-ip", 2, True, None, 1),
        ("max-ip", Fraction(3, 2), False, None, 1),
        ("farthest-pair", Fraction(3, 2), True, "sqeuclidean", 3),
        ("msd", Fraction(11, 10), False, "cosine", 1),
        ("lsd", 2, True, "cosine", 1),
    )
]
PROBLEMS = [*(case.problem(5) for case in CASES if case.share not in (0, 1)), *WITHIN]
ALONE = ["keywords permuted", "documents permuted", "dominated document", "batch", "padding", "backend"]
"""What takes no other model."""


def small(asked: Problem, dtype: str = "float32", max_n: int = 12) -> Model:
    """One of its own, for a bug to be planted in it, whose kernel is not looked at before."""
    made = compile_model(asked, max_n=max_n, dtype=dtype)
    made.probed = False
    return made


def test_every_relation_holds_for_every_kind() -> None:
    """The dtypes in turn; the problems compiled otherwise, which takes time, for every seventh."""
    for k, asked in enumerate(PROBLEMS):
        made = small(asked, DTYPES[k % len(DTYPES)])
        every = [name for name, _ in families(made, 20)] if k % 7 == 0 else []
        names = every or ALONE + ["sets exchanged"] * asked.bichromatic
        for family in names:
            found = run(made, family, 0, 0, 2)
            assert (found.instances, found.wrong) == (2, 0), (asked.label, family, found.failure)


@pytest.mark.parametrize("case", [CLOSEST, OV, BICHROMATIC], ids=str)
@pytest.mark.parametrize("max_n", [2, 3, 40])
def test_families_are_those_that_can_be_asked(case: Case, max_n: int) -> None:
    made = small(case.problem(5), max_n=max_n)
    names = dict(families(made, 100))
    assert sum(names.values()) == 100
    assert max(names.values()) - min(names.values()) <= 1
    assert ("sets exchanged" in names) == case.bichromatic
    assert ("rounds" in names) == (case.question == "search" and max_n > 2)
    assert ("padding" in names) == ("dominated document" in names) == (max_n > 2)
    assert ("device" in names) == torch.cuda.is_available()
    assert set(ALONE) - {"padding", "dominated document"} <= set(names)
    assert "dtype" in names
    for family in names:
        found = run(made, family, 0, 0, 2)
        assert (found.instances, found.wrong) == (2, 0)
        assert 2 <= found.largest_n <= max_n


def test_what_cannot_be_asked_is_refused() -> None:
    with pytest.raises(InputError, match="'sets exchanged' cannot be asked of this model here: choose one of keywords"):
        run(small(CLOSEST.problem(5)), "sets exchanged", 0, 0, 1)


def test_a_dtype_that_the_planner_refuses_is_left_out() -> None:
    """Searches for the best cosine: at l = 24 float64 is left beside float32, at l = 64 nothing beside float64."""
    assert [twin.plan.dtype.name for twin in other_dtypes(small(problem("msd", dim=24)))] == ["float64"]
    assert "dtype" not in dict(families(small(problem("msd", dim=64), "float64"), 20))


def one_keyword_heavier(made: Model) -> None:
    """Documents ask for their first keyword four times as strongly."""
    made.transformer.blocks[0].attention.query.weight[:, made.plan.layout.slice_of(DOC).start] *= 4


def last_index_first(made: Model) -> None:
    """The largest index wins a tie of partners."""
    at = made.plan.layout.slice_of(PLACE)
    made.transformer.blocks[0].attention.key.weight[:, at.start : at.stop] *= -1


def no_index(made: Model) -> None:
    """Tied partners are averaged."""
    at = made.plan.layout.slice_of(PLACE)
    made.transformer.blocks[0].attention.key.weight[:, at.start : at.stop] = 0


def too_warm(made: Model) -> None:
    """A backend that leaks: its bits are none."""
    made.attention = lambda q, k, v, *, scale, causal: sdpa(q, k, v, scale=scale / 64, causal=causal)


def value_doubled(made: Model) -> None:
    """The value's bits moved up by one."""
    fields = [out.field for out in made.plan.circuit.outputs]
    widths = [made.plan.circuit.signals[out.signal].width for out in made.plan.circuit.outputs]
    start = sum(widths[: fields.index("value")])
    stop = start + widths[fields.index("value")]
    made.transformer.unembed.weight[start:stop] = made.transformer.unembed.weight[start:stop].roll(1, 0)


def b_in_place_of_a(made: Model) -> None:
    """An answer (i, j) of two sets has j in the place of i."""
    width = made.plan.circuit.signals[made.plan.circuit.outputs[0].signal].width
    made.transformer.unembed.weight[:width] = made.transformer.unembed.weight[width : 2 * width]


@pytest.mark.parametrize(
    ("case", "bug", "breaks", "keeps"),
    [
        (CLOSEST, one_keyword_heavier, {"keywords permuted", "dtype"}, {"padding", "batch"}),
        # Where it finds no pair it is refused, and then one answer alone shows it.
        (BICHROMATIC, one_keyword_heavier, {"keywords permuted", "rounds", "padding", "backend"}, set()),
        (CLOSEST, last_index_first, {"dominated document", "dtype", "rounds"}, {"keywords permuted", "padding"}),
        (CLOSEST, no_index, {"documents permuted", "dtype", "rounds"}, set()),
        (CLOSEST, too_warm, {"backend", "keywords permuted", "batch"}, set()),
        # A value that the pair does not have is refused, as is what is no pair: so even one answer alone shows it.
        (CLOSEST, value_doubled, {"documents permuted", "dtype", "keywords permuted", "padding", "batch"}, set()),
        (BICHROMATIC, b_in_place_of_a, {"documents permuted", "sets exchanged", "keywords permuted", "batch"}, set()),
    ],
    ids=lambda x: x.__name__ if callable(x) else str(x) if isinstance(x, Case) else "",
)
def test_planted_bugs(case: Case, bug: Callable[[Model], None], breaks: set[str], keeps: set[str]) -> None:
    made = small(case.problem(5))
    bug(made)
    assert {family for family in breaks | keeps if run(made, family, 0, 0, 40).wrong} == breaks


@pytest.mark.parametrize("case", [CLOSEST, BICHROMATIC, OV], ids=str)
def test_lengths_that_are_ignored(case: Case, monkeypatch: pytest.MonkeyPatch) -> None:
    """By all, padding counts as documents; those of the first taken for all, only batches go wrong."""
    made, encode = small(case.problem(5)), front.encode
    monkeypatch.setattr(front, "encode", lambda sets, lengths, *rest: encode(sets, None, *rest))
    assert run(made, "padding", 0, 0, 15).wrong
    assert run(made, "batch", 0, 0, 15).wrong
    assert not run(made, "documents permuted", 0, 0, 10).wrong

    def first_for_all(sets: list[torch.Tensor], lengths: torch.Tensor | None, *rest: object) -> torch.Tensor:
        return encode(sets, lengths if lengths is None else lengths[:1].expand_as(lengths), *rest)

    monkeypatch.setattr(front, "encode", first_for_all)
    assert not run(made, "padding", 0, 0, 15).wrong
    assert run(made, "batch", 0, 0, 15).wrong


def test_the_first_broken_instance_comes_back_from_any_shard(tmp_path) -> None:
    made = small(CLOSEST.problem(5))
    last_index_first(made)
    whole = run(made, "dominated document", 3, 0, 60)
    assert whole.failure is not None
    at = whole.failure.case.number
    assert 0 < whole.wrong < whole.instances == 60
    shard = run(made, "dominated document", 3, at, at + 1)
    assert shard.failure is not None
    assert (shard.instances, shard.wrong) == (1, 1)
    assert shard.failure.to_json() == whole.failure.to_json()
    assert whole.failure.expected.startswith("pair ")
    assert whole.failure.got.startswith("pair ")
    whole.failure.save(tmp_path / "f.npz")
    case = replay(tmp_path / "f.npz")
    assert (case.source, case.seed) == ("metamorphic, dominated document", 3)
    made.problem.instance(*case.sets)


def test_an_error_is_a_wrong_answer() -> None:
    made = small(CLOSEST.problem(5))
    too_warm(made)
    found = run(made, "keywords permuted", 0, 0, 20)
    assert found.failure is not None
    assert found.failure.expected == "an answer"
    assert found.failure.got.startswith("error: an output bit is ")


def sets_of(*rows: str) -> Sets:
    return tuple(np.array([[int(x) for x in row] for row in text.split()], dtype=np.uint8) for text in rows)


def pair(i: int, j: int, value: int) -> PairAnswer:
    return PairAnswer((i, j), value)


def test_as_good() -> None:
    asked = problem("closest-pair", dim=4)
    tied = sets_of("0000 0001 1111 1110 0110")  # (0, 1) and (2, 3) at distance 1, (0, 2) at 4.
    assert as_good(asked, tied, pair(0, 1, 1), pair(2, 3, 1)) is None
    assert as_good(asked, tied, pair(0, 1, 1), pair(0, 1, 2)) == ("a pair and what it is worth", str(pair(0, 1, 2)))
    for bad in (pair(1, 1, 0), pair(1, 0, 1), pair(2, 9, 1), pair(9, 10, 1)):
        assert as_good(asked, tied, pair(0, 1, 1), bad) == ("a pair and what it is worth", str(bad))
        assert as_good(asked, tied, bad, pair(0, 1, 1)) is not None
    worse = ("a pair that no other is better than", str(pair(2, 4, 2)))
    assert as_good(asked, tied, pair(0, 1, 1), pair(2, 4, 2)) == worse
    assert as_good(asked, tied, pair(0, 1, 1), PairAnswer(None, None)) is not None
    assert as_good(asked, tied, Decision(True), Decision(False)) == ("yes", "no")
    within = problem("closest-pair", dim=4, gamma=2)
    assert as_good(within, tied, pair(0, 1, 1), pair(2, 4, 2)) is None
    assert as_good(within, tied, pair(0, 1, 1), pair(1, 4, 3)) is not None
    assert as_good(within, tied, pair(1, 4, 3), pair(0, 1, 1)) is not None


def test_roots_are_compared_exactly() -> None:
    asked = problem("msd", dim=4, bichromatic=True)
    sets = sets_of("1100 1000", "1110 0011")
    best = square_root(Fraction(2, 3))
    assert as_good(asked, sets, PairAnswer((0, 0), best), PairAnswer((0, 0), best)) is None
    near = square_root(Fraction(2 * 10**9 + 1, 3 * 10**9))
    assert as_good(asked, sets, PairAnswer((0, 0), best), PairAnswer((0, 0), near)) is not None


@pytest.mark.parametrize("asked", PROBLEMS[::2], ids=lambda asked: asked.label)
def test_harmless_documents_are_those_that_leave_the_oracle_unmoved(asked: Problem) -> None:
    rng = np.random.default_rng(0)
    found = kept = 0
    for k in range(24):
        sets = random_sets(rng, asked, int(rng.integers(2, 7)))
        s = k % len(sets)
        documents, answer = candidates(asked, rng, np.vstack(sets)), asked.answer(*sets)
        # A gamma leaves the oracle's answer, the best pair, as it is.
        harmless = harmless_among(asked, answer, sets, documents, comes_last=s < len(sets) - 1)
        for row, expected in zip(documents, harmless, strict=True):
            more = list(sets)
            more[s] = np.vstack((sets[s], row))
            assert (asked.answer(*more) == answer) == expected
            found += bool(expected)
            kept += 1
    assert found > kept / 20
