"""Rotated streams of random circuits: turned back, every number on every token is what the interpreter says."""

from __future__ import annotations

from contextlib import suppress
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from torch import Tensor
from torch.nn.functional import linear

from proofformer.artifacts.rotated import Rotated, rotated
from proofformer.artifacts.rows import flat
from proofformer.artifacts.stacked import Stacked, stacked
from proofformer.circuit import inclusive
from proofformer.errors import ProofError
from proofformer.planner import Plan, dtype_named, make_plan
from proofformer.planner.dtypes import DType
from proofformer.problems import problem
from proofformer.runtime import model_of
from proofformer.runtime.attention import Attention
from prooflab.fuzz import check, streams
from prooflab.fuzz.random_circuits import random_circuit

COUNT = 60


class Network:
    """A rotated plan as a network that shows its stream turned back, as `Comparison` asks a model's for it."""

    def __init__(self, plan: Plan, shape: Stacked, made: Rotated) -> None:
        self.plan, self.shape, self.made = plan, shape, made
        self.dtype = getattr(torch, plan.dtype.name)
        self.unembed = lambda stream: stream[:, flat(shape.answer)]

    def weights(self, matrix: np.ndarray) -> Tensor:
        exact = torch.from_numpy(matrix)
        stored = exact.to(self.dtype)
        assert torch.equal(stored.double(), exact)
        return stored

    def residuals(self, tokens: Tensor, kernel: Attention) -> list[Tensor]:
        turn, rest = self.weights(self.made.turn), self.weights(self.made.rest)
        x = tokens.new_zeros(*tokens.shape[:2], self.shape.width, dtype=self.dtype)
        x[..., flat(self.shape.columns)] = tokens.to(self.dtype)
        x = x @ turn + rest
        stream = [(x - rest) @ turn.T]
        for layout, numbers in zip(self.plan.layout.blocks, self.made.shape.blocks, strict=True):
            block = {name: self.weights(np.ascontiguousarray(matrix)) for name, matrix in numbers.items()}
            heads = (len(x), -1, self.shape.heads, self.shape.head_dim)
            q, k, v = (linear(x, block[name]).view(heads).transpose(1, 2) for name in ("query", "key", "value"))
            z, here = torch.zeros_like(v), len(layout.heads)
            if here:
                z[:, :here] = kernel(*(part[:, :here].contiguous() for part in (q, k, v)), scale=1, causal=True)
            x = x + linear(z.transpose(1, 2).flatten(2), block["output"], block["bo"])
            stream.append(x @ turn.T)
            x = x + linear(torch.relu(linear(x, block["w1"], block["b1"])), block["w2"], block["b2"])
            stream.append((x - rest) @ turn.T)
        return stream


def planned(rng: np.random.Generator, dtype: DType) -> check.Compiled:
    """A random circuit with heads whose tokens see themselves, and its plan."""
    while True:
        with suppress(ProofError):
            drawn, dim, bichromatic, max_n = random_circuit(rng)
            circuit = inclusive(check._in_rounds(rng, drawn))
            plan = make_plan(circuit, max_n=max_n, dtype=dtype)
            if plan.heads:
                return check.Compiled(circuit, dim, bichromatic, plan)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_random_circuits(dtype: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Half of them under the worst attention kernel, whose bits the step may move by as much as itself."""
    rng, asked, numbers = np.random.default_rng(0), dtype_named(dtype), 0
    step = 2.0 ** (asked.precision // 2 + 1 - asked.precision)
    up, down = streams._up, streams._down
    monkeypatch.setattr(streams, "_up", lambda x: up(x) - step)
    monkeypatch.setattr(streams, "_down", lambda x: down(x) + step)
    for seed in range(COUNT):
        made = planned(rng, asked)
        shape = stacked(made.plan, exact_root=False)
        model = model_of(problem("closest-pair", dim=made.dim, bichromatic=made.bichromatic), made.plan)
        network = Network(made.plan, shape, rotated(made.plan, shape, seed))
        own = {name: getattr(model, name) for name in ("plan", "problem", "attention", "tokens")}
        front = SimpleNamespace(**own, transformer=network)
        comparison = streams.Comparison(front, *check._instances(rng, made), rng)  # type: ignore[arg-type]
        assert list(comparison.faults()) == []
        numbers += comparison.numbers
    assert numbers > 100 * COUNT
