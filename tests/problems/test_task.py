"""A task of one's own: what is refused, and what the oracle gives its value. `test_oracle` has its answers."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from proofformer.errors import InputError
from proofformer.problems import Decision, PairAnswer, Task, problem
from proofformer.problems.kinds import NAMES
from proofformer.problems.oracle import pair_value

AHEAD = Task("ahead", lambda a, b: int(a @ [4, 2, 1]) * 8 + int(b @ [4, 2, 1]), "least", symmetric=False)
"""Different for any two rows, either way round."""


def test_values_of_any_size_stay_exact() -> None:
    """Two that no float tells apart."""
    huge = Task("huge", lambda a, b: 2**80 + int(b.sum()), "most", symmetric=False)
    X = [[0, 0], [1, 0], [1, 1]]
    assert problem(huge, dim=2).answer(X) == PairAnswer((0, 2), 2**80 + 2)
    large = Task("large", lambda a, b: 2**60 + int(b.sum()), "most", symmetric=False)
    assert problem(large, dim=2, threshold=2**60 + 2).answer(X) == Decision(True)
    assert problem(large, dim=2, threshold=2**60 + 3).answer(X) == Decision(False)


def test_rows_are_read_only_and_wide() -> None:
    seen: list[np.ndarray] = []
    task = Task("seen", lambda a, b: seen.extend((a, b)) or 0, "least", symmetric=True)  # type: ignore[func-returns-value]
    problem(task, dim=2, levels=200).answer([[200, 1], [0, 7]])
    assert [row.tolist() for row in seen] == [[200, 1], [0, 7]] * 2
    assert all(row.dtype == np.int64 and not row.flags.writeable for row in seen)
    with pytest.raises(ValueError, match="read-only"):
        seen[0][0] = 1


def write(a: np.ndarray, b: np.ndarray) -> int:
    a[0] = 1
    return 0


@pytest.mark.parametrize(
    ("value", "came"),
    [
        (lambda a, b: 0.5, "is 0.5"),
        (lambda a, b: 2.0, "is 2.0"),
        (lambda a, b: None, "is None"),
        (lambda a, b: -1, "is -1"),
        (lambda a, b: True, "is True"),
        (lambda a, b: np.bool_(True), "is np.True_"),
        (lambda a, b: a, "is array("),
        (lambda a, b: 1 // 0, "raises ZeroDivisionError (integer division or modulo by zero)"),
        (write, "raises ValueError (assignment destination is read-only)"),
    ],
)
def test_values_that_are_none(value: Any, came: str) -> None:
    asked = problem(Task("mine", value, "least", True), dim=9)
    with pytest.raises(InputError) as caught:
        asked.answer(np.eye(2, 9, dtype=int))
    assert str(caught.value).startswith(f"the value of mine {came}")
    rows = "[1, 0, 0, 0, 0, 0, ...] and [0, 1, 0, 0, 0, 0, ...]"
    assert f"for the rows {rows}: return a whole number from 0" in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("number", [3, np.int64(3), np.uint8(3), np.array(3)])
def test_whole_numbers_of_any_kind_will_do(number: Any) -> None:
    made = pair_value(
        np.zeros(2, np.uint8), np.zeros(2, np.uint8), measure=Task("t", lambda a, b: number, "most", True)
    )
    assert made == 3
    assert type(made) is int


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        *(({"name": name}, f"the name {name!r} is taken") for name in NAMES),
        *(({"name": name}, "choose lowercase letters, digits and hyphens") for name in ("", "A", "1a", "a b", "é", 3)),
        ({"value": 3}, "the value of mine is 3: pass a function of two rows"),
        ({"prefers": "max"}, "mine prefers 'max'"),
        ({"symmetric": None}, "symmetric is None in mine"),
    ],
)
def test_tasks_that_are_refused(changed: dict[str, Any], said: str) -> None:
    with pytest.raises(InputError) as caught:
        Task(**({"name": "mine", "value": max, "prefers": "least", "symmetric": True} | changed))
    assert said in str(caught.value)


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"metric": "hamming"}, "ahead does not support the metric 'hamming': leave the metric out"),
        ({"norms": (1, 2)}, "ahead takes no norms"),
        ({"gamma": 2}, "ahead takes no gamma, got 2: leave it out"),
        ({"threshold": "7/2"}, "threshold 7/2 is out of range: the values of ahead are whole numbers from 0"),
        ({"threshold": -1}, "threshold -1 is out of range: "),
        ({"threshold": "sqrt(1/2)"}, "threshold sqrt(1/2) is out of range: "),
        ({"question": "decide"}, "ahead, decide needs a threshold: pass threshold=T, whole numbers from 0"),
        ({"question": "search", "threshold": 1}, "ahead, search takes no threshold"),
        ({"question": "count"}, "ahead does not support the question 'count'"),
        ({"levels": 0}, "levels is 0"),
        ({"dim": 0}, "dim is 0"),
    ],
)
def test_questions_that_are_refused(options: dict[str, Any], said: str) -> None:
    with pytest.raises(InputError) as caught:
        problem(AHEAD, **({"dim": 3} | options))
    assert said in str(caught.value)


def test_what_a_problem_of_a_task_is() -> None:
    made = problem(AHEAD, dim=3, levels=4, bichromatic=True, threshold=5)
    assert (made.name, made.metric, made.cut, made.kind.largest) == ("ahead", None, 5, False)
    assert made.kind.measure is made.task is AHEAD
    assert made.label == "ahead (entries 0 to 4), bichromatic, decide at 5, l = 3"
    assert made.to_json()["task"] == {"prefers": "least", "symmetric": False}
    with pytest.raises(InputError, match="nothing says how large the values of ahead are"):
        _ = made.largest_value
    assert problem(AHEAD, dim=3).accepts([[0, 0, 0], [0, 0, 0]], PairAnswer((0, 1), 0))
