"""A model's Transformer, run by the engine: one instance at a time, on a residual stream that is feature-major."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
import torch
from torch import Tensor

from proofformer.runtime.attention import sdpa
from proofformer.runtime.engine.attend import Run, attention, margin
from proofformer.runtime.engine.passes import QUERIES
from proofformer.runtime.engine.planes import scores_of
from proofformer.runtime.engine.rows import Rows
from proofformer.runtime.engine.sparse import Array, Sparse, SparseMLP, add_times, embed, numbers, scores_of_one, times
from proofformer.runtime.transformer import Block, SelfAttention, Transformer

Part = Callable[[int, int], None]
"""part(first, last): something is done to tokens first..last-1."""

LINE, PAGE = 16, 64
"""float32 numbers in a line of the cache, and lines in a page."""

KEPT = 1 << 27
"""Bytes of a residual stream that stay for the next instance."""


class Heads:
    """The attention of a block, head by head."""

    def __init__(self, of: SelfAttention, dtype: type[np.floating[Any]]) -> None:
        width = of.query.weight.shape[0] // of.heads
        parts = [slice(h * width, (h + 1) * width) for h in range(of.heads)]
        self.queries, self.keys, self.values = (
            [Sparse.of(numbers(layer.weight)[part], dtype) for part in parts] for layer in (of.query, of.key, of.value)
        )
        self.outputs = [Sparse.of(numbers(of.output.weight)[:, part], dtype) for part in parts]

    def every(self, x: Array, n: int, itself: int) -> Part:
        """What adds to tokens what they fetch from the n tokens that x (width, columns) has now."""
        runs, own = [], []
        for queries, keys, values in zip(self.queries, self.keys, self.values, strict=True):
            scores = scores_of(Rows.of(queries, x, n), Rows.of(keys, x, n))
            if scores is None:
                runs.append(_dense(queries, keys, values, x[:, :n], itself))
            else:
                runs.append(attention(scores, Rows.of(values, x, n), x.dtype.type, itself))
            own.append(values.of_one(x, 0).astype(x.dtype)[:, None])

        def add(first: int, last: int) -> None:
            for run, start, output in zip(runs, own, self.outputs, strict=True):
                if first == 0 and itself:
                    add_times(*output.parts, start, x, 0)
                add_times(*output.parts, run(max(1, first), last), x, max(1, first))

        return add

    def of_read(self, x: Array, n: int, itself: int) -> None:
        """Add what the last of n tokens fetches."""
        end, dtype = n - 1 + itself, x.dtype.type
        fetched = []
        for queries, keys, values in zip(self.queries, self.keys, self.values, strict=True):
            scores = scores_of_one(queries.of_one(x, n - 1), *keys.parts, x, end)
            scores -= scores.max()
            near = np.nonzero(scores >= -margin(n, dtype))[0]
            weights = np.exp(scores[near].astype(dtype))
            seen = np.zeros((len(values), len(near)), dtype)
            times(*values.parts, np.ascontiguousarray(x[:, near]), seen, 0)
            fetched.append((seen @ weights / weights.sum())[:, None])
        for output, out in zip(self.outputs, fetched, strict=True):
            add_times(*output.parts, out, x, n - 1)


def _dense(queries: Sparse, keys: Sparse, values: Sparse, x: Array, itself: int) -> Run:
    """By torch's own attention, for scores that are no sums of few planes."""
    made = []
    for matrix in (queries, keys, values):
        rows = np.empty((len(matrix), x.shape[1]), x.dtype)
        times(*matrix.parts, x, rows, 0)
        made.append(torch.from_numpy(rows.T[None, None]))
    q, k, v = made
    if not itself:
        q, k, v = q[:, :, 1:], k[:, :, :-1], v[:, :, :-1]
    mixed = sdpa(q, k, v, scale=1.0, causal=True)[0, 0].T.numpy()
    left = x.shape[1] - mixed.shape[1]
    return lambda first, last: mixed[:, first - left : last - left]


