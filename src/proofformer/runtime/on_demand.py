"""Answers by Transformers, compiled when a question of a new size comes."""

from __future__ import annotations

from collections.abc import Callable

from proofformer.errors import ProofError
from proofformer.problems import Decision, PairAnswer, Problem
from proofformer.problems.instances import Instance
from proofformer.runtime.model import Model, compile_model


class OnDemand:
    """`answer(problem, instance)` by the model of that problem for the next power of two of documents.

    The dtype is the first of float32 and float64 that has a plan. `told` hears of each model that is compiled.
    """

    def __init__(self, device: str = "cpu", told: Callable[[Model], None] | None = None) -> None:
        self.device = device
        self.told = told
        self.models: dict[tuple[Problem, int], Model] = {}

    def answer(self, problem: Problem, instance: Instance) -> PairAnswer | Decision:
        """Raises ProofError when neither dtype can guarantee an answer."""
        return self.model(problem, instance.n).solved([instance])[0]

    def model(self, problem: Problem, n: int) -> Model:
        key = problem, max(2, 1 << (n - 1).bit_length())
        if key not in self.models:
            self.models[key] = self._compiled(*key).to(self.device)
            if self.told is not None:
                self.told(self.models[key])
        return self.models[key]

    def _compiled(self, problem: Problem, max_n: int) -> Model:
        try:
            return compile_model(problem, max_n=max_n, dtype="float32")
        except ProofError:
            return compile_model(problem, max_n=max_n, dtype="float64")
