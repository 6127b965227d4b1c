"""The tokens of one instance, and what people call them."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor

from proofformer.circuit.nodes import IS_DOCUMENT, IS_FIRST, IS_SECOND, IS_START, PLACE
from proofformer.runtime.model import Model

SETS = {IS_DOCUMENT: "", IS_FIRST: "A", IS_SECOND: "B"}
START, PAD, READ = "START", "PAD", "READ"


def tokens_of(model: Model, sets: Sequence[np.ndarray]) -> Tensor:
    """The tokens (1, n + 2, inputs) of an instance, by its sets of documents."""
    return model.tokens(*(torch.tensor(rows, device=model.device)[None] for rows in sets))


def labels(tokens: Tensor, model: Model) -> list[str]:
    """A name for each token of one instance (n, inputs): START, PAD, READ, or a document such as 3, A3, B7."""
    inputs = model.plan.circuit.inputs
    columns = torch.split(tokens.long().cpu(), [s.width for s in inputs], -1)
    parts = dict(zip([s.name for s in inputs], columns, strict=True))
    bits = parts[PLACE]
    places = (bits << torch.arange(bits.shape[1])).sum(-1).tolist()
    named = [PAD] * len(tokens)
    for flag, letter in SETS.items():
        if flag in parts:
            named = [f"{letter}{places[t]}" if on else named[t] for t, on in enumerate(parts[flag][:, 0].tolist())]
    named = [START if on else named[t] for t, on in enumerate(parts[IS_START][:, 0].tolist())]
    return [*named[:-1], READ]
