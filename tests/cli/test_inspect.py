import json

import pytest

import proofformer
from proofformer.artifacts import load, read


def test_inspect_shows_blocks_heads_obligations_and_slices(here, run):
    result = run("inspect", "cp")
    assert result.exit_code == 0, result.output
    plan = load("cp").plan
    for h in plan.heads:
        assert f"head {h.name}: block" in result.stdout
    for words in (
        "value = count_xor(doc, partner.doc)",
        "agreement(doc, doc)",
        "partner.place~",
        "block 0 attention",
        "unembedding",
        "residual stream",
    ):
        assert words in result.stdout
    assert result.stdout.count("<=") == len(plan.obligations)
    assert "Fraction" not in result.stdout


def test_inspect_of_one_head_shows_its_weights_and_what_it_reads(here, run):
    result = run("inspect", "cp", "--head", "best")
    head = load("cp").plan.head("best")
    table = result.stdout.splitlines()
    row = next(line for line in table if "least value" in line)
    assert row.split() == ["2", "least", "value", "-4..0", str(head.weights[1]), "R", "W_Q"]
    assert any(line.split()[:4] == ["reads", "place[0..4]", "into", "best.place~"] for line in table)
    assert "head partner" not in result.stdout
    assert "'partner'" not in result.stdout


def test_inspect_json_is_the_plan(here, run):
    assert json.loads(run("inspect", "cp", "--json").stdout) == load("cp").plan.to_json()


@pytest.mark.parametrize(("to", "suffix"), [("onnx", ".onnx"), ("transformerlens", "")])
def test_inspect_reads_exports(here, run, to, suffix):
    exported = run("export", "cp", "--to", to, "-o", f"m{suffix}")
    assert f"layout    proofformer inspect m{suffix}" in exported.stdout.splitlines()
    result = run("inspect", f"m{suffix}", "--json")
    assert json.loads(result.stdout) == read(f"m{suffix}").plan.to_json()


def test_matrices_of_a_head_can_be_read(here, run):
    result = run("inspect", "cp", "--head", "partner", "--matrices")
    assert result.exit_code == 0, result.output
    w_q = result.stdout.split("\n\n")[1].splitlines()
    assert w_q[0] == "W_Q of head partner (blocks.0.attention.query.weight)"
    assert w_q[1].split() == ["one", "doc"]
    assert w_q[2].split() == ["0", "0", "1", "2", "3"]
    entries = {line.split("  ")[0].strip(): line.split()[-5:] for line in w_q[3:]}
    assert entries["is_document > start > rest[0]"] == ["V*b", ".", ".", ".", "."]
    assert entries["agreement(doc, doc)[2]"] == ["-R*b", ".", ".", "2*R*b", "."]
    assert entries["least index[4]"] == ["-16*b", ".", ".", ".", "."]
    assert "head best" not in result.stdout
    numbers = load("cp").plan.head("partner")
    assert f"head partner: b = {numbers.b}, V = {numbers.weights[0]}, R = {numbers.weights[1]}" in result.stdout


@pytest.mark.parametrize("model", ["cp", "ov", "rounds"])
def test_every_weight_is_printed_once_and_named(here, run, model):
    """In each tensor: as many numbers printed as there are, on rows and columns that are signals."""
    if model == "rounds":
        proofformer.compile("closest-pair", dim=8, max_n=1 << 20).save("rounds")
        assert load("rounds").plan.rounds > 1
    result = run("inspect", model, "--matrices")
    assert result.exit_code == 0, result.output
    assert "unused" not in result.stdout
    printed: dict[str, int] = {}
    for block in result.stdout.split("\n\n")[1:]:
        title, *lines = block.splitlines()
        name = title[title.rindex("(") + 1 : title.rindex(")")]
        row_label = max((line.index("]") for line in lines[2:]), default=0)
        numbers = sum(word != "." for line in lines[2:] for word in line[row_label + 1 :].split())
        printed[name] = printed.get(name, 0) + numbers
    weights = load(model).transformer.state_dict()
    assert printed == {name: int((t != 0).sum()) for name, t in weights.items()}
