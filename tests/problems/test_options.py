"""What can be asked: defaults, thresholds, labels, JSON and every refusal of an option."""

import dataclasses
import json
from fractions import Fraction
from typing import Any

import pytest
from tests.cases import CASES

import proofformer
from proofformer.errors import InputError
from proofformer.problems import Problem, problem
from proofformer.problems.kinds import KINDS
from proofformer.problems.kinds import NAMES as KNOWN_NAMES
from proofformer.problems.numbers import Exact, Root


def refusal(*args: Any, **kwargs: Any) -> str:
    with pytest.raises(InputError) as caught:
        problem(*args, **kwargs)
    message = str(caught.value)
    assert message.count(": ") == 1
    assert "\n" not in message
    return message


NAMES = ("ov", "min-ip", "max-ip", "closest-pair", "farthest-pair", "msd", "lsd")


def test_defaults_are_filled_in() -> None:
    made = problem("closest-pair", dim=64)
    assert made == Problem("closest-pair", 64, "search", "hamming", False, None)
    assert made == problem("closest-pair", dim=64, question="search", metric="hamming", bichromatic=False)
    assert made == Problem("closest-pair", 64)
    assert problem("ov", dim=8) == Problem("ov", 8, "search", None)
    assert problem("ov", dim=8, question="decide") == Problem("ov", 8, "decide", None)
    assert problem("min-ip", dim=8, threshold=3) == Problem("min-ip", 8, "decide", None, False, Fraction(3))
    assert NAMES == KNOWN_NAMES
    defaults = {"closest-pair": "hamming", "farthest-pair": "hamming", "msd": "cosine", "lsd": "cosine"}
    for name in NAMES:
        assert Problem(name, 3).metric == defaults.get(name)
    for kind in KINDS:
        made = Problem(kind.name, 3, metric=kind.metric, norms=(1, 2) if kind.is_similarity else None)
        assert made.kind is kind
        assert kind.measure == (kind.metric or "inner")
        assert kind.largest is (kind.name in ("max-ip", "farthest-pair", "msd"))
    assert len({(kind.name, kind.metric) for kind in KINDS}) == len(KINDS) == 15


@pytest.mark.parametrize(
    ("made", "label"),
    [
        (problem("closest-pair", dim=64), "closest-pair (hamming), search, l = 64"),
        (problem("ov", dim=8, question="decide"), "ov, decide, l = 8"),
        (problem("ov", dim=8, bichromatic=True), "ov, bichromatic, search, l = 8"),
        (problem("max-ip", dim=8, threshold="7/2"), "max-ip, decide at 7/2, l = 8"),
        (problem("min-ip", dim=8, threshold=0), "min-ip, decide at 0, l = 8"),
        (
            problem("farthest-pair", dim=9, threshold="4.0", bichromatic=True),
            "farthest-pair (hamming), bichromatic, decide at 4, l = 9",
        ),
        (problem("msd", dim=64), "msd (cosine), search, l = 64"),
        (problem("msd", dim=64, threshold="sqrt(1/2)"), "msd (cosine), decide at sqrt(1/2), l = 64"),
        (
            problem("closest-pair", dim=64, metric="sqeuclidean", levels=16),
            "closest-pair (sqeuclidean, entries 0 to 16), search, l = 64",
        ),
        (problem("closest-pair", dim=64, metric="cityblock"), "closest-pair (cityblock), search, l = 64"),
        (
            problem("msd", dim=64, norms="8,3,4", gamma="1.1"),
            "msd (cosine, norms 3, 4, 8), search within a factor 11/10, l = 64",
        ),
        (problem("lsd", dim=64, metric="dice", norms="5-5"), "lsd (dice, norm 5), search, l = 64"),
        (
            problem("lsd", dim=64, metric="jaccard", norms="1-11,40", gamma=2, bichromatic=True),
            "lsd (jaccard, 12 norms from 1 to 40), bichromatic, search within a factor 2, l = 64",
        ),
    ],
    ids=str,
)
def test_labels(made: Problem, label: str) -> None:
    assert made.label == label


