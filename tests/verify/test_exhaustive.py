"""All inputs of a few documents: the batched judge against the oracle, models against the judge, planted bugs found."""

from collections.abc import Callable
from fractions import Fraction
from itertools import product
from typing import Any

import numpy as np
import pytest
import torch
from tests.cases import CASES, Case

from proofformer.errors import InputError, ProofError
from proofformer.problems import PairAnswer, Problem, problem
from proofformer.problems.oracle import pair_value
from proofformer.runtime import Model, compile_model
from proofformer.runtime.attention import sdpa
from proofformer.verify import replay
from proofformer.verify.checks import exhaustive
from proofformer.verify.checks.exhaustive import families, judge_for, legal_rows, numbers_of, run
from proofformer.verify.judge import asked as said

GAMMAS = [
    problem("closest-pair", dim=3, gamma=2),
    problem("max-ip", dim=3, gamma="3/2", bichromatic=True),
    problem("farthest-pair", dim=1, metric="sqeuclidean", levels=3, gamma="9/4"),
    problem("msd", dim=3, metric="cosine", norms="1-3", gamma="5/4"),
    problem("lsd", dim=3, metric="jaccard", norms="2-3", gamma=2, bichromatic=True),
]


def sizes_of(asked: Problem, bits: int) -> list[tuple[int, ...]]:
    fit = [n for n in range(2, 6) if (asked.levels + 1) ** (n * asked.dim) <= 1 << bits]
    return [(a, n - a) for n in fit for a in range(1, n)] if asked.bichromatic else [(n,) for n in fit]


def every(asked: Problem, sizes: tuple[int, ...]) -> list[tuple[np.ndarray, ...]]:
    """All instances, in lexicographic order: every list of rows that the problem takes."""
    rows = [row for row in product(range(asked.levels + 1), repeat=asked.dim) if taken(asked, row)]
    matrices = np.array(list(product(rows, repeat=sum(sizes))), dtype=np.uint8)
    return [(matrix[: sizes[0]], matrix[sizes[0] :])[: len(sizes)] for matrix in matrices]


def taken(asked: Problem, row: tuple[int, ...]) -> bool:
    try:
        asked.instance(*([[row], [row]] if asked.bichromatic else [[row, row]]))
    except InputError:
        return False
    return True


def fields_of(asked: Problem, sets: tuple[np.ndarray, ...], i: int, j: int) -> list[int]:
    """What a model has to say when it names this pair."""
    a, b = sets[0][i].astype(int), sets[-1][j].astype(int)
    if asked.kind.is_similarity:
        return [i, j, int(a @ b), int(a.sum()), int(b.sum()), 1]
    return [i, j, int(pair_value(a, b, measure=asked.kind.measure)), 1]


def pairs_of(sizes: tuple[int, ...]) -> list[tuple[int, int]]:
    return [(i, j) for i in range(sizes[0]) for j in range(sizes[-1]) if len(sizes) == 2 or i < j]


def judged(asked: Problem, sizes: tuple[int, ...], instances: list[tuple[np.ndarray, ...]], said: Any) -> list[bool]:
    """What the judge makes of one answer for each instance."""
    rows = {row.tobytes(): code for code, row in enumerate(legal_rows(asked))}
    codes = np.array([[rows[row.tobytes()] for rows_of_set in sets for row in rows_of_set] for sets in instances])
    return judge_for(asked).right(codes, sizes, np.array(said)).tolist()


@pytest.mark.parametrize("case", CASES, ids=str)
def test_the_judge_is_the_oracle_on_all_inputs_of_small_sizes(case: Case) -> None:
    for asked in map(case.problem, (1, 2, 3)):
        for sizes in sizes_of(asked, 6):
            instances = every(asked, sizes)
            answers = [asked.answer(*sets) for sets in instances]
            if asked.question == "decide":
                for said in (0, 1, -1):
                    right = [bool(answer) == said for answer in answers]
                    assert judged(asked, sizes, instances, [[said]] * len(answers)) == right
                continue
            for i, j in pairs_of(sizes):
                fields = [fields_of(asked, sets, i, j) for sets in instances]
                assert judged(asked, sizes, instances, fields) == [answer.pair == (i, j) for answer in answers]
            none = [[*fields_of(asked, sets, 0, len(sets[-1]) - 1)[:-1], 0] for sets in instances]
            assert judged(asked, sizes, instances, none) == [answer.pair is None for answer in answers]


