"""Exact answers: a pair with its value, or a decision."""

from dataclasses import dataclass
from typing import Any, SupportsIndex

import numpy as np

from proofformer.errors import InputError


@dataclass(frozen=True)
class PairAnswer:
    """A pair of row indices, counted from 0, and its exact value; both are None when there is no such pair.

    Whole numbers of any kind (numpy's too) are stored as Python ints, so two answers are equal exactly when
    their pairs and values are. Raises InputError for anything else. Source: docs/theory.md, section 1.
    """

    pair: tuple[int, int] | None
    value: int | None

    def __post_init__(self) -> None:
        if self.pair is not None:
            try:
                i, j = self.pair
            except (TypeError, ValueError):
                raise InputError(f"pair is {self.pair!r}: pass two whole numbers, or None") from None
            object.__setattr__(self, "pair", (_whole("pair", i), _whole("pair", j)))
        if self.value is not None:
            object.__setattr__(self, "value", _whole("value", self.value))

    def __bool__(self) -> bool:
        """Whether there is a pair."""
        return self.pair is not None

    def to_json(self) -> dict[str, Any]:
        """The pair as a list, the exact value as decimal text and, for reading by eye, as a float."""
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

    def __str__(self) -> str:
        return "yes" if self.decision else "no"


Answer = PairAnswer | Decision


def _whole(what: str, number: SupportsIndex) -> int:
    try:
        return int(number.__index__())
    except (AttributeError, TypeError):
        raise InputError(f"{what} holds {number!r}: pass a whole number") from None
