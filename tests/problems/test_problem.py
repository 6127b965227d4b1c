"""Problems: what is supported, what is refused, and the answers they give and accept."""

import ast
import dataclasses
import json
from pathlib import Path
from typing import Any
from unittest.mock import ANY

import numpy as np
import pytest

import proofformer.problems
from proofformer.errors import InputError
from proofformer.problems import Decision, PairAnswer, Problem, problem


def refusal(*args: Any, **kwargs: Any) -> str:
    with pytest.raises(InputError) as caught:
        problem(*args, **kwargs)
    message = str(caught.value)
    assert message.count(": ") == 1
    assert "\n" not in message
    return message


def test_defaults_are_filled_in() -> None:
    made = problem("closest-pair", dim=64)
    assert made == Problem("closest-pair", 64, "search", "hamming")
    assert made == problem("closest-pair", dim=64, question="search", metric="hamming")
    assert made == Problem("closest-pair", 64)
    assert problem("ov", dim=8, question="decide") == Problem("ov", 8, "decide", None)


def test_labels() -> None:
    assert problem("closest-pair", dim=64).label == "closest-pair (hamming), search, l = 64"
    assert problem("ov", dim=8, question="decide").label == "ov, decide, l = 8"


def test_ov_without_a_question_says_what_to_pass() -> None:
    message = refusal("ov", dim=8)
    assert "'search'" in message
    assert 'question="decide"' in message
    assert "--question decide" in message


@pytest.mark.parametrize(
    ("name", "options", "named"),
    [
        ("foo", {}, "unknown problem 'foo': choose one of closest-pair, ov"),
        (None, {}, "None"),
        ("ov", {"question": "search"}, "'search'"),
        ("closest-pair", {"question": "decide"}, "'decide'"),
        ("closest-pair", {"question": ""}, "''"),
        ("closest-pair", {"metric": "euclid"}, "'euclid': choose one of hamming"),
        ("ov", {"question": "decide", "metric": "hamming"}, "'hamming': leave the metric out"),
    ],
)
def test_unsupported_combinations_are_named(name: Any, options: dict[str, Any], named: str) -> None:
    assert named in refusal(name, dim=3, **options)


@pytest.mark.parametrize("dim", [0, -4, True, False, 3.0, "3", None, float("nan")])
def test_a_bad_dim_is_named(dim: Any) -> None:
    assert f"dim is {dim!r}" in refusal("closest-pair", dim=dim)


def test_a_problem_made_directly_is_checked_as_well() -> None:
    with pytest.raises(InputError, match="'foo'"):
        Problem("foo", 3)
    with pytest.raises(dataclasses.FrozenInstanceError):
        problem("closest-pair", dim=3).dim = 4  # type: ignore[misc]


@pytest.mark.parametrize("made", [problem("closest-pair", dim=64), problem("ov", dim=8, question="decide")])
def test_json_round_trip(made: Problem) -> None:
    assert Problem.from_json(json.loads(json.dumps(made.to_json()))) == made


@pytest.mark.parametrize(
    ("data", "named"),
    [
        ([], "[]"),
        ("ov", "'ov'"),
        ({"name": "closest-pair"}, "'dim'"),
        ({"dim": 3}, "'name'"),
        ({"name": "closest-pair", "dim": 3, "size": 1}, "'size'"),
        ({"name": "closest-pair", "dim": "3"}, "'3'"),
        ({"name": "max-cut", "dim": 3}, "'max-cut'"),
    ],
)
def test_from_json_refuses_what_to_json_cannot_write(data: object, named: str) -> None:
    with pytest.raises(InputError) as caught:
        Problem.from_json(data)
    assert named in str(caught.value)


def test_closest_pair_answers_and_accepts_only_the_first_optimum() -> None:
    closest = problem("closest-pair", dim=3)
    X = [[0, 0, 0], [1, 1, 1], [1, 1, 0], [1, 0, 0]]
    assert closest.answer(X) == PairAnswer((0, 3), 1)
    assert closest.answer(closest.instance(X)) == PairAnswer((0, 3), 1)
    assert closest.accepts(X, PairAnswer((0, 3), 1))
    assert closest.accepts(np.array(X, dtype=np.float32), PairAnswer((0, 3), 1))
    assert closest.accepts(closest.instance(X), PairAnswer((0, 3), 1))


@pytest.mark.parametrize(
    "answer",
    [
        PairAnswer((1, 2), 1),  # optimal too, but not the first
        PairAnswer((3, 0), 1),
        PairAnswer((0, 3), 2),
        PairAnswer((0, 3), None),
        PairAnswer(None, None),
        PairAnswer(None, 1),
        Decision(True),
        ((0, 3), 1),
        None,
        "pair (0, 3), value 1",
        np.array([0, 3]),
        ANY,
    ],
)
def test_closest_pair_does_not_accept(answer: object) -> None:
    X = [[0, 0, 0], [1, 1, 1], [1, 1, 0], [1, 0, 0]]
    assert problem("closest-pair", dim=3).accepts(X, answer) is False


def test_ov_answers_and_accepts() -> None:
    ov = problem("ov", dim=3, question="decide")
    yes, no = [[1, 1, 0], [1, 1, 1], [0, 0, 1]], [[1, 1, 0], [0, 1, 1], [1, 0, 1]]
    assert ov.answer(yes) == Decision(True)
    assert ov.answer(no) == Decision(False)
    assert ov.accepts(yes, Decision(True))
    assert ov.accepts(no, Decision(False))
    for wrong in (Decision(False), PairAnswer((0, 2), 0), True, 1, None):
        assert ov.accepts(yes, wrong) is False


@pytest.mark.parametrize("method", ["instance", "answer"])
def test_bad_matrices_are_refused_by_every_method(method: str) -> None:
    closest = problem("closest-pair", dim=3)
    with pytest.raises(InputError, match="row 1, column 2 holds 2"):
        getattr(closest, method)([[0, 0, 0], [0, 0, 2]])
    with pytest.raises(InputError, match="l = 3"):
        getattr(closest, method)([[0, 0], [0, 0]])
    with pytest.raises(InputError, match="l = 3"):
        closest.accepts([[0, 0], [0, 0]], None)


def test_the_judge_imports_neither_torch_nor_the_compiler() -> None:
    allowed = {"proofformer.errors", "proofformer.problems"}
    for source in Path(proofformer.problems.__file__).parent.glob("*.py"):
        for node in ast.walk(ast.parse(source.read_text(encoding="utf-8"))):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            if isinstance(node, ast.ImportFrom):
                names = [node.module or ""]
            for name in names:
                assert name.split(".")[0] != "torch", source
                assert name.split(".")[0] != "proofformer" or ".".join(name.split(".")[:2]) in allowed, source
