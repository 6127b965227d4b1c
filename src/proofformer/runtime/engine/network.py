"""A model's Transformer, run by the engine: one instance at a time, on a residual stream that is feature-major."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import nullcontext
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor

from proofformer.problems.arrays import Array
from proofformer.runtime.attention import sdpa
from proofformer.runtime.engine.attend import Fetch, margin
from proofformer.runtime.engine.passes import QUERIES
from proofformer.runtime.engine.planes import scores_of
from proofformer.runtime.engine.rows import Rows
from proofformer.runtime.engine.sparse import Sparse, SparseMLP, add_times, embed, numbers, scores_of_one, times
from proofformer.runtime.transformer import Block, SelfAttention, Transformer

Span = tuple[int, int]
Share = Callable[[Sequence[Fetch], list[Span], Callable[[Span, list[Array]], None]], Iterator[Span]]
"""share(fetches, parts, finish): for each part finish((first, last), what its queries fetch), and the parts as they are
done."""


def in_threads(pool: ThreadPoolExecutor | None) -> Share:
    """On this machine; without a pool, in this thread."""

    def share(
        fetches: Sequence[Fetch], parts: list[Span], finish: Callable[[Span, list[Array]], None]
    ) -> Iterator[Span]:
        def one(part: Span) -> None:
            finish(part, [fetch(max(1, part[0]), part[1]) for fetch in fetches])

        for fetch in fetches:
            _ = fetch.ready
        done = map(one, parts) if pool is None else pool.map(one, parts)
        return (part for part, _ in zip(parts, done, strict=True))

    return share


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

    def fetches(self, x: Array, n: int, itself: int) -> list[Fetch | Dense]:
        """What each head fetches from the n tokens that x (width, columns) has now."""
        made: list[Fetch | Dense] = []
        for queries, keys, values in zip(self.queries, self.keys, self.values, strict=True):
            scores = scores_of(Rows.of(queries, x, n), Rows.of(keys, x, n))
            if scores is None:
                made.append(Dense.of(queries, keys, values, x[:, :n], itself))
            else:
                made.append(Fetch(scores, Rows.of(values, x, n), x.dtype.type, itself))
        return made

    def of_start(self, x: Array, itself: int) -> list[Array]:
        """What START fetches with each head (values, 1): its own, if tokens see themselves, else nothing."""
        return [itself * values.of_one(x, 0).astype(x.dtype)[:, None] for values in self.values]

    def add(self, fetched: list[Array], x: Array, first: int) -> None:
        """Add to the tokens from `first` on what each head fetched."""
        for output, columns in zip(self.outputs, fetched, strict=True):
            add_times(*output.parts, columns, x, first)

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
        self.add(fetched, x, n - 1)


@dataclass(frozen=True)
class Dense:
    """What a head whose scores are no sum of few planes fetches (values, n), by torch's own attention."""

    mixed: Array

    @staticmethod
    def of(queries: Sparse, keys: Sparse, values: Sparse, x: Array, itself: int) -> Dense:
        made = []
        for matrix in (queries, keys, values):
            rows = np.empty((len(matrix), x.shape[1]), x.dtype)
            times(*matrix.parts, x, rows, 0)
            made.append(torch.from_numpy(rows.T[None, None]))
        q, k, v = made
        if not itself:
            q, k, v = q[:, :, 1:], k[:, :, :-1], v[:, :, :-1]
        mixed = np.zeros((len(values), x.shape[1]), x.dtype)
        mixed[:, 1 - itself :] = sdpa(q, k, v, scale=1.0, causal=True)[0, 0].T.numpy()
        return Dense(mixed)

    def __call__(self, first: int, last: int) -> Array:
        return self.mixed[:, first:last]


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

    def go_on(self, x: Array, first: int, last: int) -> None:
        for mlp in self.mlps:
            mlp.add_to(x, first, last)

    def fetching(self, x: Array, n: int, itself: int) -> tuple[list[Fetch], Callable[[Span, list[Array]], None]]:
        """What is fetched from n tokens, and what each part of them is then made of."""
        heads = self.heads
        if heads is None:
            return [], lambda part, fetched: self.go_on(x, *part)
        fetches, start = heads.fetches(x, n, itself), heads.of_start(x, itself)

        def finish(part: Span, fetched: list[Array]) -> None:
            first, last = part
            if first == 0:
                heads.add(start, x, 0)
            first, found = max(1, first), iter(fetched)
            columns = [next(found) if isinstance(fetch, Fetch) else fetch(first, last) for fetch in fetches]
            heads.add(columns, x, first)
            self.go_on(x, part[0], last)

        return [fetch for fetch in fetches if isinstance(fetch, Fetch)], finish


class Engine:
    """What a Transformer's weights do to tokens, by sparse products and counts of bits.

    In float64 for float64, else in float32: what another dtype stores exactly, and its accumulators, it has.
    `progress(done, of)` is told, now and then, how many pairs of tokens have met, in all stages.
    `share` shares attention of all tokens out, unless it is None: among threads here.
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
        self.share: Share | None = None

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

        def embedded(part: Span, fetched: list[Array]) -> None:
            first, last = part
            embed(*self.embed.parts, tokens[first:last].to(kind).numpy(), x, first)
            self.of_all[0].go_on(x, first, last)

        # The last queries see the most keys.
        parts = [(first, min(n, first + QUERIES)) for first in reversed(range(0, n, QUERIES))]
        threads = min(len(parts), torch.get_num_threads())
        with ThreadPoolExecutor(threads) if threads > 1 else nullcontext() as pool:
            here = in_threads(pool)
            self._told(here([], parts, embedded), n, 0)
            for k in range(1, len(self.of_all)):
                self._stage(k, x, n, parts, here)
        for stage in self.of_read:
            if stage.heads is not None:
                stage.heads.of_read(x, n, self.itself)
            stage.go_on(x, n - 1, n)
        return x

    def _stage(self, k: int, x: Array, n: int, parts: list[Span], here: Share) -> None:
        fetches, finish = self.of_all[k].fetching(x, n, self.itself)
        share = self.share if self.share is not None and fetches else here
        self._told(share(fetches, parts, finish), n, k)

    def _told(self, parts: Iterator[Span], n: int, stage: int) -> None:
        """Do all parts, and tell how far it is."""
        left = n * (n - 1) // 2
        for first, last in parts:
            left -= (last * (last - 1) - first * (first - 1)) // 2
            if self.progress is not None and stage:
                pairs = n * (n - 1) // 2
                self.progress(stage * pairs - left, (len(self.of_all) - 1) * pairs)
