"""Problems: what is asked of one or two 0/1 matrices, and the exact answer to it."""

import re
import reprlib
from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from math import ceil, floor
from numbers import Rational
from typing import Any, Final, Literal

from proofformer.errors import InputError
from proofformer.problems import oracle
from proofformer.problems.answers import Answer, Decision
from proofformer.problems.instances import Instance

QUESTIONS: Final = ("search", "decide")


@dataclass(frozen=True)
class Kind:
    """What a problem asks of a pair: the largest or least inner product or Hamming distance.

    `target` is the value a pair must have to count at all: orthogonal vectors have inner product 0.
    """

    name: str
    measure: Literal["inner", "hamming"]
    largest: bool
    metric: str | None = None
    target: int | None = None


KINDS: Final = (
    Kind("ov", "inner", largest=False, target=0),
    Kind("min-ip", "inner", largest=False),
    Kind("max-ip", "inner", largest=True),
    Kind("closest-pair", "hamming", largest=False, metric="hamming"),
    Kind("farthest-pair", "hamming", largest=True, metric="hamming"),
)


@dataclass(frozen=True)
class Problem:
    """A problem over 0/1 rows of `dim` entries: one set of documents, or two (`bichromatic`).

    `question` is "search" or "decide"; a decision asks for a pair at `threshold` or beyond (`ov`: for an orthogonal
    pair, no threshold). `metric` is filled in where the problem has one. Raises InputError for what this version does
    not support, for a dim that is not an int >= 1 and for a threshold outside 0..dim.
    Source: docs/theory.md, section 1.
    """

    name: str
    dim: int
    question: str = "search"
    metric: str | None = None
    bichromatic: bool = False
    threshold: Fraction | None = None

    def __post_init__(self) -> None:
        kind = next((k for k in KINDS if k.name == self.name), None)
        if kind is None:
            raise InputError(f"unknown problem {self.name!r}: choose one of {', '.join(k.name for k in KINDS)}")
        if not isinstance(self.dim, int) or isinstance(self.dim, bool) or self.dim < 1:
            raise InputError(f"dim is {self.dim!r}: pass the number of columns l as an int >= 1")
        if self.question not in QUESTIONS:
            remedy = " or ".join(f'question="{known}" (--question {known})' for known in QUESTIONS)
            raise InputError(f"{self.name} does not support the question {self.question!r}: pass {remedy}")
        if not isinstance(self.bichromatic, bool):
            raise InputError(f"bichromatic is {self.bichromatic!r}: pass True (two sets) or False (one)")
        if self.metric is None:
            object.__setattr__(self, "metric", kind.metric)
        if self.metric != kind.metric:
            remedy = "leave the metric out" if kind.metric is None else f"choose one of {kind.metric}"
            raise InputError(f"{self.name} does not support the metric {self.metric!r}: {remedy}")
        self._check_threshold(kind)

    def _check_threshold(self, kind: Kind) -> None:
        if self.question == "search" or kind.target is not None:
            if self.threshold is not None:
                remedy = "ask for a decision" if kind.target is None else f"it always asks for the value {kind.target}"
                raise InputError(f"{self.name}, {self.question} takes no threshold, got {self.threshold}: {remedy}")
            return
        if self.threshold is None:
            raise InputError(
                f"{self.name}, decide needs a threshold: pass threshold=T (--threshold T), 0 to {self.dim}"
            )
        object.__setattr__(self, "threshold", exact_threshold(self.threshold))
        if not 0 <= self.threshold <= self.dim:
            raise InputError(
                f"threshold {self.threshold}: with l = {self.dim} the values of {self.name} are 0 to {self.dim}; "
                "choose one of these"
            )

    @property
    def kind(self) -> Kind:
        """What the problem asks of a pair."""
        return next(k for k in KINDS if k.name == self.name)

    @property
    def cut(self) -> int | None:
        """The whole number a decision compares with: a value is >= T iff it is >= ceil(T), and <= T iff <= floor(T)."""
        if self.threshold is None:
            return self.kind.target
        return ceil(self.threshold) if self.kind.largest else floor(self.threshold)

    @property
    def least_n(self) -> int:
        """The fewest documents of a set."""
        return 1 if self.bichromatic else 2

    @property
    def label(self) -> str:
        """A short text for people, such as "closest-pair (hamming), bichromatic, search, l = 64"."""
        metric = "" if self.metric is None else f" ({self.metric})"
        at = "" if self.threshold is None else f" at {self.threshold}"
        sets = "bichromatic, " if self.bichromatic else ""
        return f"{self.name}{metric}, {sets}{self.question}{at}, l = {self.dim}"

    def to_json(self) -> dict[str, Any]:
        """The fields as JSON values; an exact threshold is text."""
        threshold = None if self.threshold is None else str(self.threshold)
        return {
            "name": self.name,
            "dim": self.dim,
            "question": self.question,
            "metric": self.metric,
            "bichromatic": self.bichromatic,
            "threshold": threshold,
        }

    @classmethod
    def from_json(cls, data: object) -> "Problem":
        """The problem that `to_json` described; raises InputError for anything it cannot have written."""
        if not isinstance(data, Mapping):
            raise InputError(f"a problem is described by {data!r}: pass a JSON object with name and dim")
        known = ("name", "dim", "question", "metric", "bichromatic", "threshold")
        for key in data:
            if key not in known:
                raise InputError(f"a problem has no field {key!r}: its fields are {', '.join(known)}")
        for key in ("name", "dim"):
            if key not in data:
                raise InputError(f"the problem described by {dict(data)!r} has no {key!r}: add it")
        return problem(**data)

    def instance(self, A: object, B: object = None) -> Instance:
        """One set A of shape (n, dim), n >= 2, or two sets of at least one document each, as checked private copies.

        A may be an Instance. Raises InputError, naming the value, its row and column (counted from 0) and the remedy,
        for anything but 0/1 entries in that shape, and for one set where two are asked for or the other way round.
        """
        if isinstance(A, Instance) and B is None:
            B, A = A.others, A.rows
        if self.bichromatic and B is None:
            raise InputError(f"{self.label} takes two sets of documents, got one: pass A and B")
        if not self.bichromatic and B is not None:
            raise InputError(f"{self.label} takes one set of documents, got two: pass one, or build it bichromatic")
        made = Instance(A, B)
        if made.dim != self.dim:
            raise InputError(
                f"{'A' if self.bichromatic else 'X'} has {made.dim} columns but the problem has l = {self.dim}: "
                f"pass rows of {self.dim} entries or build the problem with dim={made.dim}"
            )
        return made

    def answer(self, A: object, B: object = None) -> Answer:
        """The exact answer, by exhaustive search over all pairs (i < j in one set; i in A, j in B).

        A search gives the lexicographically smallest optimal pair with its exact value, or for `ov` no pair when none
        is orthogonal. Raises InputError as `instance` does.
        """
        sets, kind, cut = self.instance(A, B).sets, self.kind, self.cut
        if self.question == "decide":
            at_most, at_least = (None, cut) if kind.largest else (cut, None)
            return Decision(oracle.pair_exists(*sets, measure=kind.measure, at_most=at_most, at_least=at_least))
        if kind.target is not None:
            return oracle.orthogonal_pair(*sets)
        return oracle.extreme_pair(*sets, measure=kind.measure, largest=kind.largest)

    def accepts(self, X: object, answer: object) -> bool:
        """Whether `answer` is the exact answer for X (a matrix, a pair (A, B), an Instance), of the right type, pair
        and value included.

        Raises InputError as `instance` does when X, not the answer, is at fault.
        """
        two = self.bichromatic and isinstance(X, tuple) and len(X) == 2
        expected = self.answer(*X) if two else self.answer(X)  # type: ignore[misc]
        return type(answer) is type(expected) and answer == expected


