"""The sweep runs every kind of question, pads instances rightly, and says when an answer is wrong."""

from pathlib import Path
from types import ModuleType

import numpy as np
import pytest
from click.testing import CliRunner
from tests.scripts import load_script

from proofformer.problems import Decision, PairAnswer
from prooflab.sweeps.drawn import campaign as drawn

SCRIPT = Path(__file__).resolve().parents[2] / "bench" / "sweep.py"
FEW = ("--count", "6", "--forced", "2", "--interpreted", "3", "--dtype", "float32")


@pytest.fixture(scope="module")
def sweep() -> ModuleType:
    module = load_script("bench/sweep.py")
    module.N_RANGE, module.L_RANGE = (2, 30), (1, 12)
    module.commit_seed = lambda: 7
    return module


def test_every_question_form_and_way_is_run(sweep: ModuleType) -> None:
    result = CliRunner().invoke(sweep.main, [*FEW, "--sort", "values", "--problem", "max-ip", "--problem", "ov"])
    lines = [line for line in result.output.splitlines() if " wrong" in line]
    assert all(" 0 wrong" in line for line in lines), result.output
    # Searches: as planned, in 2 and 3 rounds, interpreted; decisions: as planned, interpreted; in both forms.
    assert len(lines) == 2 * 2 * (4 + 2)
    assert result.output.count("n_over_300") == 2 * 2 * 2
    assert result.exit_code == 1, "no instance has more than 300 documents"


@pytest.mark.parametrize(("sort", "lines"), [("norms", 2 * 2 * 3 * 2), ("gamma", 2 * 8 * 2), ("grid", 8 * 2 * 2)])
def test_the_new_sorts_are_run(sweep: ModuleType, monkeypatch: pytest.MonkeyPatch, sort: str, lines: int) -> None:
    monkeypatch.setattr(sweep.Sweep, "lengths", lambda self, dtype: (5,))
    result = CliRunner().invoke(sweep.main, [*FEW, "--count", "4", "--sort", sort])
    told = [line for line in result.output.splitlines() if " wrong" in line]
    assert all(" 0 wrong" in line for line in told), result.output
    assert len(told) >= lines


@pytest.mark.parametrize("two", [False, True])
def test_padded_instances_have_the_same_answer(sweep: ModuleType, two: bool) -> None:
    rng = np.random.default_rng(0)
    for asked, sets in drawn("farthest-pair", "decide", two, 0, 12, (2, 30), (3, 3)):
        assert sweep.padded(sweep.model_for(asked, "float32", None), sets, rng) == asked.answer(*sets)


@pytest.mark.parametrize(("question", "lie"), [("search", PairAnswer((0, 1), 99)), ("decide", Decision(True))])
def test_wrong_answers_are_told(
    sweep: ModuleType, monkeypatch: pytest.MonkeyPatch, question: str, lie: PairAnswer | Decision
) -> None:
    monkeypatch.setattr(sweep.Model, "solve", lambda self, *sets: lie)
    words = f"--sort values --count 30 --problem min-ip --question {question} --form one --interpreted 0"
    result = CliRunner().invoke(sweep.main, [*FEW, *words.split()])
    assert result.exit_code == 1
    assert "WRONG: min-ip, " in result.output
    assert f"got {lie}" in result.output
