"""A question about documents: a problem and the sets it is asked about."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from proofformer.problems import Problem
from proofformer.problems.answers import PairAnswer
from proofformer.problems.instances import Instance
from proofformer.problems.numbers import Exact
from proofformer.problems.oracle import pair_value

Rows = npt.NDArray[np.uint8]


@dataclass(frozen=True, eq=False)
class Asked:
    """`problem` asked about one set of documents (n, l), or two. `of` raises InputError as `Problem.instance` does."""

    problem: Problem
    instance: Instance

    @staticmethod
    def of(problem: Problem, A: object, B: object = None) -> Asked:
        return Asked(problem, problem.instance(A, B))

    @property
    def sets(self) -> tuple[Rows, ...]:
        return self.instance.sets

    @property
    def sizes(self) -> tuple[int, ...]:
        """The number of documents of each set."""
        return tuple(map(len, self.sets))

    @property
    def dim(self) -> int:
        return self.problem.dim

    def value(self, i: int, j: int) -> Exact:
        """The exact value of a pair."""
        return pair_value(self.sets[0][i], self.sets[-1][j], measure=self.problem.kind.measure)

    def pair(self, i: int, j: int) -> PairAnswer:
        """The answer that names this pair."""
        return PairAnswer((i, j), self.value(i, j))

    def right(self, answer: Any) -> bool:
        """Whether an answer is right by the exact oracle: any best pair with its value, within gamma, or the decision.

        Reductions keep what is asked, not which of several best pairs is named.
        """
        return self.problem.accepts(self.instance, answer, any_best=True)
