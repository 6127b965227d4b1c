"""Batches of instances that a wrong construction answers wrongly, and what a model makes of them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from math import floor

import numpy as np
import torch
from torch import Tensor

from proofformer.circuit import At, Restore
from proofformer.problems import Problem
from proofformer.problems.answers import Answer, Decision
from proofformer.problems.arrays import Sets
from proofformer.runtime import Model
from proofformer.verify.recorder import moved_padding
from prooflab.bugs.steps import beyond, decoys, one_step, pools, worst


@dataclass(frozen=True)
class Batch:
    """Sets (batch, n_s, l) with garbage in their padding, lengths (batch,) or (batch, 2), answers (batch, fields).

    `order` (batch, tokens) moves the padding anywhere between START and READ.
    """

    sets: tuple[Tensor, ...]
    lengths: Tensor
    order: Tensor
    expected: Tensor

    @staticmethod
    def of(problem: Problem, instances: list[Sets], frame: tuple[int, ...], seed: int) -> Batch:
        """Instances of at most `frame` documents a set."""
        padded = [torch.ones(len(instances), n, problem.dim, dtype=torch.uint8) for n in frame]
        for k, sets in enumerate(instances):
            for rows, into in zip(sets, padded, strict=True):
                into[k, : len(rows)] = torch.from_numpy(rows)
        lengths = torch.tensor([[len(rows) for rows in sets] for sets in instances])
        expected = torch.tensor([_numbers(problem.answer(*sets)) for sets in instances])
        order = moved_padding(lengths, frame, torch.Generator().manual_seed(seed))
        return Batch(tuple(padded), lengths if len(frame) == 2 else lengths[:, 0], order, expected)

    def faults(self, model: Model) -> tuple[Tensor, Tensor]:
        """For each instance, whether the answer is wrong (or no bits), and whether some restored bit is none."""
        plan, circuit = model.plan, model.plan.circuit
        with torch.inference_mode():
            tokens = model.tokens(*self.sets, lengths=self.lengths)
            moved = tokens.gather(1, self.order[:, :, None].expand_as(tokens))
            stream = model.transformer.residuals(moved, model.attention)
            fields = model.named(model.transformer.unembed(stream[-1][:, -1]))
        numbers = [(bits.to(torch.int64) * 2 ** torch.arange(bits.shape[1])).sum(1) for bits in fields]
        wrong = torch.stack(numbers, 1) != self.expected
        wrong[:, :-1] &= self.expected[:, -1:] == 1  # Where no pair is found, the other numbers do not matter.
        off = _off(torch.cat(fields, 1))
        inexact = torch.zeros_like(off)
        for gate in (n for n in circuit.nodes if isinstance(n, Restore)):
            at = plan.layout.slice_of(gate.name)
            bits = stream[at.born + 1][:, -1 if circuit.signals[gate.name].at is At.READ else 0 :, at.start : at.stop]
            inexact |= _off(bits.flatten(1))
        return wrong.any(1) | off, inexact


@dataclass(frozen=True)
class Trials:
    """All the instances a model is tried on."""

    batches: tuple[Batch, ...]

    def __len__(self) -> int:
        return sum(len(batch.lengths) for batch in self.batches)

    def faults(self, model: Model) -> tuple[int, int]:
        """How many instances are answered wrongly, and how many have an inexact signal."""
        wrong, inexact = zip(*(batch.faults(model) for batch in self.batches), strict=True)
        return int(torch.cat(wrong).sum()), int(torch.cat(inexact).sum())


def trials_for(problem: Problem, max_n: int, planted: int, others: int, seed: int = 0) -> Trials:
    """Trials of up to max_n documents, for each frame (numbers of documents a set): the best pair planted at every
    (i, j), or at so many of them, and as many times the other kinds as `others` says.
    """
    rng = np.random.default_rng(seed)
    frames: list[tuple[int, ...]] = [(max_n,)]
    if problem.bichromatic:
        halves = (max_n // 2, max_n - max_n // 2)
        frames = list(dict.fromkeys([halves, (1, max_n - 1), (max_n - 1, 1), (max_n // 4, max_n - max_n // 4)]))
    return Trials(tuple(Batch.of(problem, list(_instances(problem, rng, f, planted, others)), f, seed) for f in frames))


def _instances(
    problem: Problem, rng: np.random.Generator, frame: tuple[int, ...], planted: int, others: int
) -> Iterator[Sets]:
    """Planted best pairs, the four corners among them; then all the others."""
    pairs = [(i, j) for i in range(frame[0]) for j in range(frame[-1]) if len(frame) == 2 or i < j]
    corners = [pairs[0], (0, frame[-1] - 1), (frame[0] - len(frame) % 2 - 1, pairs[-1][1]), pairs[-1]]
    if len(pairs) > planted:
        picked = rng.choice(len(pairs), planted, replace=False)
        pairs = corners + [pairs[k] for k in picked]
    for i, j in pairs:
        yield one_step(problem, rng, frame, i, j)
    least = problem.least_n
    for k in range(others):
        sizes = frame if k % 2 else tuple(int(rng.integers(min(least, n), n + 1)) for n in frame)
        i, j = (0, int(rng.integers(sizes[-1]))) if len(frame) == 2 else (0, int(rng.integers(1, sizes[0])))
        yield one_step(problem, rng, sizes, i, j)
        yield one_step(problem, rng, sizes, i, j, planted=False)
        yield one_step(problem, rng, frame, *pairs[int(rng.integers(len(pairs)))], ties=True)
        yield worst(problem, rng, sizes)
        yield beyond(problem, rng, sizes, i, j)
        if len(frame) == 2:
            yield decoys(problem, rng, sizes)
        for _ in range(3):
            yield pools(problem, rng, sizes)


def _off(bits: Tensor) -> Tensor:
    """(batch, k) -> (batch,): whether any of them is neither 0 nor 1."""
    return ((bits != 0) & (bits != 1)).any(1)


def _numbers(answer: Answer) -> list[int]:
    """The answer in the order of the model's fields; zeros where there is no pair."""
    if isinstance(answer, Decision):
        return [int(answer.decision)]
    if answer.pair is None or answer.value is None:
        return [0, 0, 0, 0]
    return [*answer.pair, floor(answer.value), 1]
