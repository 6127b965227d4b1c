import json
from pathlib import Path

import pytest
import torch

import proofformer
from proofformer.verify import replay

FEW = ("--random", "12", "--adversarial", "8")


@pytest.fixture(params=["cp", "two"])
def wrong(here, request, monkeypatch):
    """A model folder whose nearest-neighbour head, once it is loaded, ignores the first bit of the asking document."""
    proofformer.load(request.param).save("wrong")

    def load(path, device, theorem):
        model = proofformer.load(path, device, theorem=theorem)
        if Path(path).name == "wrong":
            tensors = {name: t.clone() for name, t in model.transformer.state_dict().items()}
            tensors["blocks.0.attention.query.weight"][:, model.plan.layout.slice_of("doc").start] = 0
            model.set_tensors(tensors)
        return model

    monkeypatch.setattr("proofformer.verify.shards.load", load)
    (here / "right").symlink_to(here / request.param)
    return here


@pytest.mark.parametrize("model", ["cp", "ov", "ov-search", "two"])
def test_a_right_model_passes(here, run, model):
    result = run("verify", model, *FEW)
    assert result.exit_code == 0, result.output
    assert result.stdout.startswith("12 random, 8 adversarial: 0 wrong (largest n ")
    assert result.stderr == ""
    assert not (here / "failure.npz").exists()


def test_json_and_report_hold_the_same(here, run):
    result = run("verify", "cp", *FEW, "--seed", "3", "--backend", "reference", "--report", "a/b", "--json")
    assert result.exit_code == 0, result.output
    facts = json.loads(result.stdout)
    assert facts == json.loads((here / "a" / "b" / "report.json").read_text())
    assert facts["by_source"] == {"random": 12, "adversarial": 8}
    assert (facts["instances"], facts["wrong"], facts["failure"], facts["seed"]) == (20, 0, None, 3)
    assert facts["backend"] == "reference"
    assert facts["models"] == ["cp"]
    assert len(facts["digest"]) == 64
    rows = {(row["check"], row["family"]): row["instances"] for row in facts["families"]}
    assert rows["random", "random"] == 12
    assert sum(rows.values()) == 20


def test_a_wrong_model_fails_and_the_failure_replays(wrong, run):
    result = run("verify", "wrong", *FEW)
    assert result.exit_code == 1, result.output
    assert result.stderr == ""
    case = replay("failure.npz")
    bichromatic = proofformer.load("wrong").problem.bichromatic
    assert len(case.sets) == 1 + bichromatic
    expected = proofformer.problem("closest-pair", dim=4, bichromatic=bichromatic).answer(*case.sets)
    lines = result.stdout.splitlines()
    assert f"  expected  {expected}" in lines
    assert "  replay    proofformer verify wrong --replay failure.npz" in lines
    before = (wrong / "failure.npz").read_bytes()
    again = run("verify", "wrong", "--replay", "failure.npz")
    assert again.exit_code == 1, again.output
    assert "the failure is reproduced" in again.stdout
    assert f"  expected  {expected}" in again.stdout.splitlines()
    assert (wrong / "failure.npz").read_bytes() == before
    right = run("verify", "right", "--replay", "failure.npz")
    assert right.exit_code == 0, right.output


def test_a_failure_of_the_other_form_is_refused(wrong, run):
    run("verify", "wrong", *FEW)
    other = "cp" if proofformer.load("wrong").problem.bichromatic else "two"
    result = run("verify", other, "--replay", "failure.npz")
    assert result.exit_code == 2, result.output
    assert "takes one set of documents" in result.output or "takes two sets of documents" in result.output


def test_report_of_a_failure_goes_where_asked(wrong, run):
    result = run("verify", "wrong", *FEW, "--backend", "reference", "--report", "out dir", "--json")
    assert result.exit_code == 1, result.output
    facts = json.loads((wrong / "out dir" / "report.json").read_text())
    assert json.loads(result.stdout) == facts
    assert facts["wrong"] >= 1
    command = "proofformer verify wrong --replay 'out dir/failure.npz' --backend reference"
    assert facts["failure"]["replay"] == command
    assert (wrong / "out dir" / "failure.npz").is_file()
    assert not (wrong / "failure.npz").exists()


def test_a_backend_that_breaks_the_assumptions_is_found(here, run, monkeypatch):
    """Attention that averages over everything: the bits are no bits, and each such answer counts as wrong."""

    def blurred(q, k, v, *, scale, causal):
        return torch.nn.functional.scaled_dot_product_attention(0 * q, k, v, is_causal=causal, scale=scale)

    monkeypatch.setattr("proofformer.verify.shards.backend_named", lambda name: blurred)
    result = run("verify", "cp", *FEW)
    assert result.exit_code == 1, result.output
    assert (here / "failure.npz").is_file()


