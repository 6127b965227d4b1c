"""The page of challenges: what it shows happens, and its tables are those of the numbers that the script keeps."""

import json
from pathlib import Path

import pytest
from tests.docs.pages import ROOT, run, text_of
from tests.scripts import load_script

from proofformer.challenge.kernels import BUILT_IN

PAGE = text_of("challenge.md")
SCRIPT = load_script("bench/challenge.py")
FOUND = json.loads((ROOT / "docs" / "challenge.json").read_text())


RIGHT = ("softmax", "hybrid", "topk")


def test_all_of_it_runs(tmp_path: Path) -> None:
    assert run(PAGE, tmp_path) >= 9


def test_the_tables_are_those_of_the_numbers() -> None:
    assert SCRIPT.written(PAGE, FOUND) == PAGE
    assert list(FOUND["kernels"]) == list(BUILT_IN)


def test_softmax_exact_top_k_and_the_hybrid_are_never_wrong() -> None:
    for name, told in FOUND["kernels"].items():
        wrong = [count for by_n in told["wrong"].values() for count in by_n.values()]
        assert (sum(wrong) == 0) == (name in RIGHT)
        assert (told["verdict"] == "nothing found") == (name in RIGHT)


def test_a_cell_of_the_table_is_what_is_measured() -> None:
    model = SCRIPT.compiled(SCRIPT.Spec(SCRIPT.hard_question(SCRIPT.PROBLEM, SCRIPT.DIM), max(SCRIPT.SIZES) + 1))
    for name, told in FOUND["kernels"].items():
        asking = SCRIPT.with_kernel(model, BUILT_IN[name])
        assert SCRIPT.wrong(asking, SCRIPT.instances(model, 4, SCRIPT.TRIALS, 0)) == told["wrong"]["as is"]["4"]


def test_the_hybrid_has_one_layer_of_full_attention() -> None:
    told = FOUND["hybrid"]
    assert told["wrong"] == 0
    assert told["asked"] >= 2000
    assert [layer["is"] for layer in told["layers"]].count("full attention") == 1
    assert (
        SCRIPT.layers_of(SCRIPT.compiled(SCRIPT.Spec(SCRIPT.hard_question("ov", 16), told["max_n"]))) == told["layers"]
    )


def test_stock_models_are_replayed() -> None:
    asked = {(told["model"], told["made"]["layers"], told["dtype"]) for told in FOUND["models"]}
    assert len(asked) == len(FOUND["models"]) == 4 * len(SCRIPT.NAMES)
    for told in FOUND["models"]:
        assert told["replayed"] == told["verdict"]
        assert (told["verdict"] == "collision") == ("wrong" not in told)


def test_the_figure_is_that_of_the_numbers(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    script = load_script("bench/challenge_figure.py")
    monkeypatch.setattr(script, "FIGURE", tmp_path / "challenge.svg")
    script.main()
    assert (tmp_path / "challenge.svg").read_text() == (ROOT / "docs" / "challenge.svg").read_text()