@pytest.mark.parametrize(
    ("name", "options", "named"),
    [
        ("foo", {}, f"unknown problem 'foo': choose one of {', '.join(NAMES)}"),
        (None, {}, "None"),
        *(
            ("ov", {"question": asked}, f"{asked!r}: pass question='search' or question='decide'")
            for asked in ("", "count", "Search", 1, ["search"])
        ),
        ("closest-pair", {"metric": "euclid"}, "'euclid': choose one of hamming, sqeuclidean, cityblock"),
        ("max-ip", {"metric": "hamming"}, "'hamming': leave the metric out"),
        ("ov", {"bichromatic": 1}, "bichromatic is 1: pass True (two sets) or False (one)"),
        ("ov", {"bichromatic": "yes"}, "bichromatic is 'yes'"),
        ("ov", {"bichromatic": None}, "bichromatic is None"),
        ("ov", {"threshold": "1/2"}, "ov, decide takes no threshold, got 1/2"),
        ("ov", {"question": "search", "threshold": 1}, "ov, search takes no threshold, got 1"),
        *((name, {"question": "decide"}, f"{name}, decide needs a threshold") for name in NAMES[1:]),
        ("lsd", {"threshold": "sqrt(2)"}, "threshold sqrt(2) is out of range: the values of lsd are 0 to 1"),
        ("msd", {"threshold": "-1/2"}, "threshold -1/2 is out of range: the values"),
        (
            "msd",
            {"question": "search", "threshold": "sqrt(1/2)"},
            "takes no threshold, got sqrt(1/2): leave it out, or pass question='decide'",
        ),
        ("lsd", {"metric": "dice", "gamma": 2}, "declare them, e.g. norms=(3, 4, 8)"),
        ("max-ip", {"norms": (1, 2)}, "max-ip takes no norms, got (1, 2): leave them out"),
        ("max-ip", {"levels": 2}, "max-ip takes 0/1 rows, got levels 2: leave levels out"),
        ("msd", {"levels": 2}, "msd (cosine) takes 0/1 rows, got levels 2: leave levels out"),
        ("closest-pair", {"levels": 256, "metric": "cityblock"}, "levels is 256: pass the largest entry"),
        (
            "closest-pair",
            {"levels": 16, "metric": "cityblock", "threshold": 49},
            "threshold 49 is out of range: for rows of 3 entries from 0 to 16 the values of closest-pair are 0 to 48",
        ),
        (
            "max-ip",
            {"threshold": 0.5},
            "threshold 0.5 is no exact number: write a whole number such as 5 or a fraction",
        ),
        ("max-ip", {"gamma": "2/2"}, "gamma is 1: leave it out"),
        ("max-ip", {"gamma": "0.5"}, "gamma is 1/2: pass the factor"),
        ("max-ip", {"gamma": -2}, "gamma is -2: pass the factor"),
        ("max-ip", {"gamma": 1.5}, "gamma 1.5 is no exact number"),
        ("max-ip", {"gamma": "sqrt(2)"}, "gamma 'sqrt(2)' is no exact number"),
        ("max-ip", {"gamma": Root(Fraction(2))}, "gamma sqrt(2) is no exact number"),
        ("max-ip", {"gamma": True}, "gamma True is no exact number"),
    ],
)
def test_unsupported_combinations_are_named(name: Any, options: dict[str, Any], named: str) -> None:
    """Beside those of tests/cli/test_bad_input.py, whose sentences are kept word for word."""
    assert named in refusal(name, dim=3, **options)


@pytest.mark.parametrize("dim", [0, -4, True, False, 3.0, "3", None, float("nan")])
def test_a_bad_dim_is_named(dim: Any) -> None:
    assert f"dim is {dim!r}" in refusal("closest-pair", dim=dim)


