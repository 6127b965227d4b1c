"""Models against the oracle: every kind gets instances, wrong answers are counted, failures come back whole."""

import json
from pathlib import Path

import numpy as np
import pytest
import torch
from tests.cases import CASES, Case

from proofformer.errors import InputError
from proofformer.problems import Instance as Documents
from proofformer.problems import PairAnswer, problem
from proofformer.runtime import Model, compile_model
from proofformer.verify import Case as Instance
from proofformer.verify import Failure, Outcome, replay
from proofformer.verify.checks import random
from proofformer.verify.instances.draws import draw_n, generator, random_sets


@pytest.fixture(autouse=True, scope="module")
def one_thread() -> None:
    torch.set_num_threads(1)


def small(case: Case) -> Model:
    return compile_model(case.problem(5), max_n=12)


@pytest.mark.parametrize("case", CASES, ids=str)
def test_every_kind_of_model_is_verified(case: Case) -> None:
    model = small(case)
    [(family, count)] = random.families(model, 12)
    outcome = random.run(model, family, 1, 0, count)
    assert (outcome.instances, outcome.wrong) == (12, 0)
    assert 2 <= outcome.largest_n <= 12


def test_shards_of_any_size_give_the_same_instances() -> None:
    model = small(Case("max-ip"))
    whole = random.run(model, "random", 4, 0, 12)
    parts = [random.run(model, "random", 4, at, at + 4) for at in (0, 4, 8)]
    assert sum(p.instances for p in parts) == whole.instances
    assert random.run(model, "random", 4, 0, 12).digest == whole.digest
    assert random.run(model, "random", 5, 0, 12).digest != whole.digest
    assert len({p.digest for p in parts}) == 3


@pytest.mark.parametrize("bichromatic", [False, True])
def test_sizes_reach_the_ends(bichromatic: bool) -> None:
    asked = problem("max-ip", dim=5, bichromatic=bichromatic)
    sizes = set()
    for k in range(200):
        rng = generator(0, "random", k)
        sizes.add(tuple(map(len, random_sets(rng, asked, draw_n(rng, 12, k)))))
    assert {sum(size) for size in sizes} == set(range(2, 13))
    if bichromatic:
        assert (1, 1) in sizes
        assert {1, 11} <= {a for a, _ in sizes} & {b for _, b in sizes}


@pytest.mark.parametrize("sizes", [(4,), (3, 1), (1, 1)])
def test_a_failure_comes_back_whole(sizes: tuple[int, ...], tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    sets = tuple(rng.integers(0, 2, (n, 6), dtype=np.uint8) for n in sizes)
    asked = problem("closest-pair", dim=6, bichromatic=len(sizes) == 2)
    failure = Failure(asked.to_json(), Instance("random", 3, 7, sets), "this", "that")
    failure.save(tmp_path / "f.npz")
    outcome = Outcome(4, 1, 5, "ab", {"x": 2}, ("a sentence",), failure)
    back = Outcome.from_json(json.loads(json.dumps(outcome.to_json())))
    assert back.failure is not None
    assert (back.counts, back.detail, back.failure.asked) == ({"x": 2}, ("a sentence",), asked.to_json())
    for case in (replay(tmp_path / "f.npz"), back.failure.case):
        assert (case.source, case.seed, case.number) == ("random", 3, 7)
        assert len(case.sets) == len(sets)
        assert all(rows.dtype == np.uint8 and (rows == x).all() for rows, x in zip(case.sets, sets, strict=True))
    with np.load(tmp_path / "f.npz") as data:
        about = json.loads(str(data["about"]))
    assert about["problem"] == asked.to_json()
    assert (about["expected"], about["got"]) == ("this", "that")


def test_wrong_answers_are_counted_and_the_first_is_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    model = small(Case("farthest-pair", bichromatic=True))
    sizes = []
    right, wrong = Model.solve, PairAnswer((0, 0), 99)

    def solve(self: Model, x: Documents) -> object:
        sizes.append(x.n)
        return wrong if x.n == sizes[2 if len(sizes) > 2 else 0] and len(sizes) > 2 else right(self, x)

    monkeypatch.setattr(Model, "solve", solve)
    outcome = random.run(model, "random", 0, 0, 8)
    assert outcome.wrong == sizes[2:].count(sizes[2]) > 0
    assert outcome.failure is not None
    assert outcome.failure.case.number == 2
    assert outcome.failure.expected == str(model.problem.answer(*outcome.failure.case.sets))
    assert outcome.failure.got == str(wrong)


@pytest.mark.parametrize("content", [b"", b"no zip", b"PK\x03\x04 cut"])
def test_what_is_no_failure_is_refused(content: bytes, tmp_path: Path) -> None:
    (tmp_path / "f.npz").write_bytes(content)
    with pytest.raises(InputError, match="is not a saved failure"):
        replay(tmp_path / "f.npz")
