"""A model's Transformer, run by the engine: one instance at a time, on a residual stream that is feature-major."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
import torch
from torch import Tensor

from proofformer.runtime.attention import sdpa
from proofformer.runtime.engine.attend import QUERIES, attention, margin
from proofformer.runtime.engine.planes import Scores, scores_of
from proofformer.runtime.engine.rows import Rows
from proofformer.runtime.engine.sparse import Array, Sparse, SparseMLP, add_times, numbers, times
from proofformer.runtime.transformer import Block, SelfAttention, Transformer

EMBEDDED = 1 << 14
"""Tokens that are embedded at a time: all of them once more would take room that a million documents do not have."""


KEPT = 1 << 27
"""Bytes of a residual stream that stay for the next instance."""

Part = tuple[int, int]
Blocks = Callable[[list[Part], Array], Iterable[Part]]
"""blocks(parts, out): for each part a `Run` of its queries first..last-1, and the parts as they are done."""

Attend = Callable[[Scores, Sparse, Array, int], Blocks]
"""Who runs blocks of queries: asked as `attention` is."""


def in_threads(pool: ThreadPoolExecutor) -> Attend:
    """On this machine."""

    def attend(scores: Scores, values: Sparse, x: Array, itself: int) -> Blocks:
        run = attention(scores, values, x, itself)

        def blocks(parts: list[Part], out: Array) -> Iterable[Part]:
            done = pool.map(lambda part: run(part[0], part[1], out), parts)
            return (part for part, _ in zip(parts, done, strict=True))

        return blocks

    return attend


class Heads:
    """The attention of a block, head by head."""

    def __init__(self, of: SelfAttention, dtype: type[np.floating[Any]]) -> None:
        width = of.query.weight.shape[0] // of.heads
        parts = [slice(h * width, (h + 1) * width) for h in range(of.heads)]
        self.queries, self.keys, self.values = (
            [Sparse.of(numbers(layer.weight)[part], dtype) for part in parts] for layer in (of.query, of.key, of.value)
        )
        self.outputs = [Sparse.of(numbers(of.output.weight)[:, part], dtype) for part in parts]

    def add_every(self, x: Array, itself: int, attend: Attend, done: Callable[[Part], None]) -> None:
        """Add what all tokens fetch: x (width, n). `done` is told of each block of queries."""
        fetched, n = [], x.shape[1]
        # The last queries see the most keys.
        parts = [(first, min(n, first + QUERIES)) for first in reversed(range(1, n, QUERIES))]
        for queries, keys, values in zip(self.queries, self.keys, self.values, strict=True):
            out = np.zeros((len(values), n), x.dtype)
            scores = scores_of(Rows.of(queries, x), Rows.of(keys, x))
            if scores is None:
                _dense(queries, keys, values, x, itself, out)
            else:
                blocks = attend(scores, values, x, itself)
                del scores  # for a million documents, hundreds of megabytes
                for part in blocks(parts, out):
                    done(part)
            fetched.append(out)
        if itself:
            for values, out in zip(self.values, fetched, strict=True):
                out[:, 0] = values.of_one(x, 0)
        for output, out in zip(self.outputs, fetched, strict=True):
            add_times(*output.parts, out, x, 0)

    def add_read(self, x: Array, itself: int) -> None:
        """Add what the last token fetches."""
        end = x.shape[1] - 1 + itself
        fetched = []
        for queries, keys, values in zip(self.queries, self.keys, self.values, strict=True):
            query, scores = queries.of_one(x, x.shape[1] - 1), np.zeros(end)
            for r in np.nonzero(query)[0]:
                for p in range(keys.pointer[r], keys.pointer[r + 1]):
                    scores += query[r] * float(keys.value[p]) * x[keys.column[p], :end]
            scores -= scores.max()
            near = np.nonzero(scores >= -margin(x))[0]
            weights = np.exp(scores[near].astype(x.dtype))
            seen = np.zeros((len(values), len(near)), x.dtype)
            times(*values.parts, np.ascontiguousarray(x[:, near]), seen, 0)
            fetched.append((seen @ weights / weights.sum())[:, None])
        for output, out in zip(self.outputs, fetched, strict=True):
            add_times(*output.parts, out, x, x.shape[1] - 1)


def _dense(queries: Sparse, keys: Sparse, values: Sparse, x: Array, itself: int, out: Array) -> None:
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
    out[:, out.shape[1] - mixed.shape[1] :] = mixed


class Room:
    """Residual streams of before, to work in again: memory that is asked for anew comes page by page."""

    def __init__(self, dtype: type[np.floating[Any]]) -> None:
        self.dtype = dtype
        self._left: list[Array] = []

    def taken(self, shape: tuple[int, int]) -> Array:
        """An array of this shape, with whatever in it, that nobody else has."""
        size = shape[0] * shape[1]
        room = self._left.pop() if self._left else np.empty(0, self.dtype)
        if not size <= len(room) <= 4 * size:
            room = np.empty(size, self.dtype)
        return room[:size].reshape(shape)

    def given_back(self, x: Array) -> None:
        whole = x if x.base is None else x.base
        if whole.nbytes <= KEPT and not self._left:
            self._left.append(whole)


class Engine:
    """What a Transformer's weights do to tokens, by sparse products and counts of bits.

    In float64 for float64, else in float32: what another dtype stores exactly, and its accumulators, it has.
    `progress(done, of)` is told, now and then, how many pairs of tokens have met, in all heads. `attend` runs attention
    of all tokens, unless it is None: threads here do.
    """

    def __init__(self, transformer: Transformer) -> None:
        self.stored = transformer.embed.weight.dtype
        self.dtype: type[np.floating[Any]] = np.float64 if self.stored is torch.float64 else np.float32
        self.embed, self.unembed = (
            Sparse.of(numbers(layer.weight), self.dtype) for layer in (transformer.embed, transformer.unembed)
        )
        self.blocks = [self._block(block) for block in transformer.blocks if isinstance(block, Block)]
        self._room = Room(self.dtype)
        self.progress: Callable[[int, int], None] | None = None
        self.attend: Attend | None = None
        self.itself = int(any(block.inclusive for block in transformer.blocks if isinstance(block, Block)))

    def _block(self, block: Block) -> tuple[bool, Heads | None, SparseMLP | None]:
        heads = None if block.attention is None else Heads(block.attention, self.dtype)
        if block.mlp is None:
            return block.read, heads, None
        hidden, output = block.mlp.hidden, block.mlp.output
        w1, b1, w2, b2 = map(numbers, (hidden.weight, hidden.bias, output.weight, output.bias))
        return block.read, heads, SparseMLP(w1, b1, w2, b2, self.dtype)

    def __call__(self, tokens: Tensor) -> Tensor:
        """Tokens (batch, n, inputs) of any dtype -> bits at the READ token (batch, outputs), as `Transformer` does."""
        bits = []
        for one in tokens:
            x = self.stream(one)
            bits.append(self.unembed.of_one(x, x.shape[1] - 1))
            self._room.given_back(x)
        return torch.from_numpy(np.stack(bits)).to(self.stored)

    def stream(self, tokens: Tensor) -> Array:
        """Tokens (n, inputs) -> the residual stream at the end (width, n); beyond the blocks of all tokens, READ's is
        the only column that goes on."""
        x = self._room.taken((len(self.embed), len(tokens)))
        for at in range(0, len(tokens), EMBEDDED):
            part = tokens[at : at + EMBEDDED].T.contiguous().to(torch.float64).numpy().astype(self.dtype)
            times(*self.embed.parts, part, x, at)
        n, met = len(tokens), 0
        heads_of_all = sum(len(heads.keys) for read, heads, _ in self.blocks if heads is not None and not read)

        def done(part: Part) -> None:
            nonlocal met
            first, last = part
            met += (last * (last - 1) - first * (first - 1)) // 2
            if self.progress is not None:
                self.progress(met, heads_of_all * n * (n - 1) // 2)

        with ThreadPoolExecutor(torch.get_num_threads()) as pool:
            attend = self.attend or in_threads(pool)
            at_read = False
            for read, heads, mlp in self.blocks:
                at_read |= read
                first = x.shape[1] - 1 if at_read else 0
                if heads is not None and at_read:
                    heads.add_read(x, self.itself)
                elif heads is not None:
                    heads.add_every(x, self.itself, attend, done)
                if mlp is not None:
                    mlp.add_to(x, first)
        return x
