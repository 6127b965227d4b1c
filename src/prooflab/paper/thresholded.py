"""Theorems C.1 and C.2: inner products and similarities with a threshold (Alman & Yu, ICLR 2025, arXiv 2410.04271)."""

from abc import abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Literal

import numpy as np

from proofformer.errors import InputError
from proofformer.problems.arrays import Array
from proofformer.problems.numbers import Exact, square_root
from prooflab.paper.construction import Construction, Threshold, exponential
from prooflab.paper.enclosures import Enclosure, root
from prooflab.paper.lemmas import append_coordinate, normalise

Sentinel = Literal["printed", "mended"]


@dataclass(frozen=True)
class Thresholded(Construction):
    """Rows (v, 1), sentinel (0, .., 0, t + 1), Q K^T = +-3 ln(n) I, V = (1, .., 1, 0).

    Where the least is sought the sentinel is printed as -(t + 1); `sentinel` = "mended" reads t + 1 there.
    Raises InputError for another sentinel, or for "mended" where there is nothing to mend.
    """

    problem: str
    sentinel: Sentinel = "printed"

    def __post_init__(self) -> None:
        if self.problem not in self._problems:
            raise InputError(f"{self.theorem} decides no {self.problem!r}: choose {' or '.join(self._problems)}")
        if self.sentinel not in ("printed", "mended"):
            raise InputError(f"sentinel is {self.sentinel!r}: choose printed or mended")
        if self.sentinel == "mended" and self.sign > 0:
            raise InputError(f"the sentinel of {self.problem} is printed with the right sign: leave it as printed")

    @property
    @abstractmethod
    def _problems(self) -> tuple[str, str]:
        """The two problems of the theorem."""

    @property
    @abstractmethod
    def _named(self) -> str:
        """What the score is called in formulas."""

    @abstractmethod
    def _score(self, k: int, a: int, b: int) -> Exact:
        """The inner product of two documents' rows without the coordinate that is appended."""

    @abstractmethod
    def _prepare(self, X: Array) -> Array:
        """The documents' rows, in float64, before the coordinate is appended."""

    @property
    def name(self) -> str:
        return self.problem

    @property
    def reading(self) -> str:
        return f"sentinel {self.sentinel}" if self.sign < 0 else ""

    @property
    def _side(self) -> int:
        return -1 if self.sign < 0 and self.sentinel == "printed" else 1

    def embed(self, X: Array, t: Threshold) -> Array:
        assert t is not None, "the question has a threshold"
        documents = append_coordinate(self._prepare(X), 1.0)
        sentinel = append_coordinate(np.zeros((*X.shape[:-2], 1, X.shape[-1])), self._side * (float(t) + 1))
        return np.concatenate([documents, sentinel], axis=-2)

    def value_vector(self, dim: int) -> Array:
        return np.append(np.ones(dim), 0.0)

    def mended(self) -> dict[str, Construction]:
        return {"sentinel": replace(self, sentinel="mended")} if self._side < 0 else {}

    @property
    def law(self) -> str:
        sign, beyond = "" if self.sign > 0 else "-", "- t" if self._side > 0 else "+ t + 2"
        return f"n^({sign}3 ({self._named} {beyond}))"

    def _weight(self, n: int, k: int, a: int, b: int, t: Threshold) -> Enclosure:
        assert t is not None, "the question has a threshold"
        score = self._score(k, a, b)
        if self._side > 0:
            return exponential(n, self.sign, score, t)
        # (score + 1) - (-(t + 1)), a difference of the same sign for all documents.
        return exponential(n, self.sign, score) * exponential(n, self.sign, t) * exponential(n, self.sign, 2)


@dataclass(frozen=True)
class InnerProducts(Thresholded):
    """Theorem C.1, max-ip and min-ip: the documents as they are; thresholds 1..l and 0..l - 1."""

    theorem = "Theorem C.1"

    @property
    def in_coq(self) -> tuple[tuple[str, ...], ...]:
        if self.sign > 0:
            return ("max_ip_says_yes", "max_ip_wrong"), ("max_ip_decided", "decides_pairs"), ("max_ip_compiled",)
        printed = ("min_ip_says_no", "min_ip_wrong") if self._side < 0 else ("min_ip_mended_exactly",)
        return printed, ("min_ip_decided", "decides_pairs"), ("min_ip_compiled",)

    @property
    def _problems(self) -> tuple[str, str]:
        return ("max-ip", "min-ip")

    def thresholds(self, dim: int) -> Sequence[Threshold]:
        return range(1, dim + 1) if self.sign > 0 else range(dim)

    @property
    def _named(self) -> str:
        return "k"

    def _prepare(self, X: Array) -> Array:
        return X

    def _score(self, k: int, a: int, b: int) -> Exact:
        return k

    def _value(self, ones: int) -> Enclosure:
        return Enclosure.exactly(ones)


@dataclass(frozen=True)
class PublishedSimilarities(Thresholded):
    """Theorem C.2, msd and lsd: documents divided by their norm, printed as the 1-norm (`norm` = 1); 2 is the cosine's.

    Thresholds are the cosines that occur between two rows of l entries. Raises InputError for another norm.
    """

    norm: int = 1

    theorem = "Theorem C.2"
    takes_zeros = False

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.norm not in (1, 2):
            raise InputError(f"norm is {self.norm!r}: pass 1 or 2")

    @property
    def _problems(self) -> tuple[str, str]:
        return ("msd", "lsd")

    @property
    def reading(self) -> str:
        return ", ".join(filter(None, (super().reading, f"{self.norm}-norm")))

    def thresholds(self, dim: int) -> Sequence[Threshold]:
        squares = {
            Fraction(k * k, a * b)
            for a in range(1, dim + 1)
            for b in range(a, dim + 1)
            for k in range(max(0, a + b - dim), a + 1)
        }
        met_by_all = 0 if self.sign > 0 else 1
        return [square_root(square) for square in sorted(squares - {met_by_all})]

    def mended(self) -> dict[str, Construction]:
        return super().mended() | ({"norm": replace(self, norm=2)} if self.norm == 1 else {})

    @property
    def _named(self) -> str:
        return "s"

    def _prepare(self, X: Array) -> Array:
        return normalise(X, self.norm)

    def _score(self, k: int, a: int, b: int) -> Exact:
        return Fraction(k, a * b) if self.norm == 1 else square_root(Fraction(k * k, a * b))

    def _value(self, ones: int) -> Enclosure:
        return root(1 if self.norm == 1 else square_root(ones))
