"""The residual stream held against the interpreter, signal by signal, token by token, time by time."""

from __future__ import annotations

from fractions import Fraction

import torch
from tests.cases import Rows

from proofformer.circuit import At, Head, interpret, sequence
from proofformer.planner.bounds import RESIDUE
from proofformer.planner.layout import Slice
from proofformer.runtime import Model
from proofformer.runtime.attention import Attention, sdpa


def check_streams(model: Model, rows: Rows, padding: int = 0, attention: Attention = sdpa) -> int:
    """Assert that every number in the stream is what the interpreter says; return how many were compared.

    An exact signal is exactly right from the time it is born until it dies, on every token (a READ signal: on READ);
    a noisy one is within the planner's bounds; and a slice is empty before something is written into it.
    """
    plan, circuit = model.plan, model.plan.circuit
    kinds, tokens = sequence(rows, circuit.inputs, padding)
    trace = interpret(circuit, kinds, tokens)
    n = len(rows) + padding
    padded = torch.full((1, n, model.problem.dim), 7)
    padded[0, : len(rows)] = torch.tensor(rows)
    with torch.inference_mode():
        inputs = model.tokens(padded, torch.tensor([len(rows)]))
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
