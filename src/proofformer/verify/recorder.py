"""What a model says on some instances, signal by signal, and whether another model says the same."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from proofformer.circuit import At
from proofformer.planner import Plan
from proofformer.planner.bounds import ReadBounds
from proofformer.runtime import Model
from proofformer.verify.instances import Sets


@dataclass(frozen=True)
class Recorded:
    """A batch of instances: its tokens (with padding anywhere between START and READ), the residual stream (a tensor
    (batch, n, width) for each half block), the output (batch, bits), and which output bits matter.

    Where an answer is "no pair", only the bit that says so matters.
    """

    tokens: Tensor
    stream: list[Tensor]
    output: Tensor
    matters: Tensor

    @staticmethod
    def of(model: Model, instances: Sequence[Sets], seed: int) -> Recorded:
        """What the model says on instances with the same number of sets; the seed is for where the padding goes."""
        frame = [max(len(sets[s]) for sets in instances) for s in range(len(instances[0]))]
        dim, device = model.problem.dim, model.transformer.embed.weight.device
        padded = [torch.ones(len(instances), n, dim, dtype=torch.uint8, device=device) for n in frame]
        for k, sets in enumerate(instances):
            for rows, into in zip(sets, padded, strict=True):
                into[k, : len(rows)] = torch.from_numpy(rows)
        lengths = torch.tensor([[len(rows) for rows in sets] for sets in instances])
        order = moved_padding(lengths, frame, torch.Generator().manual_seed(seed)).to(device)
        with torch.inference_mode():
            tokens = model.tokens(*padded, lengths=lengths if len(frame) == 2 else lengths[:, 0])
            tokens = tokens.gather(1, order[:, :, None].expand_as(tokens))
            stream = model.transformer.residuals(tokens, model.attention)
            output = model.transformer.unembed(stream[-1][:, -1])
        matters = torch.ones_like(output, dtype=torch.bool)
        if "found" in {out.field for out in model.plan.circuit.outputs}:
            matters[:, :-1] = output[:, -1:] == 1
        return Recorded(tokens, stream, output, matters)


def moved_padding(lengths: Tensor, frame: Sequence[int], generator: torch.Generator) -> Tensor:
    """Which token stands where when padding is strewn at random among the documents of a batch.

    `lengths`, of shape (batch, sets), has the documents of each set, which stay in their order, and `frame` the rows
    that a set has with its padding. Returns (batch, n of all sets + 2): for each place the number, in the order
    that the front makes them in, of the token to stand there; START stays first, and READ last.
    """
    sets = [torch.arange(n - 1, -1, -1) >= lengths[:, s : s + 1] for s, n in reversed(list(enumerate(frame)))]
    padding = torch.cat(sets, 1)
    places = torch.rand(padding.shape, generator=generator).argsort(1).argsort(1) < padding.sum(1, keepdim=True)
    inside = torch.empty_like(padding, dtype=torch.int64)
    at, token = (x.to(torch.uint8).argsort(dim=1, stable=True) for x in (places, padding))
    inside.scatter_(1, at, token)
    ends = torch.tensor([[0, padding.shape[1] + 1]]).expand(len(padding), 2)
    return torch.cat((ends[:, :1], inside + 1, ends[:, 1:]), 1)


def difference(model: Model, recorded: Recorded) -> tuple[bool, str | None]:
    """Run the model on the recorded tokens: whether the answer to some instance is another than that recorded, and the
    first signal that is not what it should be.

    An exact signal has to be the same number wherever the circuit gives it one, as long as it stands; a noisy one has
    to be within the planner's bounds of the same bit.
    """
    with torch.inference_mode():
        stream = model.transformer.residuals(recorded.tokens, model.attention)
        output = model.transformer.unembed(stream[-1][:, -1])
    other = bool(((output != recorded.output) & recorded.matters).any())
    return other, _first_signal(model.plan, stream, recorded.stream)


def _first_signal(plan: Plan, stream: Sequence[Tensor], expected: Sequence[Tensor]) -> str | None:
    bounds = {r.output: plan.head(h.name).bounds for h in plan.circuit.heads.values() for r in h.reads}
    for s in sorted(plan.layout.slices, key=lambda s: s.born):
        signal = plan.circuit.signals[s.signal]
        first = -1 if signal.at is At.READ else 0
        for time in range(s.born, max(s.born + 1, min(s.died, len(stream) - 1))):
            got, want = (x[time + 1][:, first:, s.start : s.stop] for x in (stream, expected))
            same = _within(got, want, bounds[s.signal]) if signal.noisy else bool((got == want).all())
            if not same:
                return s.signal
    return None


def _within(got: Tensor, want: Tensor, bounds: ReadBounds) -> bool:
    low, high, zero = float(bounds.one_low), float(bounds.one_high), float(bounds.zero)
    return bool(torch.where(want >= 0.5, (got >= low) & (got <= high), (got >= 0) & (got <= zero)).all())
