"""The Transformer that runs a plan. Everything that computes is a weight.

    x = embed(tokens);  each block: x += attention(x); x += W2 relu(W1 x + b1) + b2;  bits = unembed(x at READ)

Attention is strictly causal, with scale 1, no normalisation and no positional code: the first token sees nothing and
gets zeros. (A circuit with seen copies has a token see itself too: see `circuit.inclusive`.) Blocks that only the READ
token needs run on that one row, against the other rows as they stand.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from torch import Tensor, cat, nn
from torch.nn import functional

from proofformer.runtime.arithmetic import plain
from proofformer.runtime.attention import Attention, sdpa


@dataclass(frozen=True)
class BlockShape:
    """`heads` of width `head_dim` (0: no attention), `hidden` units (0: no MLP); `read`: runs on the READ row alone."""

    read: bool
    heads: int
    head_dim: int
    hidden: int


@dataclass(frozen=True)
class Shape:
    """Numbers of input signals, residual dimensions and output bits, the blocks, and whether tokens see themselves."""

    inputs: int
    width: int
    outputs: int
    blocks: tuple[BlockShape, ...]
    inclusive: bool = False


class SelfAttention(nn.Module):
    """Multi-head attention of a token over the tokens strictly before it."""

    def __init__(self, width: int, heads: int, head_dim: int) -> None:
        super().__init__()
        self.heads = heads
        self.query = nn.Linear(width, heads * head_dim, bias=False)
        self.key = nn.Linear(width, heads * head_dim, bias=False)
        self.value = nn.Linear(width, heads * head_dim, bias=False)
        self.output = nn.Linear(heads * head_dim, width, bias=False)

    def _split(self, x: Tensor) -> Tensor:
        """(batch, n, heads * d) -> (batch, heads, n, d)"""
        return x.view(x.shape[0], x.shape[1], self.heads, -1).transpose(1, 2)

    def _attend(self, asking: Tensor, seen: Tensor, attention: Attention, causal: bool) -> Tensor:
        q, k, v = self._split(self.query(asking)), self._split(self.key(seen)), self._split(self.value(seen))
        mixed = attention(q, k, v, scale=1.0, causal=causal)
        out: Tensor = self.output(mixed.transpose(1, 2).flatten(2))
        return out

    def strict(self, x: Tensor, attention: Attention) -> Tensor:
        """(batch, n, width) -> the same: row r over rows 0..r-1, zeros for row 0."""
        return functional.pad(self._attend(x[:, 1:], x[:, :-1], attention, causal=True), (0, 0, 1, 0))

    def inclusive(self, x: Tensor, attention: Attention) -> Tensor:
        """(batch, n, width) -> the same: row r over rows 0..r."""
        return self._attend(x, x, attention, causal=True)

    def over(self, asking: Tensor, seen: Tensor, attention: Attention) -> Tensor:
        """(batch, 1, width), (batch, k, width) -> (batch, 1, width): the READ row over the rows it sees."""
        return self._attend(asking, seen, attention, causal=False)


class MLP(nn.Module):
    """One hidden ReLU layer: a row of gates."""

    def __init__(self, width: int, hidden: int) -> None:
        super().__init__()
        self.hidden = nn.Linear(width, hidden)
        self.output = nn.Linear(hidden, width)

    def forward(self, x: Tensor) -> Tensor:
        out: Tensor = self.output(functional.relu(self.hidden(x)))
        return out


class Block(nn.Module):
    """Attention, MLP, or both, each added to the residual stream."""

    def __init__(self, width: int, shape: BlockShape, inclusive: bool) -> None:
        super().__init__()
        self.read = shape.read
        self.inclusive = inclusive
        self.attention = SelfAttention(width, shape.heads, shape.head_dim) if shape.heads else None
        self.mlp = MLP(width, shape.hidden) if shape.hidden else None

    def mix(self, x: Tensor, seen: Tensor | None, attention: Attention) -> Tensor:
        """The attention half of the block."""
        if self.attention is None:
            return x
        if seen is None:
            mixed = self.attention.inclusive if self.inclusive else self.attention.strict
            return x + mixed(x, attention)
        return x + self.attention.over(x, cat((seen, x), dim=1) if self.inclusive else seen, attention)

    def think(self, x: Tensor) -> Tensor:
        """The MLP half of the block."""
        if self.mlp is None:
            return x
        out: Tensor = x + self.mlp(x)
        return out


class Transformer(nn.Module):
    """Tokens (batch, n, inputs) -> bits at the READ token (batch, outputs)."""

    def __init__(self, shape: Shape) -> None:
        super().__init__()
        self.embed = nn.Linear(shape.inputs, shape.width, bias=False)
        self.blocks = nn.ModuleList(Block(shape.width, b, shape.inclusive) for b in shape.blocks)
        self.unembed = nn.Linear(shape.width, shape.outputs, bias=False)

    def halves(self, tokens: Tensor, attention: Attention = sdpa) -> Iterator[tuple[Tensor | None, Tensor]]:
        """The residual stream after the embedding and after each half block, as (rows standing still, rows at work).

        At first all rows (batch, n, width) are at work; from the first READ block on, READ alone (batch, 1, width),
        and the others (batch, n - 1, width) stand still.
        """
        x = self.embed(tokens)
        seen: Tensor | None = None
        yield seen, x
        for block in self.blocks:
            if not isinstance(block, Block):
                raise TypeError(f"{type(block).__name__} among the blocks")
            if block.read and seen is None:
                seen, x = x[:, :-1], x[:, -1:]
            x = block.mix(x, seen, attention)
            yield seen, x
            x = block.think(x)
            yield seen, x

    def residuals(self, tokens: Tensor, attention: Attention = sdpa) -> list[Tensor]:
        """The residual stream (batch, n, width) of all rows, after the embedding and after each half block."""
        with plain(tokens.device.type):
            return [x if seen is None else cat((seen, x), dim=1) for seen, x in self.halves(tokens, attention)]

    def forward(self, tokens: Tensor, attention: Attention = sdpa) -> Tensor:
        with plain(tokens.device.type):
            return self._bits(tokens, attention)

    def _bits(self, tokens: Tensor, attention: Attention) -> Tensor:
        x = tokens
        for _, current in self.halves(tokens, attention):
            x = current
        bits: Tensor = self.unembed(x[:, -1])
        return bits