class Room:
    """Residual streams of before, to work in again: memory that is asked for anew comes page by page."""

    def __init__(self, dtype: type[np.floating[Any]]) -> None:
        self.dtype = dtype
        self._left: list[Array] = []

    def taken(self, width: int, n: int) -> Array:
        """An array (width, n or some more columns), with whatever in it, that nobody else has.

        Its rows are half a page and a line more than whole pages apart: if they were just pages apart, the same tokens
        of all rows would share few places in a cache.
        """
        columns = (-(-n // (PAGE * LINE)) * PAGE + PAGE // 2 + 1) * LINE
        size = width * columns
        room = self._left.pop() if self._left else np.empty(0, self.dtype)
        if not size <= len(room) <= 4 * size:
            room = np.empty(size, self.dtype)
        return room[:size].reshape(width, columns)

    def given_back(self, x: Array) -> None:
        whole = x if x.base is None else x.base
        if whole.nbytes <= KEPT and not self._left:
            self._left.append(whole)


@dataclass(frozen=True)
class Stage:
    """What tokens go through one by one: what they fetched, or the embedding, and the MLPs after it."""

    heads: Heads | None
    mlps: list[SparseMLP]


class Engine:
    """What a Transformer's weights do to tokens, by sparse products and counts of bits.

    In float64 for float64, else in float32: what another dtype stores exactly, and its accumulators, it has.
    `progress(done, of)` is told, now and then, how many pairs of tokens have met, in all stages.
    """

    def __init__(self, transformer: Transformer) -> None:
        self.stored = transformer.embed.weight.dtype
        self.dtype: type[np.floating[Any]] = np.float64 if self.stored is torch.float64 else np.float32
        self.embed, self.unembed = (
            Sparse.of(numbers(layer.weight), self.dtype) for layer in (transformer.embed, transformer.unembed)
        )
        blocks = [block for block in transformer.blocks if isinstance(block, Block)]
        self.itself = int(any(block.inclusive for block in blocks))
        first_read = next((k for k, block in enumerate(blocks) if block.read), len(blocks))
        self.of_all = self._stages(blocks[:first_read])
        self.of_read = self._stages(blocks[first_read:])
        self._room = Room(self.dtype)
        self.progress: Callable[[int, int], None] | None = None

    def _stages(self, blocks: list[Block]) -> list[Stage]:
        stages = [Stage(None, [])]
        for block in blocks:
            if block.attention is not None:
                stages.append(Stage(Heads(block.attention, self.dtype), []))
            if block.mlp is not None:
                hidden, output = block.mlp.hidden, block.mlp.output
                w1, b1, w2, b2 = map(numbers, (hidden.weight, hidden.bias, output.weight, output.bias))
                stages[-1].mlps.append(SparseMLP(w1, b1, w2, b2, self.dtype))
        return stages

    def __call__(self, tokens: Tensor) -> Tensor:
        """Tokens (batch, n, inputs) of any dtype -> bits at the READ token (batch, outputs), as `Transformer` does."""
        bits = []
        for one in tokens:
            x = self.stream(one)
            bits.append(self.unembed.of_one(x, len(one) - 1))
            self._room.given_back(x)
        return torch.from_numpy(np.stack(bits)).to(self.stored)

    def stream(self, tokens: Tensor) -> Array:
        """Tokens (n, inputs) -> the residual stream at the end (width, n or more columns); beyond the blocks of all
        tokens, READ's is the only column that goes on."""
        n = len(tokens)
        x = self._room.taken(len(self.embed), n)
        small = tokens.dtype is torch.uint8
        kind = tokens.dtype if small else torch.float64 if self.dtype is np.float64 else torch.float32

        def embedded(first: int, last: int) -> None:
            embed(*self.embed.parts, tokens[first:last].to(kind).numpy(), x, first)

        with ThreadPoolExecutor(torch.get_num_threads()) as pool:
            for k, stage in enumerate(self.of_all):
                start = embedded if stage.heads is None else stage.heads.every(x, n, self.itself)
                self._through(partial(_through, start, stage.mlps, x), n, k, pool)
        for stage in self.of_read:
            if stage.heads is not None:
                stage.heads.of_read(x, n, self.itself)
            for mlp in stage.mlps:
                mlp.add_to(x, n - 1, n)
        return x

    def _through(self, part: Part, n: int, stage: int, pool: ThreadPoolExecutor) -> None:
        """Do this part by part for n tokens."""
        # The last queries see the most keys.
        parts = [(first, min(n, first + QUERIES)) for first in reversed(range(0, n, QUERIES))]
        alone = len(parts) == 1 or torch.get_num_threads() == 1
        left = n * (n - 1) // 2
        for (first, last), _ in zip(parts, (map if alone else pool.map)(lambda ends: part(*ends), parts), strict=True):
            left -= (last * (last - 1) - first * (first - 1)) // 2
            if self.progress is not None and stage:
                pairs = n * (n - 1) // 2
                self.progress(stage * pairs - left, (len(self.of_all) - 1) * pairs)


def _through(start: Part, mlps: list[SparseMLP], x: Array, first: int, last: int) -> None:
    start(first, last)
    for mlp in mlps:
        mlp.add_to(x, first, last)
