"""Replacements of attention that are in use, with the signature of every kernel (docs/kernels.md).

Each declares the cost of its method, whatever it costs here: selections are dense masks. Where a method keeps a state
of fixed size, `state` gives it, and the kernel computes what it returns from that state alone.
"""

from __future__ import annotations

import reprlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

import torch
from torch import Tensor
from torch.nn import functional

from proofformer.challenge.verdicts import Growth
from proofformer.errors import InputError, one_of
from proofformer.runtime.attention import Attention, guarded, name_of, sdpa

SINKS, WINDOW = 4, 64
"""Tokens that a sliding window always sees, the first ones, and the last ones."""
BLOCK, BLOCKS = 16, 3
"""Keys that are pooled, and how many such blocks a query reads, its own among them."""
KEPT = 16
"""Keys that a query reads of those with the best scores."""
NARROWER = 4
"""An indexer's queries and keys are so many times narrower than those of the head."""
MOST_NUMBERS = 1 << 21
"""Of states that are in memory at once."""

State = Callable[[Tensor, Tensor], Tensor]
Features = Callable[[Tensor], Tensor]


@dataclass(frozen=True, eq=False)
class Kernel:
    """A replacement of attention. `call(q, k, v, *, scale, causal)` is the kernel and `cost` that of its method, None
    when nobody has declared it.

    `state(k, v)` is what the method keeps of keys and values (batch, heads, n, d) that it has read: all that it knows
    of them. None for a method that keeps them all, or a kernel of which that is not known.
    """

    name: str
    call: Attention
    cost: Growth | None = None
    state: State | None = None
    says: str = ""

    @property
    def built_in(self) -> bool:
        return BUILT_IN.get(self.name) is self

    def __call__(self, q: Tensor, k: Tensor, v: Tensor, *, scale: float, causal: bool) -> Tensor:
        return self.call(q, k, v, scale=scale, causal=causal)


def as_kernel(given: object, name: str | None = None, cost: str | None = None) -> Kernel:
    """Somebody's kernel, `guarded`, or a built-in one. Raises `InputError` for what cannot be called, a cost that is
    none, and one that a built-in kernel does not have."""
    if isinstance(given, Kernel) and given.built_in:
        if cost not in (None, given.cost):
            raise InputError(
                f"cost {cost!r}: {given.name} is built in and declares its own, {given.cost}: leave it out"
            )
        return given
    if cost not in (None, *Growth):
        raise InputError(f"cost {cost!r} is unknown: {one_of(cost, Growth)}")
    if not callable(given):
        raise InputError(
            f"{name or 'the kernel'} is {reprlib.repr(given)}: name a function attention(q, k, v, *, scale, causal), "
            "or a model with start, step and state_bits"
        )
    called = name or name_of(given)
    kernel = given if isinstance(given, Kernel) else Kernel(called, given)
    return replace(kernel, name=called, call=guarded(kernel.call), cost=kernel.cost if cost is None else Growth(cost))


def _accumulated(*tensors: Tensor) -> Iterator[Tensor]:
    """In the type that sums are kept in."""
    return (x if x.dtype is torch.float64 else x.float() for x in tensors)


def _visible(q: Tensor, k: Tensor, causal: bool) -> tuple[Tensor, Tensor, Tensor]:
    """Places of queries (m, 1) and keys (1, n), and which keys each query sees (m, n). One query stands last."""
    m, n = q.shape[2], k.shape[2]
    at = torch.arange(n - m, n, device=q.device)[:, None]
    keys = torch.arange(n, device=q.device)[None]
    return at, keys, keys <= at if causal else torch.ones(m, n, dtype=torch.bool, device=q.device)


def _softmax(q: Tensor, k: Tensor, v: Tensor, scale: float, read: Tensor) -> Tensor:
    """Attention to the keys (.., m, n) that are read."""
    q64, k64, v64 = _accumulated(q, k, v)
    scores = scale * (q64 @ k64.transpose(-1, -2))
    return (scores.masked_fill(~read, -torch.inf).softmax(-1) @ v64).to(q.dtype)