@pytest.mark.parametrize("asked", GAMMAS, ids=lambda p: p.label)
def test_within_a_factor_the_judge_accepts_what_the_problem_does(asked: Problem) -> None:
    verdicts = set()
    for sizes in sizes_of(asked, 9):
        instances = every(asked, sizes)
        best = [asked.answer(*sets).pair for sets in instances]
        for i, j in pairs_of(sizes):
            accepted = []
            for sets in instances:
                value = pair_value(sets[0][i], sets[-1][j], measure=asked.kind.measure)
                accepted.append(asked.accepts(sets if len(sets) == 2 else sets[0], PairAnswer((i, j), value)))
            assert judged(asked, sizes, instances, [fields_of(asked, sets, i, j) for sets in instances]) == accepted
            verdicts |= {(pair == (i, j), good) for pair, good in zip(best, accepted, strict=True)}
    assert verdicts == {(True, True), (False, True), (False, False)}


@pytest.mark.parametrize("asked", [problem("closest-pair", dim=2), problem("lsd", dim=2), GAMMAS[0]], ids=str)
def test_one_number_off_is_wrong(asked: Problem) -> None:
    instances = every(asked, (3,))
    fields = np.array([fields_of(asked, sets, *asked.answer(*sets).pair) for sets in instances])
    assert all(judged(asked, (3,), instances, fields))
    for column, step in product(range(fields.shape[1]), (-1, 1)):
        off = fields.copy()
        off[:, column] += step
        assert not any(judged(asked, (3,), instances, off)) or (asked.gamma and column < 2)
    swapped = fields[:, [1, 0, *range(2, fields.shape[1])]]
    assert not any(judged(asked, (3,), instances, swapped))
    assert not any(judged(asked, (3,), instances, np.full_like(fields, -1)))


MORE = [*GAMMAS, problem("msd", dim=3), problem("max-ip", dim=3, threshold=2)]


@pytest.mark.parametrize("asked", [*(case.problem(2) for case in CASES), *MORE], ids=lambda p: p.label)
def test_every_kind_of_model_is_right_on_all_inputs_of_small_sizes(asked: Problem) -> None:
    model = compile_model(asked, max_n=4, dtype="bfloat16" if asked.gamma else "float32")
    model.probed = False
    found = families(model, 11)
    sizes = [size for size in sizes_of(asked, 11) if sum(size) <= 4]
    assert [name for name, _ in found] == ["n = " + " + ".join(map(str, size)) for size in sizes]
    for (name, count), size in zip(found, sizes, strict=True):
        assert count == len(every(asked, size))
        outcome = run(model, name, 0, 0, count)
        assert (outcome.instances, outcome.wrong, outcome.failure) == (count, 0, None)
        assert outcome.largest_n == sum(size)


def test_families_are_all_that_fit() -> None:
    def named(asked: Problem, max_n: int = 9) -> list[tuple[str, int]]:
        return families(compile_model(asked, max_n=max_n))

    assert named(problem("max-ip", dim=4)) == [(f"n = {n}", 16**n) for n in (2, 3, 4, 5)]
    assert named(problem("max-ip", dim=5)) == [(f"n = {n}", 32**n) for n in (2, 3, 4)]
    assert named(problem("max-ip", dim=10)) == [("n = 2", 1 << 20)]
    assert named(problem("max-ip", dim=1), max_n=3) == [("n = 2", 4), ("n = 3", 8)]
    two = problem("ov", dim=6, bichromatic=True)
    assert named(two) == [("n = 1 + 1", 64**2), ("n = 1 + 2", 64**3), ("n = 2 + 1", 64**3)]
    assert named(problem("msd", dim=6)) == [("n = 2", 63**2), ("n = 3", 63**3)]
    assert named(problem("lsd", dim=6, norms=(1, 5, 6))) == [("n = 2", 13**2), ("n = 3", 13**3)]
    grid = problem("closest-pair", dim=2, metric="cityblock", levels=3)
    assert named(grid) == [(f"n = {n}", 16**n) for n in (2, 3, 4, 5)]
    assert named(problem("closest-pair", dim=1, metric="cityblock", levels=255)) == [("n = 2", 1 << 16)]


