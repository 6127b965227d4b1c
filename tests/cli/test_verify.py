import json
import re
from pathlib import Path

import pytest
import torch

import proofformer
from proofformer.verify import replay
from proofformer.verify.campaign import run_shard
from proofformer.verify.judged import ONE_BUG

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


def test_json_and_report_hold_the_same_and_leave_no_failure(here, run):
    result = run("verify", "cp", *FEW, "--seed", "3", "--backend", "reference", "--report", "a/b", "--json")
    assert (result.exit_code, result.stderr) == (0, "")
    facts = json.loads(result.stdout)
    assert facts == json.loads((here / "a" / "b" / "report.json").read_text())
    assert facts["by_source"] == {"random": 12, "adversarial": 8}
    assert (facts["instances"], facts["wrong"], facts["failure"], facts["seed"]) == (20, 0, None, 3)
    assert (facts["models"], facts["device"], facts["backend"]) == (["cp"], "cpu", "reference")
    assert sum(row["instances"] for row in facts["families"]) == 20
    assert not list(here.rglob("failure.npz"))


def test_a_wrong_model_fails_and_the_failure_is_cut_down_and_replays(wrong, run):
    result = run("verify", "wrong", "--random", "40")
    assert (result.exit_code, result.stderr) == (1, "")
    case, lines = replay("failure.npz"), result.stdout.splitlines()
    assert sum(map(len, case.sets)) <= 4
    bichromatic = len(case.sets) == 2
    expected = f"  expected  {proofformer.problem('closest-pair', dim=4, bichromatic=bichromatic).answer(*case.sets)}"
    assert expected in lines
    assert "  replay    proofformer verify wrong --replay failure.npz" in lines
    before = (wrong / "failure.npz").read_bytes()
    again = run("verify", "wrong", "--replay", "failure.npz")
    assert again.exit_code == 1
    assert {"the failure is reproduced", expected} <= set(again.stdout.splitlines())
    assert (wrong / "failure.npz").read_bytes() == before
    assert run("verify", "right", "--replay", "failure.npz").exit_code == 0
    other = run("verify", "cp" if bichromatic else "two", "--replay", "failure.npz")
    assert other.exit_code == 2
    assert f"takes {'one set' if bichromatic else 'two sets'} of documents" in other.stderr


def test_report_of_a_failure_goes_where_asked(wrong, run):
    words = ("--random", "12", "--backend", "reference", "--report", "out dir", "--json")
    result = run("verify", "wrong", *words)
    assert result.exit_code == 1, result.output
    facts = json.loads((wrong / "out dir" / "report.json").read_text())
    assert json.loads(result.stdout) == facts
    failure = facts["failure"]
    assert (facts["wrong"] > 0, failure["model"], failure["check"], failure["family"]) == (
        True,
        "wrong",
        *["random"] * 2,
    )
    assert failure["n"] == sum(map(len, replay("out dir/failure.npz").sets)) <= failure["found_with_n"]
    assert failure["replay"] == "proofformer verify wrong --replay 'out dir/failure.npz' --backend reference"
    assert not (wrong / "failure.npz").exists()


def test_a_backend_that_breaks_the_assumptions_is_found(here, run, monkeypatch):
    """Attention that averages over everything: the bits are no bits, and each such answer counts as wrong."""

    def blurred(q, k, v, *, scale, causal):
        return torch.nn.functional.scaled_dot_product_attention(0 * q, k, v, is_causal=causal, scale=scale)

    monkeypatch.setattr("proofformer.verify.shards.backend_named", lambda name: blurred)
    result = run("verify", "cp", *FEW)
    assert result.exit_code == 1, result.output
    assert (here / "failure.npz").is_file()


@pytest.mark.parametrize(
    ("returned", "code", "told"),
    [
        ("0 * q", 1, ("  mean        fails\n", f"  {ONE_BUG}\n", "  got       ", "  where     head ")),
        ("q * float('nan')", 2, ("  mean        fails\n", " was nan, outside ", "returns NaN, asked with q, k, v of")),
    ],
)
def test_what_is_wrong_with_a_kernel(here, run, returned, code, told):
    """All that can be said of it, also where the answers cannot be asked for; and a failure that is asked again."""
    (here / "k.py").write_text(f"def f(q, k, v, *, scale, causal):\n    return {returned}\n")
    words = ("verify", "cp", "--backend", "k.py:f")
    result = run(*words, "--assumptions", "--random", "5")
    assert result.exit_code == code, result.output
    assert all(part in result.output for part in told), result.output
    if code == 1:
        again = run(*words, "--replay", "failure.npz")
        assert again.stdout.splitlines()[-1] == result.stdout.splitlines()[-2]


def test_checks_of_which_none_are_asked_need_no_model(here, run):
    result = run("verify", "--circuits", "10", "--metamorphic", "0")
    assert result.exit_code == 0, result.output
    assert result.stdout.startswith("21 circuits: 0 wrong")


def test_a_journal_is_gone_on_with(here, run):
    words = ("verify", "cp", *FEW, "--journal", "kept/j.jsonl", "--json")
    first, again = (json.loads(run(*words).stdout) for _ in range(2))
    assert (first["resumed_shards"], first["instances"]) == (0, 20)
    assert again["resumed_shards"] == len((here / "kept" / "j.jsonl").read_text().splitlines()) - 1
    assert again["digest"] == first["digest"]
    other = run("verify", "cp", "--random", "5", "--journal", "kept/j.jsonl")
    assert other.exit_code == 2
    assert "journal of another campaign" in other.stderr


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
    if "long" in words:
        proofformer.compile("min-ip", dim=11, max_n=4).save("long")
    result = run("verify", *words)
    assert result.exit_code == 2, result.output
    assert sentence in result.stderr
    assert len(result.stderr.strip().splitlines()) == 1
    assert (here / "rows.txt").read_text().startswith("1111")


@pytest.mark.parametrize("journal", [False, True])
def test_who_stops_it_hears_what_was_checked(here, run, monkeypatch, journal):
    def stopped(shard, *, of=run_shard):
        if shard.start:
            raise KeyboardInterrupt
        return of(shard)

    monkeypatch.setattr(
        "proofformer.verify.campaign.run_shard",
        lambda subject, shard: stopped(shard, of=lambda s: run_shard(subject, s)),
    )
    words = ("--journal", "j.jsonl") if journal else ()
    result = run("verify", "cp", "--random", "1000", "--jobs", "1", *words)
    assert result.exit_code == 130
    said = "they are in j.jsonl, and the same command goes on from there" if journal else "give --journal FILE to"
    assert re.search(rf"stopped: (\d+) of 1,000 instances checked, 0 wrong; {said}", result.stderr)


@pytest.mark.parametrize(
    ("words", "why"),
    [
        (("cp", "--replay", "f.npz", "--random", "5"), "--replay runs one case: leave out --random"),
        (("cp", "--replay", "f.npz", "--journal", "j"), "--replay runs one case: leave out --journal"),
        (("cp", "--assumptions", "--jobs", "3"), "--assumptions alone runs no instances: leave out --jobs"),
        (("--circuits", "3", "--backend", "reference"), "no model is run: leave out --device and --backend"),
    ],
)
def test_options_that_nothing_would_come_of(here, run, words, why):
    result = run("verify", *words)
    assert (result.exit_code, why in result.stderr) == (2, True), result.output
