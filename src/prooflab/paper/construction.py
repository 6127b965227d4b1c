"""What the published constructions share: one unit of full softmax attention, run literally, and its exact outputs.

`TF(E) = phi2(softmax(X Q K^T X^T) X V)` with `X = phi1(E)`: no scale, mask, residual or normalisation, and
Q K^T = +-3 ln(n) I (natural logarithm), n the number of documents. X has one more, fixed row, the sentinel, as its
last. The answer is yes if and only if the output of some document's row is >= 1/(n + 1).
Source: Alman & Yu, ICLR 2025, arXiv 2410.04271, Theorems 4.1, C.1 and C.2.

These are references, to be compared with; nothing here becomes a model.
"""

from abc import ABC, abstractmethod
from collections.abc import Collection, Sequence
from fractions import Fraction
from functools import reduce
from math import log
from operator import add, mul
from typing import ClassVar

import numpy as np
import numpy.typing as npt

from proofformer.errors import InputError
from proofformer.problems import Decision, Problem, problem
from proofformer.problems.arrays import Array
from proofformer.problems.numbers import Exact, Root, square_root, squared
from prooflab.paper.enclosures import ONE, ZERO, Enclosure, power
from prooflab.paper.lemmas import some_large

Threshold = Exact | None


class Construction(ABC):
    """One theorem in one reading of its print; `t` is the threshold of the question, None for orthogonal vectors."""

    theorem: ClassVar[str]
    # Zero documents are documents, except where their cosine would be needed.
    takes_zeros: ClassVar[bool] = True

    @property
    def in_coq(self) -> tuple[tuple[str, ...], ...]:
        """Theorems of proofs/coq/PaperProved.v, for all n and l: of the unit as it is, of the one that is mended in its
        own form, and of the decision that is compiled."""
        return (), (), ()

    @property
    @abstractmethod
    def name(self) -> str:
        """The name of the problem that it decides."""

    @property
    @abstractmethod
    def reading(self) -> str:
        """What was chosen where the print leaves a choice, as text; empty where it leaves none."""

    @abstractmethod
    def thresholds(self, dim: int) -> Sequence[Threshold]:
        """The thresholds that are tried for rows of `dim` entries, ascending: all but that which every pair meets."""

    @abstractmethod
    def embed(self, X: Array, t: Threshold) -> Array:
        """phi1 and the sentinel: float64 of shape (.., n + 1, d) from documents of shape (.., n, l)."""

    @abstractmethod
    def value_vector(self, dim: int) -> Array:
        """V, shape (d,), for documents of `dim` entries."""

    @abstractmethod
    def mended(self) -> "dict[str, Construction]":
        """The same theorem with one choice of the print mended, by that choice's name; empty where nothing is."""

    @abstractmethod
    def _weight(self, n: int, k: int, a: int, b: int, t: Threshold) -> Enclosure:
        """exp(score of two documents - score of the sentinel): they have k common ones, a and b ones in all."""

    @property
    @abstractmethod
    def law(self) -> str:
        """`_weight` as a formula, of k common ones, or the score s, and t."""

    @abstractmethod
    def _value(self, ones: int) -> Enclosure:
        """V's value for a document with so many ones."""

    @property
    def sign(self) -> int:
        """The sign of Q K^T: + where the largest value is sought, else -."""
        return 1 if self.name in ("max-ip", "msd") else -1

    @property
    def label(self) -> str:
        """A short text for people, such as "Theorem C.1, min-ip, sentinel printed"."""
        return ", ".join(filter(None, (self.theorem, self.name, self.reading)))

    def question(self, dim: int, t: Threshold) -> Problem:
        """The problem it claims to decide, whose oracle gives the true answer."""
        return problem(self.name, dim=dim, question="decide", threshold=t)

    def outputs(self, X: object, t: Threshold = None) -> npt.NDArray[np.float64]:
        """The outputs of the n documents' rows in float64, shape (n,), by the attention unit as it is printed.

        Raises InputError as `Problem.instance` does.
        """
        return self.run(self._rows(X, t), t)

    def run(self, documents: Array, t: Threshold) -> npt.NDArray[np.float64]:
        """`outputs` of unchecked documents of shape (.., n, l); shape (.., n)."""
        n = documents.shape[-2]
        X = self.embed(documents.astype(np.float64), t)
        QK = self.sign * 3 * log(n) * np.eye(X.shape[-1])
        scores = X @ QK @ np.swapaxes(X, -1, -2)
        weights = np.exp(scores - scores.max(axis=-1, keepdims=True))
        weights /= weights.sum(axis=-1, keepdims=True)
        V = self.value_vector(documents.shape[-1])[:, None]
        outputs: npt.NDArray[np.float64] = (weights @ (X @ V))[..., :n, 0]
        return outputs

    def readout(self, X: object, t: Threshold = None) -> float:
        """phi2 by Lemma D.1 in float64: 1 for yes, 0 for no; in between the proof's bounds for both cases fail."""
        outputs = self.outputs(X, t)
        n = len(outputs)
        return float(some_large(outputs, (n + 1) ** -1.5, 1 / (n + 1)))

    def enclosures(self, X: object, t: Threshold = None, repairs: Collection[str] = ()) -> list[Enclosure]:
        """The outputs of the documents' rows within rigorous bounds: exp(3 ln(n) s) is n^(3 s).

        `repairs` changes the unit for a comparison: "self" hides each document from itself, "value" gives documents of
        value 0 the value 1, "leak" leaves weight on the largest scores only. Raises InputError as `Problem.instance`.
        """
        rows, values = self.softmax(X, t, repairs)
        return [reduce(add, map(mul, weights, values)) / reduce(add, weights) for weights in rows]

    def softmax(
        self, X: object, t: Threshold = None, repairs: Collection[str] = ()
    ) -> tuple[list[list[Enclosure]], list[Enclosure]]:
        """For each document's row the weights of all documents and the sentinel, whose own is 1, and their values."""
        rows = self._rows(X, t).astype(np.int64)
        common = (rows @ rows.T).tolist()
        n = len(common)
        values = [self._value(common[j][j]) for j in range(n)]
        if "value" in repairs:
            values = [ONE if value == ZERO else value for value in values]
        found = []
        for i in range(n):
            # The softmax is the same for weights relative to the sentinel's.
            weights = [self._weight(n, common[i][j], common[i][i], common[j][j], t) for j in range(n)]
            if "self" in repairs:
                weights[i] = ZERO
            weights.append(ONE)
            if "leak" in repairs:
                weights = _largest(weights)
            found.append(weights)
        return found, [*values, ZERO]

    def exact_outputs(self, X: object, t: Threshold = None) -> list[Fraction]:
        """The outputs of the documents' rows as fractions.

        Raises InputError where one is irrational, as those of similarities can be, and as `Problem.instance` does.
        """
        outputs = self.enclosures(X, t)
        if not all(output.exact for output in outputs):
            raise InputError(f"outputs of {self.label} are irrational here: ask for their enclosures")
        return [output.lo for output in outputs]

    def decides(self, X: object, t: Threshold = None, repairs: Collection[str] = ()) -> bool:
        """The answer by the stated rule, in exact arithmetic; `repairs` and what is raised as in `enclosures`."""
        outputs = self.enclosures(X, t, repairs)
        bound = Fraction(1, len(outputs) + 1)
        return any(output.reaches(bound) for output in outputs)

    def truth(self, X: object, t: Threshold = None) -> bool:
        """The true answer, by the exact oracle; raises InputError as `Problem.answer` does."""
        answer = self.question(_width(X), t).answer(X)
        assert isinstance(answer, Decision)
        return answer.decision

    def _rows(self, X: object, t: Threshold) -> npt.NDArray[np.uint8]:
        return self.question(_width(X), t).instance(X).rows


