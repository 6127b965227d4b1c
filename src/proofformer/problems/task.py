"""A task of one's own: what it asks of a pair, as one function. The exact oracle knows no more of it than that."""

from __future__ import annotations

import re
import reprlib
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Literal, SupportsIndex

import numpy as np
import numpy.typing as npt

from proofformer.errors import InputError, raised
from proofformer.problems.arrays import Ints
from proofformer.problems.kinds import NAMES


@dataclass(frozen=True)
class Task:
    """The pair of least, or of most, `value`: an exact whole number from 0, a function of two rows alone.

    `value(a, b)` gets two read-only int64 arrays of shape (l,): of one set the rows i < j in this order, of two sets a
    row of A and one of B. `symmetric` says that value(a, b) == value(b, a).

    `theorem` is the Theorem that answers the task, set by it, so that a problem of the task leads to its circuit
    without a list of theorems; nothing in `problems` looks into it. `origin` is what the task is pickled as, a function
    and its arguments that make it again in another process: functions out of a FILE.py cannot be pickled themselves.
    Raises InputError for a name that is malformed or taken, and for a field of the wrong type.
    """

    name: str
    value: Callable[[Ints, Ints], int] = field(repr=False)
    prefers: Literal["least", "most"]
    symmetric: bool
    theorem: object = field(default=None, repr=False)
    origin: tuple[Any, ...] | None = field(default=None, repr=False, compare=False)

    def __post_init__(self) -> None:
        if not isinstance(self.name, str) or not re.fullmatch("[a-z][a-z0-9-]*", self.name):
            raise InputError(
                f"a task is named {self.name!r}: choose lowercase letters, digits and hyphens, a letter first"
            )
        if self.name in NAMES:
            raise InputError(f"the name {self.name!r} is taken: {', '.join(NAMES)} are problems of proofformer's own")
        if not callable(self.value):
            raise InputError(f"the value of {self.name} is {self.value!r}: pass a function of two rows")
        if self.prefers not in ("least", "most"):
            raise InputError(f'{self.name} prefers {self.prefers!r}: pass prefers="least" or prefers="most"')
        if not isinstance(self.symmetric, bool):
            raise InputError(f"symmetric is {self.symmetric!r} in {self.name}: pass True or False")

    def __reduce_ex__(self, protocol: SupportsIndex) -> str | tuple[Any, ...]:
        return self.origin or super().__reduce_ex__(protocol)

    def __deepcopy__(self, memo: object) -> Task:
        return self

    def to_json(self) -> dict[str, Any]:
        """What can be told of it in a file: the value itself cannot."""
        return {"prefers": self.prefers, "symmetric": self.symmetric}

    @property
    def largest(self) -> bool:
        """Whether the largest value is the best."""
        return self.prefers == "most"

    def of(self, left: npt.NDArray[Any], right: npt.NDArray[Any]) -> int:
        """The value of two rows of whole numbers, shape (l,). Raises InputError where there is none from 0."""
        a, b = _row(left), _row(right)
        try:
            found: Any = self.value(a, b)
        except BaseException as error:
            came = f"raises {raised(error)}"
        else:
            whole = _whole(found)
            if whole is not None and whole >= 0:
                return whole
            came = f"is {reprlib.repr(found)}"
        rows = " and ".join(reprlib.repr(row.tolist()) for row in (a, b))
        raise InputError(f"the value of {self.name} {came} for the rows {rows}: return a whole number from 0, an int")


def _row(row: npt.NDArray[Any]) -> Ints:
    made: Ints = np.asarray(row, dtype=np.int64)
    if made.flags.writeable:
        made = made.copy()
        made.setflags(write=False)
    return made


def _whole(found: Any) -> int | None:
    """The number as Python's int, None for what is none: a bool or a float is not, whatever it equals."""
    if isinstance(found, bool):
        return None
    try:
        return int(found.__index__())
    except (AttributeError, TypeError):
        return None
