"""The benchmark's contestants agree with the oracle, ties included, and the script says so."""

import subprocess
import sys
from io import StringIO
from pathlib import Path
from types import ModuleType, SimpleNamespace

import numpy as np
import pytest
from click.testing import CliRunner
from tests.scripts import load_script

from proofformer.problems import problem

SCRIPT = Path(__file__).resolve().parents[2] / "bench" / "closest_pair.py"


@pytest.fixture(scope="module")
def bench() -> ModuleType:
    return load_script("bench/closest_pair.py")


def test_small_run_agrees() -> None:
    pytest.importorskip("faiss")
    command = [sys.executable, str(SCRIPT), "--sizes=300", "--repeats=1"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "every answer is the planted pair" in done.stdout
    for label in ("numpy GEMM", "faiss", "popcount oracle", "compiled model", "n = 300", "torch"):
        assert label in done.stdout


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


def test_a_wrong_answer_ends_with_exit_code_1(bench: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    class Wrong(bench.Worker):
        def __init__(self, name: str, *_: object) -> None:
            self.name, self.errors, self.facts = name, [], {}
            self.process = SimpleNamespace(stdin=StringIO(), communicate=lambda: None)

        def _reply(self) -> dict[str, object]:
            return {"seconds": 1.0, "answer": [0, 1, 1], "planted": [0, 2, 1]}

    monkeypatch.setattr(bench, "Worker", Wrong)
    monkeypatch.setattr(bench, "machine", lambda threads: "a machine")
    result = CliRunner().invoke(bench.main, ["--sizes", "100"])
    assert result.exit_code == 1
    assert "n = 100: answered [0, 1, 1], planted was [0, 2, 1]" in result.output


@pytest.mark.parametrize("sizes", ["", "1", "64,x", "-5", "2.5"])
def test_impossible_sizes_are_refused(bench: ModuleType, sizes: str) -> None:
    result = CliRunner().invoke(bench.main, ["--sizes", sizes])
    assert result.exit_code == 2
    assert "whole numbers" in result.output
