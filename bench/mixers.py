"""Models that read documents, then a query, and differ only in what mixes their tokens: trained by bench/trained.py."""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn
from torch.nn import functional as F

DIM, WIDTH, LAYERS, STATE, KERNEL = 16, 64, 2, 16, 4
"""Bits of a document, width, layers; in Mamba numbers of a channel's state and tokens of the convolution."""


class Softmax(nn.Module):
    """Causal softmax attention of one head, (batch, tokens, width) -> the same."""

    def __init__(self) -> None:
        super().__init__()
        self.qkv, self.out = nn.Linear(WIDTH, 3 * WIDTH), nn.Linear(WIDTH, WIDTH)

    def forward(self, x: Tensor) -> Tensor:
        return self.out(self.read(*self.qkv(x).chunk(3, dim=-1)))

    def read(self, q: Tensor, k: Tensor, v: Tensor) -> Tensor:
        return F.scaled_dot_product_attention(q, k, v, is_causal=True)

    @staticmethod
    def state(n: int) -> int:
        """Numbers that a layer keeps of n documents."""
        return 2 * WIDTH * n


class Linear(Softmax):
    """Linear attention of one head: elu + 1 of queries and keys, causal, divided by the sum of the weights."""

    def read(self, q: Tensor, k: Tensor, v: Tensor) -> Tensor:
        weights = ((F.elu(q) + 1) @ (F.elu(k) + 1).transpose(1, 2)).tril()
        return weights @ v / weights.sum(-1, keepdim=True)

    @staticmethod
    def state(n: int) -> int:
        return WIDTH**2 + WIDTH


class Mamba(nn.Module):
    """A selective state space layer as Gu and Dao's, (batch, tokens, width) -> the same; twice as many channels."""

    def __init__(self) -> None:
        super().__init__()
        inner, rank = 2 * WIDTH, math.ceil(WIDTH / 16)
        self.into, self.out = nn.Linear(WIDTH, 2 * inner, bias=False), nn.Linear(inner, WIDTH, bias=False)
        self.conv = nn.Conv1d(inner, inner, KERNEL, groups=inner, padding=KERNEL - 1)
        self.select, self.step = nn.Linear(inner, rank + 2 * STATE, bias=False), nn.Linear(rank, inner)
        self.log_rates = nn.Parameter(torch.arange(1.0, STATE + 1).log().repeat(inner, 1))
        self.skip = nn.Parameter(torch.ones(inner))
        steps = torch.exp(torch.empty(inner).uniform_(math.log(1e-3), math.log(1e-1)))
        with torch.no_grad():
            self.step.bias.copy_(steps + torch.log(-torch.expm1(-steps)))  # softplus of it is the step

    def forward(self, x: Tensor) -> Tensor:
        x, gate = self.into(x).chunk(2, dim=-1)
        x = F.silu(self.conv(x.transpose(1, 2))[..., : x.shape[1]].transpose(1, 2))
        low, write, read = self.select(x).split([self.step.in_features, STATE, STATE], dim=-1)
        step = F.softplus(self.step(low))
        decay, state, told = -torch.exp(self.log_rates), x.new_zeros(len(x), x.shape[-1], STATE), []
        for dt, fed, b, c in zip(*(part.unbind(1) for part in (step, step * x, write, read)), strict=True):
            state = torch.addcmul(torch.exp(dt[..., None] * decay) * state, fed[..., None], b[:, None])
            told.append((state @ c[..., None])[..., 0])
        y = torch.stack(told, dim=1) + self.skip * x
        return self.out(y * F.silu(gate))

    @staticmethod
    def state(n: int) -> int:
        return 2 * WIDTH * (KERNEL - 1 + STATE)


MIXERS = {"softmax attention": Softmax, "linear attention": Linear, "Mamba": Mamba}


class Reader(nn.Module):
    """Reads n documents and then the query, and says how sure it is that the document was there."""

    def __init__(self, mixer: type[nn.Module]) -> None:
        super().__init__()
        self.embed, self.marks = nn.Linear(DIM, WIDTH), nn.Parameter(torch.randn(2, WIDTH))
        self.mixers = nn.ModuleList(mixer() for _ in range(LAYERS))
        self.mlps = nn.ModuleList(
            nn.Sequential(nn.LayerNorm(WIDTH), nn.Linear(WIDTH, 4 * WIDTH), nn.GELU(), nn.Linear(4 * WIDTH, WIDTH))
            for _ in range(LAYERS)
        )
        self.norms = nn.ModuleList(nn.LayerNorm(WIDTH) for _ in range(LAYERS))
        self.readout = nn.Sequential(nn.LayerNorm(WIDTH), nn.Linear(WIDTH, 1))

    def tokens(self, documents: Tensor, query: Tensor) -> Tensor:
        """(batch, n, l), (batch, 1, l), of 0 and 1 -> what the last layer holds at each, (batch, n + 1, width)."""
        rows = 2 * torch.cat((documents, query), dim=1).float() - 1
        marks = torch.cat((self.marks[:1].expand(documents.shape[1], -1), self.marks[1:]))
        x = self.embed(rows) + marks
        for norm, mixer, mlp in zip(self.norms, self.mixers, self.mlps, strict=True):
            x = x + mixer(norm(x))
            x = x + mlp(x)
        return x

    def forward(self, documents: Tensor, query: Tensor) -> Tensor:
        return self.readout(self.tokens(documents, query)[:, -1])[:, 0]