def exponential(n: int, sign: int, score: Exact, less: Exact = 0) -> Enclosure:
    """n^(3 sign (score - less)), both >= 0: exp of their difference times +-3 ln(n).

    Exact where n^3 is raised to a whole number, so also for fractions that differ by one.
    """
    if score == less:
        return ONE
    if less == 0:
        magnitude = power(n, square_root(9 * squared(score)))
        return magnitude if sign > 0 else ONE / magnitude
    if isinstance(score, Root) or isinstance(less, Root):
        return exponential(n, sign, score) * exponential(n, -sign, less)
    return exponential(n, sign, score - less) if score > less else exponential(n, -sign, less - score)


def _width(X: object) -> int:
    array = np.asarray(getattr(X, "rows", X))
    # Anything that is no matrix is refused by the instance, whatever its width.
    return int(array.shape[1]) if array.ndim == 2 and array.shape[1] else 1


def _largest(weights: Sequence[Enclosure]) -> list[Enclosure]:
    """1 for the largest, 0 for the others: equal scores have equal enclosures, different ones disjoint enclosures."""
    top = max(weights, key=lambda weight: weight.lo)
    if any(weight != top and weight.hi >= top.lo for weight in weights):
        raise ArithmeticError(f"the largest of {[str(weight) for weight in weights]} cannot be told")
    return [ONE if weight == top else ZERO for weight in weights]
