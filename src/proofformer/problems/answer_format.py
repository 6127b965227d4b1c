"""What an answer is made of: named numbers that a circuit gives in bits, and how they spell an answer.

The one place that knows the fields of an answer. It shares nothing with the oracle: the two check each other.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass

from proofformer.errors import ProofError
from proofformer.problems.answers import Answer, Decision, PairAnswer
from proofformer.problems.numbers import Exact
from proofformer.problems.similarities import value_of

Sizes = tuple[int, ...]
"""The number of documents of each set."""


@dataclass(frozen=True)
class Field:
    """A named number of an answer: its bits, least significant first, or, of a flag, one bit."""

    name: str
    flag: bool = False

    @property
    def tensor(self) -> str:
        """What its bits are called where they come as a tensor (batch, bits)."""
        return self.name if self.flag else f"{self.name}_bits"


class AnswerFormat(ABC):
    """The fields of an answer, in the order in which circuits and exports give them."""

    fields: tuple[Field, ...]

    @abstractmethod
    def spell(self, numbers: Mapping[str, int], sizes: Sizes) -> Answer:
        """The answer that the fields' numbers spell, for an instance of these sizes. Raises `ProofError` for numbers
        that no answer has."""

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(field.name for field in self.fields)

    @property
    def tensors(self) -> tuple[str, ...]:
        return tuple(field.tensor for field in self.fields)


@dataclass(frozen=True)
class DecisionFormat(AnswerFormat):
    """Yes or no."""

    fields: tuple[Field, ...] = (Field("decision", flag=True),)

    def spell(self, numbers: Mapping[str, int], sizes: Sizes) -> Decision:
        return Decision(bool(numbers["decision"]))


@dataclass(frozen=True)
class PairFormat(AnswerFormat):
    """Whether there is a pair, the indices of its documents, and its value. `always`: every instance has one."""

    fields: tuple[Field, ...] = (Field("i"), Field("j"), Field("value"), Field("found", flag=True))
    always: bool = False

    def spell(self, numbers: Mapping[str, int], sizes: Sizes) -> PairAnswer:
        if not numbers["found"]:
            if self.always:
                raise ProofError(
                    "the answer names no pair, and some pair is the best: the attention backend is outside the "
                    "assumptions of the proof"
                )
            return PairAnswer(None, None)
        i, j = numbers["i"], numbers["j"]
        if i >= sizes[0] or j >= sizes[-1] or (len(sizes) == 1 and i >= j):
            among = " and ".join(map(str, sizes))
            raise ProofError(
                f"the answer names ({i}, {j}), which is no pair of {among} documents: the attention backend is outside "
                "the assumptions of the proof"
            )
        return PairAnswer((i, j), self.value(numbers))

    def value(self, numbers: Mapping[str, int]) -> Exact:
        return numbers["value"]


@dataclass(frozen=True)
class SimilarityFormat(PairFormat):
    """A pair whose value is a similarity: by what the two share and the ones of each."""

    measure: str = "cosine"
    fields: tuple[Field, ...] = (
        Field("i"),
        Field("j"),
        Field("shared"),
        Field("norm_i"),
        Field("norm_j"),
        Field("found", flag=True),
    )

    def value(self, numbers: Mapping[str, int]) -> Exact:
        if not (numbers["norm_i"] and numbers["norm_j"]):
            raise ProofError("the answer names a document without ones, which no similarity is defined for")
        return value_of(self.measure, numbers["shared"], numbers["norm_i"], numbers["norm_j"])
