import json
import sys

import numpy as np
import pytest

import proofformer
from proofformer.artifacts import load
from proofformer.runtime import Model


@pytest.mark.parametrize(
    ("model", "suffix"), [("cp", "png"), ("cp", "pdf"), *((model, "svg") for model in ("cp", "ov", "ov-search", "two"))]
)
def test_inspect(here, run, model, suffix):
    result = run("inspect", model, "--figure", f"model.{suffix}")
    assert result.exit_code == 0, result.output
    assert result.stdout == f"figure: model.{suffix}\n"
    data = (here / f"model.{suffix}").read_bytes()
    assert 10_000 < len(data) < 1_000_000
    if suffix == "svg":
        text = data.decode()
        plan = load(model).plan
        for name in (*(h.name for h in plan.heads), *(g for block in plan.layout.blocks for g in block.gates)):
            assert f">{name}<" in text or f">{name} [" in text
        assert "READ only" in text
        assert "START" in text or "start" in text


def test_solve(here, run):
    result = run("solve", "cp", "rows.txt", "--figure", "answer.svg")
    assert result.exit_code == 0, result.output
    told = "rows 0 and 4 (counted from 0), hamming distance 1"
    assert [result.stdout.splitlines()[k] for k in (0, 2)] == [told, "figure: answer.svg"]
    text = (here / "answer.svg").read_text()
    assert 10_000 < len(text) < 1_000_000
    for words in ("partner: document 0 asks", "best: READ asks", "partner: every document asks", ">START<", told):
        assert words in text


def test_solve_two_sets_names_the_documents_of_each(here, run):
    (here / "other.txt").write_text("0101\n1000\n")
    result = run("solve", "two", "rows.txt", "other.txt", "--figure", "answer.svg")
    assert result.exit_code == 0, result.output
    text = (here / "answer.svg").read_text()
    for words in ("document A3 asks, and B1 is its partner", ">A3<", ">B1<", "best key A3, weight"):
        assert words in text


@pytest.mark.parametrize(("rows", "told"), [("1111\n0000\n", "yes"), ("1110\n0011\n1010\n", "no")])
def test_solve_a_decision(here, run, rows, told):
    (here / "rows.txt").write_text(rows)
    assert run("solve", "ov", "rows.txt", "--figure", "answer.svg").stdout.splitlines()[0] == told
    text = (here / "answer.svg").read_text()
    assert f"decision: {told}" in text
    assert ("document 0 asks, and has a hit" if told == "yes" else "no document has a hit, so document 0") in text


def test_solve_json_names_the_figure(here, run):
    plain = json.loads(run("solve", "cp", "rows.txt", "--json").stdout)
    drawn = json.loads(run("solve", "cp", "rows.txt", "--json", "--figure", "a.png").stdout)
    assert drawn.pop("figure") == "a.png"
    assert (here / "a.png").exists()
    del plain["seconds"], drawn["seconds"]
    assert drawn == plain


def test_types_that_numpy_does_not_have_are_drawn(here, run):
    proofformer.compile("max-ip", dim=4, max_n=16, dtype="bfloat16").save("small")
    assert run("inspect", "small", "--figure", "a.svg").exit_code == 0
    result = run("solve", "small", "rows.txt", "--figure", "b.svg")
    assert result.exit_code == 0, result.output
    assert "bfloat16" in (here / "a.svg").read_text()
    assert "partner: document 0 asks" in (here / "b.svg").read_text()


def test_rounds_are_drawn_side_by_side(here, run):
    proofformer.compile("closest-pair", dim=32, max_n=1 << 20).save("rounds")
    np.savetxt("many.csv", np.random.default_rng(0).integers(0, 2, (65, 32)), fmt="%d", delimiter=",")
    assert run("solve", "rounds", "many.csv", "--figure", "a.svg").exit_code == 0
    text = (here / "a.svg").read_text()
    for name in ("partner.round1", "partner", "best.round1", "best"):
        assert f">{name}: " in text
    assert "every document asks" not in text


def test_a_figure_that_cannot_be_written_is_refused_before_the_model_runs(here, run, monkeypatch):
    monkeypatch.setattr(Model, "solve", lambda *_: pytest.fail("the model ran"))
    assert "does not end in .png, .svg, .pdf" in run("solve", "cp", "rows.txt", "--figure", "a.jpg").stderr


def test_without_matplotlib_the_remedy_is_named(here, run, monkeypatch):
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    monkeypatch.setitem(sys.modules, "matplotlib.figure", None)
    for words in (("inspect", "cp"), ("solve", "cp", "rows.txt")):
        result = run(*words, "--figure", "a.png")
        assert result.exit_code == 2
        assert result.stderr.endswith("not installed: pip install 'proofformer[figures]'\n")
        assert run(*words).exit_code == 0
    assert not (here / "a.png").exists()