def _best(scores: Tensor, seen: Tensor, count: int) -> Tensor:
    """The `count` keys of the largest scores (.., m, n) among those seen, as a mask."""
    chosen = scores.masked_fill(~seen, -torch.inf).topk(min(count, scores.shape[-1]), dim=-1).indices
    return torch.zeros_like(scores, dtype=torch.bool).scatter(-1, chosen, True) & seen


def _sums(keys: Tensor, values: Tensor) -> Iterator[tuple[int, Tensor]]:
    """The state after each token, sum of features times values, some tokens (batch, heads, some, f, d) at a time.

    Added up one token after the other, in float64: the same state, the same bits from there on.
    """
    batch, heads, n, width = keys.shape
    step = max(1, MOST_NUMBERS // (batch * heads * width * values.shape[-1]))
    last = keys.new_zeros(batch, heads, 1, width, values.shape[-1])
    for start in range(0, n, step):
        here = slice(start, start + step)
        met = keys[:, :, here, :, None] * values[:, :, here, None, :]
        sums = torch.cat((last, met), dim=2).cumsum(2)
        last = sums[:, :, -1:]
        yield start, sums[:, :, 1:]


def _weighed(v: Tensor) -> Tensor:
    """Values with a one beside them, which adds up to the sum of the weights."""
    return functional.pad(v.double(), (0, 1), value=1.0)


def linear(name: str, queries: Features, keys: Features, says: str) -> Kernel:
    """Attention with the weight <queries(q), keys(k)> in place of exp(q . k): a state of features times values."""

    def state(k: Tensor, v: Tensor) -> Tensor:
        *_, (_, sums) = _sums(keys(k.double()), _weighed(v))
        return sums[:, :, -1]

    def call(q: Tensor, k: Tensor, v: Tensor, *, scale: float, causal: bool) -> Tensor:
        root = scale**0.5
        asking, parts = queries(root * q.double()), []
        for start, sums in _sums(keys(root * k.double()), _weighed(v)):
            some = asking[:, :, start : start + sums.shape[2]] if causal else asking
            # Without causal, all queries ask the last state.
            parts.append(
                torch.einsum(
                    "bhmf,bhmfd->bhmd",
                    some,
                    sums if causal else sums[:, :, -1:].expand(-1, -1, asking.shape[2], -1, -1),
                )
            )
        out = torch.cat(parts, dim=2) if causal else parts[-1]
        return (out[..., :-1] / out[..., -1:]).to(q.dtype)

    return Kernel(name, call, Growth.LINEAR, state, says)


def _elu(x: Tensor) -> Tensor:
    return functional.elu(x) + 1


def _powers(x: Tensor, half: float) -> Tensor:
    """1, the entries, and their products in pairs."""
    pairs = half * (x[..., :, None] * x[..., None, :]).flatten(-2)
    return torch.cat((torch.ones_like(x[..., :1]), x, pairs), dim=-1)


def window(q: Tensor, k: Tensor, v: Tensor, *, scale: float, causal: bool) -> Tensor:
    """A sliding window with sinks: the first `SINKS` tokens and the last `WINDOW`."""
    at, keys, seen = _visible(q, k, causal)
    return _softmax(q, k, v, scale, seen & ((keys < SINKS) | (keys > at - WINDOW)))


def _in_window(k: Tensor, v: Tensor) -> Tensor:
    both = torch.cat((k, v), dim=-1)
    return torch.cat((both[:, :, :SINKS], both[:, :, -WINDOW:]), dim=2)


def pooled(q: Tensor, k: Tensor, v: Tensor, *, scale: float, causal: bool) -> Tensor:
    """The `BLOCKS` blocks of `BLOCK` keys whose means score best, the query's own among them (as MoBA, NSA)."""
    at, _, seen = _visible(q, k, causal)
    n = k.shape[2]
    blocks = -(-n // BLOCK)
    q64, k64 = _accumulated(q, k)
    padded = functional.pad(k64, (0, 0, 0, blocks * BLOCK - n))
    means = padded.reshape(*k.shape[:2], blocks, BLOCK, -1).mean(dim=3)
    scores = q64 @ means.transpose(-1, -2)
    block, own = torch.arange(blocks, device=q.device)[None], at // BLOCK
    chosen = _best(scores.masked_fill(block == own, torch.inf), block <= own, BLOCKS)
    return _softmax(q, k, v, scale, chosen.repeat_interleave(BLOCK, dim=-1)[..., :n] & seen)


def indexer(q: Tensor, k: Tensor, v: Tensor, *, scale: float, causal: bool) -> Tensor:
    """The `KEPT` keys that score best by relu of narrower queries and keys, here random projections (DSA)."""
    _, _, seen = _visible(q, k, causal)
    width = max(1, q.shape[-1] // NARROWER)
    rng = torch.Generator().manual_seed(0)
    signs = (2 * torch.randint(0, 2, (q.shape[-1], width), generator=rng) - 1).to(q.device)
    q64, k64 = (x @ signs.to(x.dtype) for x in _accumulated(q, k))
    return _softmax(q, k, v, scale, _best(functional.relu(q64 @ k64.transpose(-1, -2)), seen, KEPT))


def hybrid(q: Tensor, k: Tensor, v: Tensor, *, scale: float, causal: bool) -> Tensor:
    """Full attention where all tokens ask. Where one asks, READ, a recurrence over the keys: its state is the largest
    score so far, and the sum of weights and of weighted values relative to that."""
    if q.shape[2] > 1:
        return sdpa(q, k, v, scale=scale, causal=causal)
    asking, keys, values = _accumulated(q[:, :, 0], k, v)
    largest = asking.new_full(asking.shape[:2], -torch.inf)
    total, mean = torch.zeros_like(largest), torch.zeros_like(values[:, :, 0])
    for t in range(k.shape[2]):
        score = scale * (asking * keys[:, :, t]).sum(-1)
        before, largest = largest, torch.maximum(largest, score)
        kept, weight = (before - largest).exp(), (score - largest).exp()
        total = kept * total + weight
        mean = kept[..., None] * mean + weight[..., None] * values[:, :, t]
    return (mean / total[..., None])[:, :, None].to(q.dtype)


def topk(q: Tensor, k: Tensor, v: Tensor, *, scale: float, causal: bool) -> Tensor:
    """The `KEPT` keys of the largest scores."""
    _, _, seen = _visible(q, k, causal)
    q64, k64 = _accumulated(q, k)
    return _softmax(q, k, v, scale, _best(q64 @ k64.transpose(-1, -2), seen, KEPT))


BUILT_IN = {
    kernel.name: kernel
    for kernel in (
        Kernel("softmax", sdpa, Growth.QUADRATIC, says="torch's attention"),
        Kernel("hybrid", hybrid, Growth.QUADRATIC, says="full attention in one layer, and READ by a recurrence"),
        Kernel("topk", topk, Growth.QUADRATIC, says=f"the {KEPT} keys of the largest scores"),
        linear("elu", _elu, _elu, "linear attention, elu + 1 of queries and keys"),
        linear(
            "taylor", lambda q: _powers(q, 0.5), lambda k: _powers(k, 1.0), "linear attention, 1 + s + s^2/2 for exp(s)"
        ),
        Kernel("window", window, Growth.LINEAR, _in_window, f"the first {SINKS} tokens and the last {WINDOW}"),
        Kernel(
            "pooled", pooled, Growth.QUADRATIC, says=f"{BLOCKS} blocks of {BLOCK} keys, by their means (as MoBA, NSA)"
        ),
        Kernel(
            "indexer",
            indexer,
            Growth.QUADRATIC,
            says=f"{KEPT} keys, by queries and keys of 1/{NARROWER} width (as DSA)",
        ),
    )
}
