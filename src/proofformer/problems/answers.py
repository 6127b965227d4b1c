"""Exact answers: a pair with its value, or a decision."""

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from html import escape
from typing import Any, SupportsIndex

import numpy as np

from proofformer.errors import InputError
from proofformer.problems.numbers import Exact, Root, simplest


@dataclass(frozen=True)
class PairAnswer:
    """A pair of row indices, counted from 0, and its exact value; both are None when there is no such pair.

    Whole numbers of any kind (numpy's too, and Fractions) are stored as Python ints, so two answers are equal exactly
    when their pairs and values are. Other values are Fractions and Roots. Raises InputError for anything else.
    Source: docs/theory.md, section 1.
    """

    pair: tuple[int, int] | None
    value: Exact | None

    def __post_init__(self) -> None:
        if self.pair is not None:
            try:
                i, j = self.pair
            except (TypeError, ValueError):
                raise InputError(f"pair is {self.pair!r}: pass two whole numbers, or None") from None
            object.__setattr__(self, "pair", (_whole("pair", i), _whole("pair", j)))
        if isinstance(self.value, Fraction):
            object.__setattr__(self, "value", simplest(self.value))
        elif self.value is not None and not isinstance(self.value, Root):
            object.__setattr__(self, "value", _whole("value", self.value, ", a Fraction or a Root"))

    def __bool__(self) -> bool:
        """Whether there is a pair."""
        return self.pair is not None

    def __iter__(self) -> Iterator[Any]:
        """`pair, value = answer`, and `(i, j), value = answer` where there is a pair."""
        return iter((self.pair, self.value))

    def _repr_html_(self) -> str:
        return _as_html(str(self))

    def to_json(self) -> dict[str, Any]:
        """The pair as a list, the exact value as text ("7", "1/2", "sqrt(9/20)") and, for reading by eye, a float."""
        return {
            "pair": None if self.pair is None else list(self.pair),
            "value": None if self.value is None else str(self.value),
            "value_float": None if self.value is None else float(self.value),
        }

    def __str__(self) -> str:
        if self.pair is None:
            return "no pair"
        suffix = "" if self.value is None else f", value {self.value}"
        return f"pair ({self.pair[0]}, {self.pair[1]}){suffix}"


@dataclass(frozen=True)
class Decision:
    """The answer to a yes-or-no question; the object is true exactly when the answer is yes.

    Raises InputError unless `decision` is a bool (Python's or numpy's). Source: docs/theory.md, section 1.
    """

    decision: bool

    def __post_init__(self) -> None:
        if not isinstance(self.decision, bool | np.bool_):
            raise InputError(f"decision is {self.decision!r}: pass True or False")
        object.__setattr__(self, "decision", bool(self.decision))

    def to_json(self) -> dict[str, Any]:
        """The decision as a JSON boolean."""
        return {"decision": self.decision}

    def __bool__(self) -> bool:
        return self.decision

    def _repr_html_(self) -> str:
        return _as_html(str(self))

    def __str__(self) -> str:
        return "yes" if self.decision else "no"


Answer = PairAnswer | Decision


def _as_html(text: str) -> str:
    return f"<b>{escape(text)}</b>"


def _whole(what: str, number: SupportsIndex, or_else: str = "") -> int:
    try:
        return int(number.__index__())
    except (AttributeError, TypeError):
        raise InputError(f"{what} holds {number!r}: pass a whole number{or_else}") from None
