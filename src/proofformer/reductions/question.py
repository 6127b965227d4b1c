"""A question about documents: a problem and the sets it is asked about."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from proofformer.problems import Problem
from proofformer.problems.answers import Answer, Decision, PairAnswer
from proofformer.problems.arrays import Sets
from proofformer.problems.instances import Instance
from proofformer.problems.oracle import pair_value


@dataclass(frozen=True, eq=False)
class Question:
    """`problem` asked about one set of documents (n, l), or two. `of` raises InputError as `Problem.instance` does."""

    problem: Problem
    instance: Instance

    @staticmethod
    def of(problem: Problem, A: object, B: object = None) -> Question:
        return Question(problem, problem.instance(A, B))

    def instead(self, *sets: object, **changed: Any) -> Question:
        """Another question: its problem differs in these fields, and it is asked about other sets, if any are given."""
        return Question.of(replace(self.problem, **changed), *(sets or self.sets))

    @property
    def sets(self) -> Sets:
        return self.instance.sets

    @property
    def sizes(self) -> tuple[int, ...]:
        """The number of documents of each set."""
        return tuple(map(len, self.sets))

    @property
    def dim(self) -> int:
        return self.problem.dim

    @property
    def decides(self) -> bool:
        return self.problem.question == "decide"

    def norms(self, side: int) -> list[int]:
        """The numbers of ones that documents of the first (0) or the last (-1) set have, each once."""
        return [int(ones) for ones in np.unique(self.sets[side].sum(axis=1, dtype=np.int64))]

    def pair(self, i: int, j: int) -> PairAnswer:
        """The answer that names this pair, with its exact value."""
        value = pair_value(self.sets[0][i], self.sets[-1][j], measure=self.problem.kind.measure)
        return PairAnswer((i, j), value)

    def same(self, answer: Answer) -> Answer:
        """The answer to another question, as one to this: the pair it names has its value here."""
        return answer if isinstance(answer, Decision) or answer.pair is None else self.pair(*answer.pair)

    def right(self, answer: Any) -> bool:
        """Whether an answer is right by the exact oracle: any best pair with its value, within gamma, or the decision.

        Reductions keep what is asked, not which of several best pairs is named.
        """
        return self.problem.accepts(self.instance, answer, any_best=True)
