import json
import subprocess
import sys

import pytest
from tests.scripts import surroundings

import proofformer
from proofformer.artifacts import load


def test_compile_writes_a_model_that_loads_and_says_what_it_is(here, run):
    result = run("compile", "closest-pair", "--dim", "4", "--max-n", "300", "--dtype", "bfloat16", "-o", "new")
    assert result.exit_code == 0, result.output
    assert result.stderr == ""
    assert sorted(p.name for p in (here / "new").iterdir()) == [
        "README.md",
        "certificate.json",
        "config.json",
        "model.safetensors",
    ]
    model = load("new")
    assert (model.problem, model.max_n) == (proofformer.problem("closest-pair", dim=4), 300)
    for word in ("closest-pair (hamming), search, l = 4", "2..300", "bfloat16", "smallest pair", "leak"):
        assert word in result.stdout


def test_compile_json_is_the_plan_in_numbers(here, run):
    words = ("closest-pair", "--dim", "200", "--max-n", "200000", "--dtype", "bfloat16", "-o", "new", "--json")
    facts = json.loads(run("compile", *words).stdout)
    plan = load("new").plan
    assert facts["problem"] == proofformer.problem("closest-pair", dim=200).to_json()
    assert facts["rounds"] == plan.rounds > 1
    for name, digits in plan.digits:
        assert facts["radix"][name] == [2 ** (stop - start) for start, stop in digits]
    assert {h["name"]: h["b"] for h in facts["heads"]} == {h.name: h.b for h in plan.heads}
    assert (facts["attention_blocks"], facts["blocks"]) == plan.depth
    assert facts["width"] == plan.layout.width
    assert facts["folder_bytes"] == sum(p.stat().st_size for p in (here / "new").iterdir())
    assert facts["folder_bytes"] > 2 * facts["parameters"]


LABELS = {
    "max-ip --threshold 3": "max-ip, decide at 3, l = 6",
    "farthest-pair --threshold 7/2 --bichromatic": "farthest-pair (hamming), bichromatic, decide at 7/2",
    "min-ip --bichromatic": "min-ip, bichromatic, search, l = 6",
    "ov --dtype float16": "ov, search, l = 6",
    "ov --question decide": "ov, decide, l = 6",
    "msd": "msd (cosine), search, l = 6",
    "lsd --metric jaccard --norms 1-3,5": "lsd (jaccard, norms 1, 2, 3, 5), search, l = 6",
    "msd --threshold sqrt(1/2) --bichromatic": "msd (cosine), bichromatic, decide at sqrt(1/2), l = 6",
    "max-ip --gamma 1.5": "max-ip, search within a factor 3/2, l = 6",
    "closest-pair --metric sqeuclidean --levels 9": "closest-pair (sqeuclidean, entries 0 to 9), search, l = 6",
    "closest-pair --metric hamming --question search --dtype float64": "closest-pair (hamming), search, l = 6",
}


@pytest.mark.parametrize("words", LABELS)
def test_every_question_and_form(here, run, words):
    result = run("compile", *words.split(), "--dim", "6", "--max-n", "9", "-o", "new")
    assert result.exit_code == 0, result.output
    assert LABELS[words] in result.stdout
    assert load("new").problem.label.startswith(LABELS[words])
    assert ("none: no head looks for an index" in result.stdout) is ("decide" in LABELS[words])


def test_compile_replaces_a_model(here, run):
    words = ("compile", "closest-pair", "--dim", "4", "-o", "new", "--max-n")
    assert run(*words, "8").exit_code == run(*words, "16").exit_code == 0
    assert load("new").max_n == 16


def test_a_model_is_compiled_and_written_without_torch(tmp_path):
    words = ["compile", "closest-pair", "--dim", "8", "--max-n", "64", "-o", str(tmp_path / "m")]
    run = f"from proofformer.cli.main import cli\ntry:\n cli({words})"
    code = f"{run}\nfinally:\n import sys\n sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], env=surroundings(tmp_path), check=False).returncode == 0
    assert proofformer.load(tmp_path / "m").solve([[0] * 8, [1] * 8]).value == 8
