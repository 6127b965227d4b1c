"""Models against the oracle: every kind gets instances, wrong answers are counted, failures come back whole."""

import json

import numpy as np
import pytest
import torch
from tests.cases import CASES, Case

from proofformer.errors import InputError
from proofformer.problems import Instance as Documents
from proofformer.problems import PairAnswer, problem
from proofformer.runtime import Model, compile_model
from proofformer.verify import Case as Instance
from proofformer.verify import Failure, cases, replay, verify


@pytest.fixture(autouse=True, scope="module")
def one_thread() -> None:
    torch.set_num_threads(1)


def small(case: Case) -> Model:
    return compile_model(case.problem(5), max_n=12)


@pytest.mark.parametrize("case", CASES, ids=str)
def test_every_kind_of_model_is_verified(case: Case) -> None:
    model = small(case)
    found = list(cases(model, random=6, adversarial=12, seed=1))
    assert [c.source for c in found] == ["random"] * 6 + ["adversarial"] * 12
    for c in found:
        instance = model.problem.instance(*c.sets)
        assert 2 <= instance.n <= 12
    report = verify(model, found)
    assert (report.instances, report.wrong) == (18, 0)
    assert report.largest_n == max(sum(map(len, c.sets)) for c in found)


@pytest.mark.parametrize("bichromatic", [False, True])
def test_cases_follow_from_the_seed_and_reach_the_ends(bichromatic: bool) -> None:
    model = small(Case("max-ip", bichromatic=bichromatic))

    def drawn(seed: int) -> list[list[list[list[int]]]]:
        return [[rows.tolist() for rows in c.sets] for c in cases(model, random=100, adversarial=100, seed=seed)]

    found = drawn(0)
    assert found == drawn(0) != drawn(1)
    sizes = {tuple(map(len, sets)) for sets in found}
    assert {sum(size) for size in sizes} == set(range(2, 13))
    if bichromatic:
        assert (1, 1) in sizes
        assert {1, 11} <= {a for a, _ in sizes} & {b for _, b in sizes}


def test_decisions_are_asked_near_their_threshold() -> None:
    for case in CASES:
        if case.question == "decide" and case.name != "ov":
            model = small(case)
            answers = [bool(model.problem.answer(*c.sets)) for c in cases(model, random=0, adversarial=60, seed=0)]
            trivial = model.problem.cut == (0 if model.problem.kind.largest else 5)
            assert all(answers) if trivial else 4 <= sum(answers) <= 56, case


@pytest.mark.parametrize("sizes", [(4,), (3, 1), (1, 1)])
def test_a_failure_comes_back_whole(sizes: tuple[int, ...], tmp_path) -> None:
    rng = np.random.default_rng(0)
    sets = tuple(rng.integers(0, 2, (n, 6), dtype=np.uint8) for n in sizes)
    asked = problem("closest-pair", dim=6, bichromatic=len(sizes) == 2)
    Failure(asked, Instance("random", 3, 7, sets), "this", "that").save(tmp_path / "f.npz")
    case = replay(tmp_path / "f.npz")
    assert (case.source, case.seed, case.number) == ("random", 3, 7)
    assert len(case.sets) == len(sets)
    assert all(rows.dtype == np.uint8 and (rows == x).all() for rows, x in zip(case.sets, sets, strict=True))
    with np.load(tmp_path / "f.npz") as data:
        about = json.loads(str(data["about"]))
    assert about["problem"] == asked.to_json()
    assert (about["expected"], about["got"]) == ("this", "that")


def test_wrong_answers_are_counted_and_the_first_is_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    model = small(Case("farthest-pair", bichromatic=True))
    found = list(cases(model, random=4, adversarial=4, seed=0))
    right, wrong = Model.solve, PairAnswer((0, 0), 99)
    sizes = [sum(map(len, c.sets)) for c in found]

    def solve(self: Model, x: Documents) -> object:
        return wrong if x.n == sizes[2] else right(self, x)

    monkeypatch.setattr(Model, "solve", solve)
    report = verify(model, found)
    assert report.wrong == sizes.count(sizes[2]) > 0
    assert report.failure is not None
    first = found[sizes.index(sizes[2])]
    assert report.failure.case is first
    assert report.failure.expected == str(model.problem.answer(*first.sets))
    assert report.failure.got == str(wrong)


@pytest.mark.parametrize("content", [b"", b"no zip", b"PK\x03\x04 cut"])
def test_what_is_no_failure_is_refused(content: bytes, tmp_path) -> None:
    (tmp_path / "f.npz").write_bytes(content)
    with pytest.raises(InputError, match="is not a saved failure"):
        replay(tmp_path / "f.npz")
