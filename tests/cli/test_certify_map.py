"""`proofformer certify --map`."""

import json
from xml.etree import ElementTree

import pytest

from proofformer import limits


@pytest.fixture(autouse=True)
def small(monkeypatch):
    """The search ends early."""
    for name in ("LARGEST_DIM", "LARGEST_GRID", "LARGEST_TABLE"):
        monkeypatch.setattr(limits, name, 12)


def test_a_table(here, run):
    result = run("certify", "--map", "msd", "--dtype", "bfloat16", "--dim", "8")
    assert result.exit_code == 0, result.output
    title, head, _, first, *_ = (line.split() for line in result.stdout.splitlines())
    assert title == ["msd", "(cosine),", "search"]
    assert head[:4] == ["dtype", "at", "largest", "is"]
    assert first[:6] == ["bfloat16", "l", "=", "8", "no", "max_n"]
    assert "l = 6   " in result.stdout
    assert "checked ✓" in result.stdout
    assert "every key number exact" in result.stdout


def test_json_and_a_figure(here, run):
    words = ("certify", "--map", "closest-pair", "--question", "decide", "--dim", "4", "--max-n", "32")
    result = run(*words, "--json", "--figure", "map.svg")
    assert result.exit_code == 0, result.output
    told = json.loads(result.stdout)
    (question,) = told["questions"]
    assert told["figure"] == "map.svg"
    assert question["question"] == "closest-pair (hamming), decide at 2"
    assert [line["dtype"] for line in question["limits"][::2]] == ["float16", "bfloat16", "float32", "float64"]
    by_n, by_dim = question["limits"][4:6]
    assert (by_n["at"], by_n["of"], by_n["largest"], by_n["claim"]) == ({"dim": 4}, "max_n", 1677718, "checked")
    assert by_n["ends"]["about"] == "head 'hit'"
    assert (by_dim["at"], by_dim["of"], by_dim["largest"], by_dim["ends"]) == ({"max_n": 32}, "dim", 12, None)
    drawn = ElementTree.parse(here / "map.svg")
    texts = {"".join(text.itertext()) for text in drawn.iter("{http://www.w3.org/2000/svg}text")}
    assert {"bfloat16: l up to 12", "closest-pair (hamming), decide at 2"} <= texts


def test_without_a_problem_every_search(here, run, monkeypatch):
    from proofformer.problems import kinds

    monkeypatch.setattr(kinds, "NAMES", ("ov", "max-ip"))
    result = run("certify", "--map", "--dtype", "float64", "--dim", "4", "--json")
    assert [q["question"] for q in json.loads(result.stdout)["questions"]] == ["ov, search", "max-ip, search"]