def test_every_small_input(here, run):
    for name, two in (("one", False), ("both", True)):
        proofformer.compile("closest-pair", dim=2, max_n=9, bichromatic=two).save(name)
    result = run("verify", "one", "both", "--exhaustive", "--json")
    assert result.exit_code == 0, result.output
    facts = json.loads(result.stdout)
    assert facts["by_source"] == {"exhaustive": sum((1 + n - 1) * 4**n for n in (2, 3, 4, 5))}


def test_mutants_are_counted_with_their_reasons(here, run):
    result = run("verify", "cp", "--mutants", "40", "--seed", "1")
    assert result.exit_code == 0, result.output
    first, counts, *classes = result.stdout.splitlines()
    assert first.startswith("40 mutants: 0 wrong")
    caught, equivalent = (int(counts.split(word)[0].split()[-1]) for word in (" caught", " equivalent"))
    assert counts.startswith("mutants: ")
    assert counts.endswith(" 0 survived")
    assert caught + equivalent == 40 > caught > 25
    assert sum(int(line.split()[0]) for line in classes) == equivalent
    assert all(": " in line for line in classes)


def test_circuits_need_no_model(here, run):
    result = run("verify", "--circuits", "20", "--metamorphic", "0")
    assert result.exit_code == 0, result.output
    assert result.stdout.startswith("24 circuits: 0 wrong")


def test_a_journal_is_gone_on_with(here, run):
    words = ("verify", "cp", *FEW, "--metamorphic", "10", "--journal", "kept/j.jsonl", "--json")
    first, again = (json.loads(run(*words).stdout) for _ in range(2))
    assert (first["resumed_shards"], first["instances"]) == (0, 30)
    assert again["resumed_shards"] == len((here / "kept" / "j.jsonl").read_text().splitlines()) - 1
    assert again["digest"] == first["digest"]
    other = run("verify", "cp", "--random", "5", "--journal", "kept/j.jsonl")
    assert other.exit_code == 2
    assert "journal of another campaign" in other.stderr


def test_a_failure_is_cut_down(wrong, run):
    result = run("verify", "wrong", "--random", "40", "--json", "--report", "out")
    failure = json.loads(result.stdout)["failure"]
    assert failure["n"] <= failure["found_with_n"]
    assert failure["n"] <= 4
    assert sum(map(len, replay("out/failure.npz").sets)) == failure["n"]
    assert (failure["check"], failure["family"], failure["model"]) == ("random", "random", "wrong")


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("cp", "--jobs", "2", "--scheduler", "tcp://127.0.0.1:1"), "choose one of them"),
        (("cp", "--scheduler", "nonsense://"), "no dask scheduler answers at nonsense:// (unknown address scheme"),
        (("cp", "--scheduler", "nonsense"), "no dask scheduler answers at nonsense (missing port number"),
        (("cp", "--scheduler", "127.0.0.1:abc"), "no dask scheduler answers at 127.0.0.1:abc (invalid literal"),
        (("cp", "--scheduler", "http://127.0.0.1:1"), "no dask scheduler answers at http://127.0.0.1:1 (unknown"),
        (("cp", "--scheduler", "inproc://x"), "no dask scheduler answers at inproc://x ("),
        (("--random", "5"), "there is no MODEL_DIR to verify"),
        (("--circuits", "5", "--mutants", "5"), "there is no MODEL_DIR to verify"),
        (("--circuits", "0"), "leave nothing to verify"),
        (("cp", "cp"), "cp is the same model as another MODEL_DIR"),
        (("cp", "ov", "--replay", "f.npz"), "name one MODEL_DIR"),
        (("long", "--exhaustive"), "l = 11"),
        (("cp", "--journal", "rows.txt"), "no journal, or a damaged one"),
    ],
)
def test_what_cannot_be_asked(here, run, words, sentence, monkeypatch):
    if "--scheduler" in words:
        monkeypatch.delattr("proofformer.verify.campaign.Campaign.of")  # it is said before anything is begun
    proofformer.compile("min-ip", dim=11, max_n=4).save("long")
    result = run("verify", *words)
    assert result.exit_code == 2, result.output
    assert sentence in result.stderr
    assert len(result.stderr.strip().splitlines()) == 1
    assert (here / "rows.txt").read_text().startswith("1111")
