"""Norms: declared sets, how they are written, and the rows that similarities refuse."""

from typing import Any

import numpy as np
import pytest

from proofformer.errors import InputError
from proofformer.problems import Instance, problem
from proofformer.problems.norms import check_similarity_rows, norm_set, norms_text


@pytest.mark.parametrize(
    ("given", "norms"),
    [
        ((3, 4, 8), (3, 4, 8)),
        ([8, 3, 4, 3], (3, 4, 8)),
        ({5}, (5,)),
        (range(1, 4), (1, 2, 3)),
        (np.array([2, 1]), (1, 2)),
        ("3,4,8", (3, 4, 8)),
        (" 3 , 4,8 ", (3, 4, 8)),
        ("1-4,9", (1, 2, 3, 4, 9)),
        ("9, 2 - 3, 2", (2, 3, 9)),
        ("5-5", (5,)),
        ("64", (64,)),
    ],
)
def test_what_is_read(given: Any, norms: tuple[int, ...]) -> None:
    read = norm_set(given, 64)
    assert read == norms
    assert all(type(norm) is int for norm in read)
    made = problem("msd", dim=64, norms=given)
    assert made.norms == norms
    assert made == problem("msd", dim=64, norms=norms)


@pytest.mark.parametrize(
    "given",
    [
        *("", ",", "3,", "a", "1-", "-3", "4-2", "1--3", "3;4", "3.0", "3,x", b"3"),
        (),
        (3.0,),
        ("3",),
        (True,),
        3,
        [[3]],
    ],
)
def test_what_is_not_read(given: Any) -> None:
    with pytest.raises(InputError) as caught:
        problem("msd", dim=64, norms=given)
    assert str(caught.value).startswith("norms is ")
    assert str(caught.value).count(": ") == 1


@pytest.mark.parametrize("given", [(0,), (65,), (3, -1), "0-3", "3,65", "1-999999999", np.array([70])])
def test_norms_are_from_one_to_l(given: Any) -> None:
    with pytest.raises(InputError, match=r"norm -?\d+ is out of range: rows of 64 entries have 1 to 64 ones"):
        problem("lsd", dim=64, norms=given)


def test_norms_read_well() -> None:
    assert norms_text((4,)) == "norm 4"
    assert norms_text((3, 4, 8)) == "norms 3, 4, 8"
    assert norms_text((1, 2, 3, 4, 5, 40)) == "norms 1, 2, 3, 4, 5, 40"
    assert norms_text((1, 2, 3, 4, 5, 9, 40)) == "7 norms from 1 to 40"


def refusal(asked: Any, *sets: object) -> str:
    for call in (asked.instance, asked.answer):
        with pytest.raises(InputError) as caught:
            call(*sets)
    message = str(caught.value)
    assert message.count(": ") == 1
    assert "\n" not in message
    return message


UNDEFINED = "all zero and the similarity of an empty document is undefined: leave"


@pytest.mark.parametrize(
    ("zeros", "named"),
    [
        ([0], f"row 0 is {UNDEFINED} it out"),
        ([9], f"row 9 is {UNDEFINED} it out"),
        ([0, 9], f"rows 0 and 9 are {UNDEFINED} them out"),
        ([1, 2, 3, 5, 8], f"rows 1, 2, 3, 5 and 8 are {UNDEFINED} them out"),
        ([1, 2, 3, 5, 7, 8], f"rows 1, 2, 3, 5, 7 and 1 more are {UNDEFINED} them out"),
        (list(range(10)), f"rows 0, 1, 2, 3, 4 and 5 more are {UNDEFINED} them out"),
    ],
)
@pytest.mark.parametrize("options", [{}, {"metric": "jaccard", "threshold": 1}, {"metric": "dice", "norms": "1-3"}])
def test_rows_without_ones_are_named(zeros: list[int], named: str, options: dict[str, Any]) -> None:
    rows = np.ones((10, 3), dtype=int)
    rows[zeros] = 0
    asked = problem("msd", dim=3, **options)
    assert refusal(asked, rows) == named
    with pytest.raises(InputError, match=UNDEFINED):
        asked.accepts(rows, None)


def test_the_set_of_an_empty_row_is_named() -> None:
    asked = problem("lsd", dim=2, bichromatic=True)
    assert refusal(asked, [[1, 0], [0, 0]], [[0, 0]]) == f"row 1 of A is {UNDEFINED} it out"
    assert refusal(asked, [[1, 0]], [[0, 0], [1, 1], [0, 0]]) == f"rows 0 and 2 of B are {UNDEFINED} them out"
    assert problem("min-ip", dim=2).answer([[0, 0], [1, 1]]), "other problems take empty rows"


def test_rows_of_other_norms_are_named() -> None:
    rows = np.tri(8, dtype=int)
    one = problem("msd", dim=8, norms=(2, 3))
    assert refusal(one, rows[1:4]) == (
        "row 2 (4 ones) is outside the declared norms 2, 3, which are numbers of ones: leave it out or declare every "
        "number that occurs"
    )
    assert refusal(one, rows).startswith(
        "rows 0 (1 one), 3 (4 ones), 4 (5 ones), 5 (6 ones), 6 (7 ones) and 1 more are"
    )
    two = problem("msd", dim=8, norms=(2, 3), bichromatic=True)
    assert refusal(two, rows[1:3], rows[7:]).startswith("row 0 (8 ones) of B is outside the declared")
    assert one.answer(rows[1:3])
    check_similarity_rows(Instance(rows), tuple(range(1, 9)))