def exact_threshold(value: object) -> Fraction:
    """A threshold as the fraction it is: an int, a Fraction, or text such as "5" or "7/2"."""
    exact = value
    if isinstance(value, str) and re.fullmatch(r"[+-]?\d{1,18}(/0*[1-9]\d{0,17}|\.\d{1,18})?", value, re.ASCII):
        exact = Fraction(value)
    how = "write it exactly, as a whole number such as 5 or a fraction such as 7/2"
    if not isinstance(exact, Rational) or isinstance(exact, bool):
        raise InputError(f"threshold {reprlib.repr(value)}: {how}")
    fraction = Fraction(int(exact.numerator), int(exact.denominator))
    # Python prints no number of more than 4,300 digits.
    if max(abs(fraction.numerator), fraction.denominator) >= 10**19:
        raise InputError(f"threshold of more than 19 digits: {how}")
    return fraction


def problem(
    name: str,
    *,
    dim: int,
    question: str | None = None,
    metric: str | None = None,
    bichromatic: bool = False,
    threshold: int | Fraction | str | None = None,
) -> Problem:
    """The problem `name` over rows of `dim` entries, in one set or in two.

    The default question is "search", or "decide" when there is a threshold; the default metric is the problem's own.
    Raises InputError, one sentence naming the value and the remedy, for whatever this version does not support.
    """
    exact = None if threshold is None else exact_threshold(threshold)
    if question is None:
        question = "search" if exact is None else "decide"
    return Problem(name, dim, question, metric, bichromatic, exact)
