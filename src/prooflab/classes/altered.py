"""A model, one alteration of its weights, and all weights before and after it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from torch import Tensor

from proofformer.problems.arrays import Floats
from proofformer.runtime import Model
from proofformer.verify.weights import Alteration


@dataclass(frozen=True)
class Altered:
    """The model, the alteration, and all weights before and after it, as float64."""

    model: Model
    alteration: Alteration
    before: Mapping[str, Floats]
    after: Mapping[str, Floats]

    @staticmethod
    def of(model: Model, alteration: Alteration) -> Altered:
        tensors: dict[str, Tensor] = dict(model.transformer.state_dict())
        new = alteration.apply(tensors)
        before = {name: t.double().cpu().numpy() for name, t in tensors.items()}
        after = before if new is None else before | {alteration.tensor: new.double().cpu().numpy()}
        return Altered(model, alteration, before, after)

    @property
    def block(self) -> int | None:
        """The block of the altered tensor; None for the embedding and the unembedding."""
        parts = self.alteration.tensor.split(".")
        return int(parts[1]) if parts[0] == "blocks" else None

    @property
    def part(self) -> str:
        """`mlp.hidden`, `attention.query`, ..; `embed`, `unembed`."""
        parts = self.alteration.tensor.split(".")
        return ".".join(parts[2:-1]) if parts[0] == "blocks" else parts[0]
