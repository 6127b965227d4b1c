"""The contestants for the closest pair agree with the oracle, ties included, and one that does not ends the run."""

from types import ModuleType

import numpy as np
import pytest
from tests.scripts import load_script

from proofformer.problems import problem

MODELS = ("dense", "model")


@pytest.fixture(scope="module")
def bench() -> ModuleType:
    return load_script("bench/closest_pair.py")


def test_small_run_agrees(monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("faiss")
    speed = load_script("bench/speed.py")
    monkeypatch.setattr(speed, "PEERS", {64: (300,)})
    monkeypatch.setattr(speed, "best_blas", lambda *asked: {})
    workers = [name for name in speed.contestants() if name not in MODELS]
    monkeypatch.setattr(speed, "contestants", lambda: workers)
    (times,) = speed.peers().values()
    assert times.keys() == {speed.CONTESTANTS[name] for name in workers}
    assert all(seconds > 0 for seconds in times.values())


@pytest.mark.parametrize("name", MODELS)
def test_models_find_the_planted_pair(bench: ModuleType, name: str) -> None:
    """In this process, which has torch."""
    rows, planted = bench.instance(300, 64, 1)
    assert bench.contestant(name, 64, 300)(rows) == planted


@pytest.mark.parametrize(("n", "dim"), [(2, 1), (3, 4), (40, 3), (257, 5), (256, 6), (600, 64), (513, 20)])
def test_gemm_returns_the_smallest_pair(bench: ModuleType, n: int, dim: int) -> None:
    rows = np.random.default_rng([n, dim]).integers(0, 2, (n, dim), dtype=np.uint8)
    answer = problem("closest-pair", dim=dim).answer(rows)
    assert bench.gemm(rows) == (*answer.pair, answer.value)


def test_the_planted_pair_is_the_closest(bench: ModuleType) -> None:
    for seed in range(5):
        rows, planted = bench.instance(2000, 64, seed)
        answer = problem("closest-pair", dim=64).answer(rows)
        assert planted == (*answer.pair, answer.value)


def test_a_wrong_answer_ends_the_run(bench: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    worker = bench.Worker("gemm", 64, 100)
    monkeypatch.setattr(worker, "_reply", lambda: '{"seconds": 1.0, "answer": [0, 1, 1], "planted": [0, 2, 1]}')
    with pytest.raises(SystemExit, match=r"n = 100: answered \[0, 1, 1\], planted was \[0, 2, 1\]"):
        worker.ask(100, 0)
    worker.close()
