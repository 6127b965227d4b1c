"""The residual stream held against the interpreter, signal by signal, token by token, time by time."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

import torch
from tests.cases import Sets
from tests.runtime.batches import padded

from proofformer.circuit import At, Circuit, Head, Kind, interpret, sequence
from proofformer.circuit.interpreter import Token
from proofformer.planner.bounds import RESIDUE
from proofformer.planner.layout import Slice
from proofformer.runtime import Model
from proofformer.runtime.attention import Attention, sdpa


def padded_sequence(
    sets: Sets, circuit: Circuit, padding: Sequence[int], levels: int = 1
) -> tuple[list[Kind], list[Token]]:
    """The tokens with so much padding for each set: before the documents of that set."""
    kinds, tokens = sequence(sets, circuit.inputs, padding[-1], levels)
    if len(sets) == 1:
        return kinds, tokens
    (_, pad), (_, empty) = (list(column)[:2] for column in sequence(sets, circuit.inputs, 1, levels))
    first = kinds.index(Kind.FIRST)
    kinds[first:first], tokens[first:first] = [pad] * padding[0], [empty] * padding[0]
    return kinds, tokens


def check_streams(model: Model, sets: Sets, padding: Sequence[int] = (0, 0), attention: Attention = sdpa) -> int:
    """Assert that every number in the stream is what the interpreter says; return how many were compared.

    An exact signal is exactly right from the time it is born until it dies, on every token (a READ signal: on READ);
    a noisy one is within the planner's bounds; and a slice is empty before something is written into it. `padding` is
    the number of rows of padding of each set.
    """
    padding = padding[: len(sets)]
    plan, circuit = model.plan, model.plan.circuit
    kinds, tokens = padded_sequence(sets, circuit, padding, model.problem.levels)
    trace = interpret(circuit, kinds, tokens)
    tensors, lengths = padded([sets], [len(rows) + pad for rows, pad in zip(sets, padding, strict=True)])
    with torch.inference_mode():
        inputs = model.tokens(*tensors, lengths=lengths)
        stream = [x[0].double() for x in model.transformer.residuals(inputs, attention)]
    assert len(stream) == 2 * len(plan.layout.blocks) + 1
    assert all(x.shape == (len(kinds), plan.layout.width) for x in stream)
    bounds = {r.output: plan.head(h.name).bounds for h in circuit.nodes if isinstance(h, Head) for r in h.reads}
    compared = 0
    for s in plan.layout.slices:
        signal = circuit.signals[s.signal]
        here = [len(kinds) - 1] if signal.at is At.READ else list(range(len(kinds)))
        expected = torch.tensor([[float(v) for v in trace[s.signal][row] or ()] for row in here], dtype=torch.float64)
        for time in range(s.born, _last(s) + 1):
            got = stream[time + 1][here, s.start : s.stop]
            compared += got.numel()
            if signal.noisy:
                assert set(expected.unique().tolist()) <= {0.0, 1.0}
                bound = bounds[s.signal]
                zeros, ones = got[expected == 0].tolist(), got[expected == 1].tolist()
                assert all(0 <= Fraction(v) <= bound.zero for v in zeros), (s, time)
                assert all(bound.one_low <= Fraction(v) <= bound.one_high for v in ones), (s, time)
            else:
                assert torch.equal(got, expected), (s, time, got, expected)
        if s.born >= 0:
            before = stream[s.born][here, s.start : s.stop].abs()
            limit = float(RESIDUE) if signal.noisy else 0.0
            assert float(before.max()) <= limit, ("not empty when born", s)
    return compared


def _last(s: Slice) -> int:
    """The last time at which the slice has to stand: an MLP that uses it last may clear it at once."""
    return max(s.born, s.died - 1)
