"""What an answer is made of: named numbers that a circuit gives in bits, how they spell an answer, and what the pair
that is named has to agree with.

The one place that knows the fields of an answer. It shares nothing with the oracle: the two check each other.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from fractions import Fraction

import numpy as np
import numpy.typing as npt

from proofformer.errors import ProofError
from proofformer.problems.answers import Answer, Decision, PairAnswer
from proofformer.problems.instances import Instance
from proofformer.problems.kinds import Kind, Measure
from proofformer.problems.numbers import Exact, square_root

SQUARES: dict[str, Callable[[int, int, int], Fraction]] = {
    "cosine": lambda k, a, b: Fraction(k * k, a * b),
    "jaccard": lambda k, a, b: Fraction(k, a + b - k) ** 2,
    "dice": lambda k, a, b: Fraction(2 * k, a + b) ** 2,
}
"""The square of each similarity of documents of norms a and b, at least 1, that share k: a fraction for all of them."""

STEPS: dict[str, Callable[[int, int], int]] = {
    "inner": lambda a, b: a * b,
    "hamming": lambda a, b: a != b,
    "cityblock": lambda a, b: abs(a - b),
    "sqeuclidean": lambda a, b: (a - b) ** 2,
}
"""What two entries add to each whole value."""


@dataclass(frozen=True)
class Field:
    """A named number of an answer: its bits, least significant first, or, of a flag, one bit."""

    name: str
    flag: bool = False

    @property
    def tensor(self) -> str:
        """What its bits are called where they come as a tensor (batch, bits)."""
        return self.name if self.flag else f"{self.name}_bits"


FOUND = Field("found", flag=True)
DECISION = (Field("decision", flag=True),)
PAIR = (Field("i"), Field("j"), Field("value"), FOUND)
SIMILAR = (Field("i"), Field("j"), Field("shared"), Field("norm_i"), Field("norm_j"), FOUND)
"""The value of a pair follows from how many ones its documents share, and how many each has."""


@dataclass(frozen=True)
class AnswerFormat:
    """The fields of an answer, in the order in which circuits and exports give them, and what is asked of a pair."""

    fields: tuple[Field, ...]
    kind: Kind

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(field.name for field in self.fields)

    @property
    def tensors(self) -> tuple[str, ...]:
        return tuple(field.tensor for field in self.fields)

    @property
    def always(self) -> bool:
        """Whether every instance has a pair to name."""
        return FOUND in self.fields and self.kind.target is None

    def spell(self, numbers: Mapping[str, int], sizes: tuple[int, ...]) -> Answer:
        """The answer that the fields' numbers spell, for an instance of these sizes. Raises `ProofError` for numbers
        that no answer has."""
        if self.fields == DECISION:
            return Decision(bool(numbers["decision"]))
        if not numbers["found"]:
            if self.always:
                raise _outside("the answer names no pair, and some pair is the best")
            return PairAnswer(None, None)
        i, j = numbers["i"], numbers["j"]
        if i >= sizes[0] or j >= sizes[-1] or (len(sizes) == 1 and i >= j):
            raise _outside(
                f"the answer names ({i}, {j}), which is no pair of {' and '.join(map(str, sizes))} documents"
            )
        if self.fields != SIMILAR:
            return PairAnswer((i, j), numbers["value"])
        if not (numbers["norm_i"] and numbers["norm_j"]):
            raise ProofError("the answer names a document without ones, which no similarity is defined for")
        measure = str(self.kind.measure)
        return PairAnswer((i, j), similarity(measure, numbers["shared"], numbers["norm_i"], numbers["norm_j"]))

    def confirm(self, instance: Instance, answer: Answer) -> None:
        """Raises ProofError when the pair that is named does not have the value that is given, or not the one that it
        has to have: O(l), whatever n."""
        if isinstance(answer, Decision) or answer.pair is None:
            return
        i, j = answer.pair
        value = value_between(self.kind.measure, instance.rows[i], instance.sets[-1][j])
        wanted = value if self.kind.target is None else self.kind.target
        if not answer.value == value == wanted:
            only = "" if value == wanted else f", where only {wanted} counts"
            named = isinstance(self.kind.measure, str)
            raise _outside(
                f"the answer gives rows {i} and {j} the value {answer.value}, and it is {value}{only}",
                "" if named else f", or the theorem of {self.kind.name} and its value do not agree",
            )


def _outside(what: str, otherwise: str = "") -> ProofError:
    return ProofError(f"{what}: the attention backend is outside the assumptions of the proof{otherwise}")


def similarity(measure: str, k: int, a: int, b: int) -> Exact:
    """The similarity of two documents of norms a and b that share k."""
    return square_root(SQUARES[measure](k, a, b))


def value_between(measure: Measure, left: npt.NDArray[np.uint8], right: npt.NDArray[np.uint8]) -> Exact:
    """The exact value of two rows of shape (l,), in Python's integers; of a task of one's own, what it says."""
    if not isinstance(measure, str):
        return measure.of(left, right)
    x, y = left.tolist(), right.tolist()
    if measure in STEPS:
        return sum(map(STEPS[measure], x, y))
    return similarity(measure, sum(map(STEPS["inner"], x, y)), sum(x), sum(y))
