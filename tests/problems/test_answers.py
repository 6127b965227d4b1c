"""Answers: what they store, print and write."""

import dataclasses
import json
from fractions import Fraction
from unittest.mock import ANY

import numpy as np
import pytest

from proofformer.errors import InputError
from proofformer.problems import Decision, PairAnswer
from proofformer.problems.numbers import Root


@pytest.mark.parametrize(
    ("answer", "told", "facts"),
    [
        (PairAnswer((1, 4), 7), "pair (1, 4), value 7", {"pair": [1, 4], "value": "7", "value_float": 7.0}),
        (PairAnswer((1, 4), None), "pair (1, 4)", {"pair": [1, 4], "value": None, "value_float": None}),
        (PairAnswer(None, None), "no pair", {"pair": None, "value": None, "value_float": None}),
        # Beyond floats, and between them, values stay exact.
        (PairAnswer((0, 1), 2**53 + 1), ANY, {"pair": [0, 1], "value": "9007199254740993", "value_float": 2.0**53}),
        (PairAnswer((1, 4), Fraction(1, 2)), "pair (1, 4), value 1/2", ANY),
        (
            PairAnswer((1, 4), Root(Fraction(9, 20))),
            "pair (1, 4), value sqrt(9/20)",
            {"pair": [1, 4], "value": "sqrt(9/20)", "value_float": 0.45**0.5},
        ),
        (Decision(True), "yes", {"decision": True}),
        (Decision(np.bool_(False)), "no", {"decision": False}),  # type: ignore[arg-type]
    ],
)
def test_answers_in_words_and_in_json(answer: PairAnswer | Decision, told: str, facts: dict[str, object]) -> None:
    assert str(answer) == told
    assert json.loads(json.dumps(answer.to_json())) == facts


def test_equal_answers_are_equal_however_they_are_written() -> None:
    half, root = PairAnswer((1, 4), Fraction(1, 2)), PairAnswer((1, 4), Root(Fraction(9, 20)))
    assert PairAnswer((1, 4), Fraction(4, 2)) == PairAnswer((1, 4), 2)
    assert type(PairAnswer((1, 4), Fraction(4, 2)).value) is int
    assert len({half, root, PairAnswer((1, 4), Root(Fraction(18, 40)))}) == 2


def test_numpy_numbers_are_stored_as_python_ints() -> None:
    answer = PairAnswer((np.int64(1), np.uint8(4)), np.int32(7))  # type: ignore[arg-type]
    assert answer == PairAnswer((1, 4), 7)
    assert json.loads(json.dumps(answer.to_json())) == PairAnswer((1, 4), 7).to_json()
    assert PairAnswer(np.array([1, 4]), 7) == answer  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("pair", "value", "named"),
    [
        ((0.5, 1), 3, "0.5"),
        ((0, "b"), 3, "'b'"),
        ((0, 1, 2), 3, "(0, 1, 2)"),
        (5, 3, "5"),
        ((0, 1), 3.0, "value holds 3.0: pass a whole number, a Fraction or a Root"),
        ((0, 1), "1/2", "'1/2'"),
        ((Fraction(1), 1), 3, "pair holds Fraction(1, 1): pass a whole number"),
    ],
)
def test_pair_answer_refuses_what_is_not_whole(pair: object, value: object, named: str) -> None:
    with pytest.raises(InputError) as caught:
        PairAnswer(pair, value)  # type: ignore[arg-type]
    assert named in str(caught.value)


def test_an_answer_is_true_when_there_is_a_pair_or_a_yes() -> None:
    assert PairAnswer((0, 1), 0)
    assert Decision(True)
    assert not PairAnswer(None, None)
    assert not Decision(False)


@pytest.mark.parametrize("decision", ["false", 1, None, 0.0])
def test_decision_refuses_what_is_not_a_bool(decision: object) -> None:
    with pytest.raises(InputError) as caught:
        Decision(decision)  # type: ignore[arg-type]
    assert repr(decision) in str(caught.value)


@pytest.mark.parametrize(("answer", "field"), [(PairAnswer((0, 1), 2), "value"), (Decision(True), "decision")])
def test_answers_are_frozen(answer: object, field: str) -> None:
    with pytest.raises(dataclasses.FrozenInstanceError):
        setattr(answer, field, 0)
