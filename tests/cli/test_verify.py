import json

import pytest
import torch

import proofformer
from proofformer.verify import replay

FEW = ("--random", "12", "--adversarial", "8")


@pytest.fixture(params=["cp", "two"])
def wrong(here, request):
    """A model folder in good order whose nearest-neighbour head ignores the first bit of the asking document."""
    model = proofformer.load(request.param)
    tensors = {name: t.clone() for name, t in model.transformer.state_dict().items()}
    doc = model.plan.layout.slice_of("doc").start
    tensors["blocks.0.attention.query.weight"][:, doc] = 0
    model.set_tensors(tensors)
    model.save("wrong")
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

    monkeypatch.setattr("proofformer.runtime.attention.backend_named", lambda name: blurred)
    result = run("verify", "cp", *FEW)
    assert result.exit_code == 1, result.output
    assert (here / "failure.npz").is_file()