@pytest.mark.parametrize(
    ("asked", "largest"),
    [(problem("ov", dim=11), 10), (problem("closest-pair", dim=6, metric="cityblock", levels=3), 5)],
)
def test_too_many_inputs_are_refused(asked: Problem, largest: int) -> None:
    with pytest.raises(InputError, match=rf"l = {asked.dim}: .*dim={largest} or smaller$"):
        families(compile_model(asked, max_n=4))


def test_shards_and_batches_of_any_size_give_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    model = compile_model(problem("farthest-pair", dim=3, bichromatic=True), max_n=4)
    (name, count) = families(model, 9)[-1]
    whole = run(model, name, 0, 0, count)
    parts = [run(model, name, 5, start, min(start + 100, count)) for start in range(0, count, 100)]
    assert sum(part.instances for part in parts) == whole.instances == count
    monkeypatch.setattr(exhaustive, "BATCH_ROWS", 10)
    assert run(model, name, 0, 0, count) == whole
    assert [run(model, name, 0, start, min(start + 100, count)) for start in range(0, count, 100)] == parts
    assert len({part.digest for part in parts}) == len(parts)


def weight(model: Model, name: str) -> torch.Tensor:
    """One to be changed."""
    model.probed = False
    return model.transformer.get_parameter(f"{name}.weight")


def break_ties(model: Model, block: int = 0) -> None:
    """The lowest bit of the index counts the other way."""
    low = model.plan.layout.slice_of("place").start
    rows = weight(model, f"blocks.{block}.attention.key")[:, low] != 0
    assert rows.sum() == 1
    weight(model, f"blocks.{block}.attention.query")[rows] *= -1


def break_visibility(model: Model) -> None:
    """A document may see START before other documents."""
    documents = model.plan.layout.slice_of("is_document").start
    rows = weight(model, "blocks.0.attention.key")[:, documents] != 0
    weight(model, "blocks.0.attention.query")[rows] = 0


def break_value(model: Model) -> None:
    """The lowest bit of the value is lost."""
    i, j, *_ = (
        sum(model.plan.circuit.signals[o.signal].width for o in model.plan.circuit.outputs if o.field == f)
        for f in ("i", "j")
    )
    weight(model, "unembed")[i + j] = 0


def break_decision(model: Model) -> None:
    weight(model, "unembed").zero_()


BUGS: list[tuple[Problem, Callable[[Model], None]]] = [
    (problem("closest-pair", dim=2), break_ties),
    (problem("max-ip", dim=2), break_visibility),
    (problem("farthest-pair", dim=2), break_value),
    (problem("msd", dim=2), break_value),
    (problem("min-ip", dim=2, threshold=0), break_decision),
    (problem("ov", dim=2), break_ties),
]


@pytest.mark.parametrize(("asked", "bug"), BUGS)
def test_planted_bugs_are_found_at_the_first_input_that_shows_them(
    asked: Problem, bug: Callable[[Model], None], tmp_path: Any
) -> None:
    model = compile_model(asked, max_n=4)
    name, count = families(model, 8)[-1]
    assert run(model, name, 0, 0, count).wrong == 0
    bug(model)
    instances = every(asked, (int(name[-1]),))
    wrong = [k for k, sets in enumerate(instances) if said(model, asked.instance(*sets)) != asked.answer(*sets)]
    assert 0 < len(wrong) < count
    outcome = run(model, name, 3, 0, count)
    assert outcome.wrong == len(wrong)
    failure = outcome.failure
    assert failure is not None
    failure.save(tmp_path / "failure.npz")
    case = replay(tmp_path / "failure.npz")
    assert (case.source, case.seed, case.number) == (f"exhaustive: {name}", 0, wrong[0])
    assert (case.sets[0] == instances[wrong[0]][0]).all()
    assert failure.expected == str(asked.answer(*case.sets))
    bits = model(*(torch.from_numpy(rows)[None] for rows in case.sets))
    try:
        [answer] = model.answers(bits, [tuple(map(len, case.sets))])
        got = str(answer)
    except ProofError as error:
        got = f"error: {error}"
    assert failure.got == got != failure.expected
    later = run(model, name, 3, wrong[0] + 1, count)
    assert later.wrong == len(wrong) - 1
    assert later.failure is None or later.failure.case.number == wrong[1]