def test_similarities_take_at_most_4096_keywords() -> None:
    assert problem("msd", dim=4096).dim == 4096
    assert "dim is 4097: lsd takes at most 4096 keywords" in refusal("lsd", dim=4097)
    assert problem("max-ip", dim=4097).dim == 4097


@pytest.mark.parametrize(
    ("name", "metric", "levels", "largest"),
    [
        ("max-ip", None, 1, 9),
        ("closest-pair", "hamming", 1, 9),
        ("closest-pair", "cityblock", 1, 9),
        ("closest-pair", "cityblock", 16, 144),
        ("farthest-pair", "sqeuclidean", 1, 9),
        ("farthest-pair", "sqeuclidean", 16, 2304),
        ("msd", "dice", 1, 1),
    ],
)
def test_the_largest_value_is_the_largest_threshold(name: str, metric: str | None, levels: int, largest: int) -> None:
    made = problem(name, dim=9, metric=metric, levels=levels, threshold=largest)
    assert made.largest_value == made.threshold == made.cut == largest
    assert f"are 0 to {largest}; " in refusal(name, dim=9, metric=metric, levels=levels, threshold=largest + 1)


@pytest.mark.parametrize("name", NAMES[1:5])
@pytest.mark.parametrize(
    ("threshold", "exact", "floor", "ceiling"),
    [
        (0, Fraction(0), 0, 0),
        (5, Fraction(5), 5, 5),
        (Fraction(7, 2), Fraction(7, 2), 3, 4),
        ("7/2", Fraction(7, 2), 3, 4),
        ("0.000000000000000001", Fraction(1, 10**18), 0, 1),
        ("14999999/3000000", Fraction(14999999, 3000000), 4, 5),
        ("sqrt(4)", Fraction(2), 2, 2),
        ("sqrt(10)", Root(Fraction(10)), 3, 4),
        (Root(Fraction(1, 2)), Root(Fraction(1, 2)), 0, 1),
    ],
    ids=str,
)
def test_thresholds_and_the_whole_number_that_counts(
    name: str, threshold: Any, exact: Exact, floor: int, ceiling: int
) -> None:
    made = problem(name, dim=5, threshold=threshold)
    assert made.question == "decide"
    whole = isinstance(exact, Fraction) and exact.denominator == 1
    assert type(made.threshold) is (int if whole else type(exact))
    assert made.threshold == exact
    assert made.cut == (ceiling if name in ("max-ip", "farthest-pair") else floor)
    assert type(made.cut) is int
    assert made == problem(name, dim=5, question="decide", threshold=exact)
    assert Problem(name, 5, "decide", threshold=threshold) == made


def test_cuts_of_what_has_no_threshold() -> None:
    assert problem("ov", dim=5, question="decide").cut == 0
    assert problem("ov", dim=5).cut == 0
    for name in NAMES[1:]:
        assert problem(name, dim=5).cut is None


@pytest.mark.parametrize("threshold", [-1, 4, "7/2", "-1/1000000", Fraction(3_000_001, 1_000_000), 10**18, "-5"])
def test_a_threshold_beyond_the_values_is_named(threshold: Any) -> None:
    named = f"threshold {Fraction(threshold)} is out of range: for rows of 3 entries the values of max-ip are 0 to 3"
    with pytest.raises(InputError) as caught:
        problem("max-ip", dim=3, threshold=threshold)
    assert named in str(caught.value)


def test_similarities_are_compared_with_the_threshold_itself() -> None:
    for name in ("msd", "lsd"):
        for threshold in ("sqrt(1/2)", "1/3", "0", "1"):
            made = problem(name, dim=5, metric="jaccard", threshold=threshold)
            assert made.cut == made.threshold
            assert str(made.cut) == threshold
            assert made.norms is None


