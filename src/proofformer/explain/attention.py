"""Where the heads of a model look: attention weights from the model's own queries and keys.

Queries and keys are those the model computes, in its dtype; scores and softmax are in float64. Attention is strictly
causal: a token sees those before it, and the first token sees none.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from proofformer.circuit import At
from proofformer.circuit.nodes import Head
from proofformer.runtime.model import Model
from proofformer.runtime.transformer import SelfAttention

Weights = NDArray[np.float64]


@dataclass(frozen=True)
class HeadView:
    """A head with its b and leak, and its queries and keys (n, d) for all tokens of one instance.

    A READ head has one query, (1, d), that of READ.
    """

    head: Head
    b: int
    leak: float
    queries: Tensor
    keys: Tensor

    @property
    def read(self) -> bool:
        return self.head.at is At.READ

    def scores(self, at: int) -> Weights:
        """The scores (at,) of the tokens before token `at`, which asks."""
        query = self.queries[at - len(self.keys)]
        return np.asarray((self.keys[:at].double() @ query.double()).numpy())

    def weights(self, at: int) -> Weights:
        """The attention weights (at,) of token `at` over the tokens before it. They sum to 1."""
        return np.asarray(torch.softmax(torch.from_numpy(self.scores(at)), dim=0).numpy())

    def best(self, at: int) -> list[int]:
        """The tokens of the largest score: different scores are at least b apart (docs/theory.md, section 4)."""
        scores = self.scores(at)
        return [int(t) for t in np.flatnonzero(scores > scores.max() - self.b / 2)]


@torch.inference_mode()
def head_views(model: Model, tokens: Tensor) -> list[HeadView]:
    """The heads of the model on one instance, tokens (1, n, inputs), in order of blocks."""
    views = []
    blocks = model.plan.layout.blocks
    with torch.autocast(tokens.device.type, enabled=False):
        for time, (seen, x) in enumerate(model.transformer.halves(tokens, model.attention)):
            number, mlp = divmod(time, 2)
            if mlp or number == len(blocks) or not blocks[number].heads:
                continue
            attention = model.transformer.get_submodule(f"blocks.{number}.attention")
            if not isinstance(attention, SelfAttention):
                raise TypeError(f"{type(attention).__name__} as the attention of block {number}")
            rows = x[0] if seen is None else torch.cat((seen[0], x[0]))
            queries = attention.query(rows[-1:] if blocks[number].at is At.READ else rows)
            keys = attention.key(rows)
            pairs = zip(queries.chunk(attention.heads, -1), keys.chunk(attention.heads, -1), strict=True)
            views += [_view(model, name, *pair) for name, pair in zip(blocks[number].heads, pairs, strict=True)]
    return views


def _view(model: Model, name: str, queries: Tensor, keys: Tensor) -> HeadView:
    numbers = model.plan.head(name)
    head = model.plan.circuit.heads[name]
    return HeadView(head, numbers.b, float(numbers.leak), queries.cpu(), keys.cpu())