def test_the_sets_of_a_failure_are_those_of_its_family() -> None:
    model = compile_model(problem("max-ip", dim=2, bichromatic=True), max_n=3)
    break_value(model)
    failure = run(model, "n = 2 + 1", 0, 0, 64).failure
    assert failure is not None
    assert [rows.tolist() for rows in failure.case.sets] == [[[0, 0], [0, 1]], [[0, 1]]]
    assert (failure.expected, failure.got) == ("pair (1, 0), value 1", "pair (1, 0), value 0")


def test_any_of_equal_pairs_will_do_within_a_factor() -> None:
    exact, near = (compile_model(problem("closest-pair", dim=2, gamma=gamma), max_n=4) for gamma in (None, 2))
    for model in (exact, near):
        break_ties(model)
    assert run(exact, "n = 4", 0, 0, 256).wrong > 0
    assert run(near, "n = 4", 0, 0, 256).wrong == 0


@pytest.mark.parametrize("asked", [problem("closest-pair", dim=2), problem("ov", dim=2, question="decide")], ids=str)
@pytest.mark.parametrize("factor", [0.65, float("nan")])
def test_bits_that_are_none_are_wrong(asked: Problem, factor: float) -> None:
    model = compile_model(asked, max_n=4)

    def attention(*qkv: torch.Tensor, scale: float, causal: bool) -> torch.Tensor:
        """Wrong in the last layer, where READ alone asks."""
        return sdpa(*qkv, scale=scale, causal=causal) * (1 if causal else factor)

    model.attention, model.probed = attention, False
    outcome = run(model, "n = 3", 0, 0, 64)
    assert outcome.failure is not None
    assert outcome.failure.got.startswith("error: an output bit is ")
    refused = 0
    for sets in every(asked, (3,)):
        try:
            model.solve(*sets)
        except ProofError:
            refused += 1
    assert outcome.wrong == refused > 0


def test_an_empty_document_that_a_model_invents_is_a_wrong_answer() -> None:
    model = compile_model(problem("msd", dim=2, norms=(1, 2)), max_n=4)
    kept = weight(model, "unembed")[-1].clone()
    weight(model, "unembed").zero_()[-1] = kept
    outcome = run(model, "n = 2", 0, 0, 9)
    assert outcome.wrong == 9
    assert outcome.failure is not None
    assert outcome.failure.got.startswith("error: ")


def test_numbers_are_those_of_the_bits() -> None:
    model = compile_model(problem("closest-pair", dim=4), max_n=4)
    x = torch.tensor([[[0, 0, 0, 0], [1, 1, 1, 0], [1, 1, 0, 0]], [[0, 0, 0, 0], [1, 1, 1, 1], [1, 0, 0, 0]]])
    bits = model(x)
    assert numbers_of(bits).tolist() == [[1, 2, 1, 1], [0, 2, 1, 1]]
    bits.j_bits[0, 0] = 0.5
    bits.found[1] = 0
    assert numbers_of(bits).tolist() == [[-1, -1, -1, -1], [0, 0, 0, 0]]


def test_a_threshold_is_compared_exactly() -> None:
    # The cosine of rows of one and two ones that share one is sqrt(1/2).
    for threshold, decision in (("sqrt(1/2)", True), ("0.707106781186547525", False), (Fraction(7, 10), True)):
        asked = problem("msd", dim=2, threshold=threshold)
        sets = (np.array([[0, 1], [1, 1]], dtype=np.uint8),)
        assert bool(asked.answer(*sets)) is decision
        assert judged(asked, (2,), [sets], [[int(decision)]]) == [True]
        assert judged(asked, (2,), [sets], [[1 - decision]]) == [False]