def test_problems_are_hashable_and_equal_however_they_are_written() -> None:
    one = problem("msd", dim=9, norms="3-5", gamma="1.5")
    assert one == Problem("msd", 9, norms=(5, 4, 3), gamma=Fraction(3, 2))
    assert len({one, problem("msd", dim=9, norms=[3, 4, 5], gamma="3/2")}) == 1
    assert (one.norms, one.gamma, one.levels) == ((3, 4, 5), Fraction(3, 2), 1)


def test_a_problem_made_directly_is_checked_as_well() -> None:
    with pytest.raises(InputError, match="'foo'"):
        Problem("foo", 3)
    with pytest.raises(dataclasses.FrozenInstanceError):
        problem("closest-pair", dim=3).dim = 4  # type: ignore[misc]


EVERY = [
    *(case.problem(9) for case in CASES),
    problem("msd", dim=9, metric="dice", norms=(2, 9), gamma="1.25"),
    problem("closest-pair", dim=9, metric="sqeuclidean", levels=16, gamma=2),
    problem("farthest-pair", dim=9, metric="cityblock", levels=255, threshold=700),
]


@pytest.mark.parametrize("made", EVERY, ids=lambda p: p.label)
def test_json_round_trip(made: Problem) -> None:
    text = json.dumps(made.to_json())
    assert Problem.from_json(json.loads(text)) == made
    assert list(json.loads(text)) == [field.name for field in dataclasses.fields(Problem) if field.name != "task"]
    assert hash(Problem.from_json(json.loads(text))) == hash(made)
    assert len({p.label for p in EVERY}) == len(EVERY)


def test_json_holds_exact_numbers_as_text() -> None:
    assert problem("msd", dim=9, norms=(2, 9), gamma="1.25").to_json() == {
        "name": "msd",
        "dim": 9,
        "question": "search",
        "metric": "cosine",
        "bichromatic": False,
        "threshold": None,
        "levels": 1,
        "norms": [2, 9],
        "gamma": "5/4",
    }
    assert problem("lsd", dim=9, threshold="sqrt(0.5)").to_json()["threshold"] == "sqrt(1/2)"


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
        ({"name": "min-ip", "dim": 3, "question": "decide"}, "needs a threshold"),
        ({"name": "min-ip", "dim": 3, "threshold": 0.5}, "threshold 0.5"),
        ({"name": "min-ip", "dim": 3, "threshold": [1]}, "threshold [1]"),
        ({"name": "min-ip", "dim": 3, "threshold": "4"}, "threshold 4"),
        ({"name": "min-ip", "dim": 3, "bichromatic": "false"}, "'false'"),
        ({"name": ["ov"], "dim": 3}, "['ov']"),
        ({"name": "msd", "dim": 3, "norms": [1, "2"]}, "norms is [1, '2']"),
        ({"name": "msd", "dim": 3, "norms": 2}, "norms is 2"),
        ({"name": "msd", "dim": 3, "gamma": 1.5}, "gamma 1.5"),
        ({"name": "closest-pair", "dim": 3, "levels": "2"}, "levels is '2'"),
        ({"name": "ov", "dim": 3, "metric": {}}, "{}"),
    ],
)
def test_from_json_refuses_what_to_json_cannot_write(data: object, named: str) -> None:
    with pytest.raises(InputError) as caught:
        Problem.from_json(data)
    assert named in str(caught.value)


def test_the_lazy_door_passes_every_option_on() -> None:
    made = proofformer.problem("lsd", dim=9, metric="dice", bichromatic=True, norms="2-4", gamma="3/2")
    assert made == problem("lsd", dim=9, metric="dice", bichromatic=True, norms="2-4", gamma="3/2")
    made = proofformer.problem("closest-pair", dim=9, question="decide", metric="cityblock", threshold=3, levels=7)
    assert made == problem("closest-pair", dim=9, question="decide", metric="cityblock", threshold=3, levels=7)
