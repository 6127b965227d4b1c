"""Theorem 4.1: orthogonal vectors (Alman & Yu, ICLR 2025, arXiv 2410.04271)."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from proofformer.problems.arrays import Array
from prooflab.paper.construction import Construction, Threshold, exponential
from prooflab.paper.enclosures import Enclosure


@dataclass(frozen=True)
class OrthogonalVectors(Construction):
    """Documents as they are, the zero row as the sentinel, Q K^T = -3 ln(n) I, V = (1, .., 1).

    The claim: an orthogonal pair gives an output >= 1/(n + 1), otherwise all are <= (n + 1)^-1.5.
    """

    theorem = "Theorem 4.1"

    @property
    def in_coq(self) -> tuple[tuple[str, ...], ...]:
        return ("theorem_4_1_exactly", "theorem_4_1_empty"), ("min_ip_decided", "decides_pairs"), ("min_ip_compiled",)

    @property
    def name(self) -> str:
        return "ov"

    @property
    def reading(self) -> str:
        return ""

    def thresholds(self, dim: int) -> Sequence[Threshold]:
        return [None]

    def embed(self, X: Array, t: Threshold) -> Array:
        return np.concatenate([X, np.zeros((*X.shape[:-2], 1, X.shape[-1]))], axis=-2)

    def value_vector(self, dim: int) -> Array:
        return np.ones(dim)

    def mended(self) -> dict[str, Construction]:
        return {}

    @property
    def law(self) -> str:
        return "n^(-3 k)"

    def _weight(self, n: int, k: int, a: int, b: int, t: Threshold) -> Enclosure:
        return exponential(n, self.sign, k)

    def _value(self, ones: int) -> Enclosure:
        return Enclosure.exactly(ones)
