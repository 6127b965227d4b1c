"""Answers by Transformers, compiled when a question of a new size comes."""

from __future__ import annotations

from proofformer.compiler import planned
from proofformer.problems import Decision, PairAnswer, Problem
from proofformer.problems.instances import Instance
from proofformer.runtime.model import Model, model_of


class OnDemand:
    """`answer(problem, instance)` by the model of that problem for the next power of two of documents, in float32, or
    float64 where that has none."""

    def __init__(self, device: str = "cpu") -> None:
        self.device = device
        self.models: dict[tuple[Problem, int], Model] = {}

    def answer(self, problem: Problem, instance: Instance) -> PairAnswer | Decision:
        """Raises ProofError when neither dtype can guarantee an answer."""
        return self.model(problem, instance.n).solved([instance])[0]

    def model(self, problem: Problem, n: int) -> Model:
        key = problem, max(2, 1 << (n - 1).bit_length())
        if key not in self.models:
            self.models[key] = model_of(problem, planned(*key)).to(self.device)
        return self.models[key]
