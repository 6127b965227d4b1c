import json

import pytest

import proofformer
from proofformer.artifacts import load


def test_compile_writes_a_model_that_loads_and_says_what_it_is(here, run):
    result = run("compile", "closest-pair", "--dim", "4", "--max-n", "300", "--dtype", "bfloat16", "-o", "new")
    assert result.exit_code == 0, result.output
    assert result.stderr == ""
    assert sorted(p.name for p in (here / "new").iterdir()) == ["README.md", "config.json", "model.safetensors"]
    model = load("new")
    assert (model.problem, model.max_n) == (proofformer.problem("closest-pair", dim=4), 300)
    for word in ("closest-pair (hamming), search, l = 4", "2..300", "bfloat16", "smallest pair", "leak"):
        assert word in result.stdout


def test_compile_json_is_the_plan_in_numbers(here, run):
    words = ("closest-pair", "--dim", "200", "--max-n", "200000", "--dtype", "bfloat16", "-o", "new", "--json")
    facts = json.loads(run("compile", *words).stdout)
    plan = load("new").plan
    assert facts["problem"] == {
        "name": "closest-pair",
        "dim": 200,
        "question": "search",
        "metric": "hamming",
        "bichromatic": False,
        "threshold": None,
        "levels": 1,
        "norms": None,
        "gamma": None,
    }
    assert facts["rounds"] == plan.rounds > 1
    for name, digits in plan.digits:
        assert facts["radix"][name] == [2 ** (stop - start) for start, stop in digits]
    assert {h["name"]: h["b"] for h in facts["heads"]} == {h.name: h.b for h in plan.heads}
    assert (facts["attention_blocks"], facts["blocks"]) == plan.depth
    assert facts["width"] == plan.layout.width
    assert facts["folder_bytes"] == sum(p.stat().st_size for p in (here / "new").iterdir())
    assert facts["folder_bytes"] > 2 * facts["parameters"]


def test_compile_of_a_decision_needs_no_radix(here, run):
    result = run("compile", "ov", "--question", "decide", "--dim", "3", "--max-n", "9", "-o", "new")
    assert result.exit_code == 0, result.output
    assert "none: no head looks for an index" in result.stdout


@pytest.mark.parametrize(
    ("words", "label"),
    [
        (("max-ip", "--threshold", "3"), "max-ip, decide at 3, l = 6"),
        (
            ("farthest-pair", "--threshold", "7/2", "--bichromatic"),
            "farthest-pair (hamming), bichromatic, decide at 7/2",
        ),
        (("min-ip", "--bichromatic"), "min-ip, bichromatic, search, l = 6"),
        (("ov", "--dtype", "float16"), "ov, search, l = 6"),
        (("msd",), "msd (cosine), search, l = 6"),
        (("lsd", "--metric", "jaccard", "--norms", "1-3,5"), "lsd (jaccard, norms 1, 2, 3, 5), search, l = 6"),
        (("msd", "--threshold", "sqrt(1/2)", "--bichromatic"), "msd (cosine), bichromatic, decide at sqrt(1/2), l = 6"),
        (("max-ip", "--gamma", "1.5"), "max-ip, search within a factor 3/2, l = 6"),
        (
            ("closest-pair", "--metric", "sqeuclidean", "--levels", "9"),
            "closest-pair (sqeuclidean, entries 0 to 9), search, l = 6",
        ),
    ],
)
def test_every_question_and_form(here, run, words, label):
    result = run("compile", *words, "--dim", "6", "--max-n", "9", "-o", "new")
    assert result.exit_code == 0, result.output
    assert label in result.stdout
    assert load("new").problem.label.startswith(label)


def test_compile_replaces_a_model(here, run):
    words = ("compile", "closest-pair", "--dim", "4", "-o", "new", "--max-n")
    assert run(*words, "8").exit_code == run(*words, "16").exit_code == 0
    assert load("new").max_n == 16


def test_metric_may_be_named(here, run):
    words = ("--metric", "hamming", "--question", "search", "--dtype", "float64")
    assert run("compile", "closest-pair", "--dim", "4", "--max-n", "8", "-o", "new", *words).exit_code == 0
