"""A compiled circuit held against the interpreter: every signal, on every token, at every time at which it stands."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from fractions import Fraction
from math import ceil, floor, log2

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from proofformer.circuit import At, Circuit, Head, Role, answer_fields, interpret, sequence
from proofformer.circuit.interpreter import ExactTrace, Token, with_seen
from proofformer.planner.bounds import RESIDUE
from proofformer.planner.layout import Slice
from proofformer.problems.arrays import Floats
from proofformer.runtime import Model, encode
from proofformer.verify.instances import Sets


def padded_tokens(
    sets: Sets, circuit: Circuit, places: Sequence[int], levels: int = 1
) -> tuple[list[Role], list[Token]]:
    """The tokens of an instance, with padding put in at these places (of the padded sequence), in ascending order."""
    own = encode.own_inputs(circuit)
    kinds, tokens = sequence([rows.tolist() for rows in sets], own, 0, levels)
    pad = sequence([[]] * len(sets), own, 1)[1][1]
    for place in places:
        kinds.insert(place, Role.PAD)
        tokens.insert(place, pad)
    return kinds, with_seen(tokens, circuit.inputs)


class Worst:
    """An attention kernel that is no better than it has to be: bits that a head fetches, drawn by chance, lie as far
    from 0 or 1 as the plan allows. What is restored is exact all the same, and nothing else may depend on it."""

    def __init__(self, model: Model, rng: np.random.Generator) -> None:
        self.attention, self.rng, u = model.attention, rng, model.plan.dtype.roundoff
        blocks = [[model.plan.head(name).bounds for name in b.heads] for b in model.plan.layout.blocks if b.heads]
        self.ends = iter([[(_below(b.zero), float(ceil(b.one_low / u) * u)) for b in block] for block in blocks])

    def __call__(self, q: Tensor, k: Tensor, v: Tensor, *, scale: float, causal: bool) -> Tensor:
        fetched = self.attention(q, k, v, scale=scale, causal=causal)
        zero, one = torch.tensor(next(self.ends), dtype=v.dtype, device=v.device).T[:, None, :, None, None]
        off = torch.from_numpy(self.rng.random(fetched.shape) < 0.5).to(v.device)
        return torch.where(off, torch.where(fetched > 0.5, one, zero), fetched)


class Comparison:
    """A batch of instances, each of the sizes `frame` at most, run by the model and by the interpreter; half of the
    time under the worst kernel.

    `faults` yields a sentence for every signal that is not what the interpreter says; `signals` and `numbers` count
    what was compared, `answers` are the output bits (batch, outputs).
    """

    def __init__(self, model: Model, batch: Sequence[Sets], frame: Sequence[int], rng: np.random.Generator) -> None:
        self.model, self.circuit = model, model.plan.circuit
        self.signals = self.numbers = 0
        filled = [torch.full((len(batch), size, model.problem.dim), 7) for size in frame]
        for k, sets in enumerate(batch):
            for rows, into in zip(sets, filled, strict=True):
                into[k, : len(rows)] = torch.from_numpy(rows)
        lengths = torch.tensor([[len(rows) for rows in sets] for sets in batch])
        tokens = model.tokens(*filled, lengths=lengths if len(frame) == 2 else lengths[:, 0])
        self.sequences: list[tuple[list[Role], list[Token]]] = []
        for k, sets in enumerate(batch):
            places = sorted((1 + rng.permutation(sum(frame))[: sum(frame) - sum(map(len, sets))]).tolist())
            self.sequences.append(padded_tokens(sets, self.circuit, places, model.problem.levels))
            tokens[k] = tokens[k, _moved([len(rows) for rows in sets], frame, places)]
        if self.circuit.inclusive:
            tokens = encode.with_seen(
                tokens[:, :, : sum(s.width for s in encode.own_inputs(self.circuit))], self.circuit
            )
        with torch.inference_mode():
            kernel = Worst(model, rng) if rng.random() < 0.5 else model.attention
            stream = model.transformer.residuals(tokens, kernel)
            self.answers = model.transformer.unembed(stream[-1][:, -1]).double().numpy()
        self.stream: Floats = torch.stack(stream).double().numpy()

    def faults(self) -> Iterator[str]:
        """Raises `ProofError` when a signal is not of its stated range or support."""
        traces = [interpret(self.circuit, *tokens) for tokens in self.sequences]
        bounds = {r.output: h.name for h in self.circuit.nodes if isinstance(h, Head) for r in h.reads}
        for s in self.model.plan.layout.slices:
            signal = self.circuit.signals[s.signal]
            first = self.stream.shape[2] - 1 if signal.at is At.READ else 0
            expected = np.array([_column(trace, s.signal, first) for trace in traces])
            last = max(s.born, s.died - 1)  # An MLP that uses a slice last may clear it at once.
            got = self.stream[s.born + 1 : last + 2, :, first:, s.start : s.stop]
            self.signals += 1
            self.numbers += got.size
            if signal.noisy:
                if not np.isin(expected, (0, 1)).all():
                    yield f"{s.signal!r} is read of best keys that differ in it"
                bound = self.model.plan.head(bounds[s.signal]).bounds
                least = np.where(expected == 0, 0.0, _up(bound.one_low))
                most = np.where(expected == 0, _down(bound.zero), _down(bound.one_high))
                right = (least <= got) & (got <= most)
            else:
                right = got == expected
            if not right.all():
                yield self._where(s, right, got, expected)
            if s.born >= 0:
                before = np.abs(self.stream[s.born, :, first:, s.start : s.stop]).max()
                if not before <= (float(RESIDUE) if signal.noisy else 0.0):
                    yield f"the place of {s.signal!r} has {before} before it is written"
        for k, (trace, said) in enumerate(zip(traces, self.answers, strict=True)):
            if said.tolist() != [b for out in self.circuit.outputs for b in trace[out.signal][-1] or ()]:
                yield f"instance {k} is answered {said.tolist()}, not {answer_fields(self.circuit, trace)}"
        self.traces = traces

    def _where(self, s: Slice, right: npt.NDArray[np.bool_], got: Floats, expected: Floats) -> str:
        time, k, row, i = (int(x) for x in np.argwhere(~right)[0])
        kinds = self.sequences[k][0]
        token = len(kinds) - got.shape[2] + row
        return (
            f"{s.signal}[{i}] is {got[time, k, row, i]}, not {expected[k, row, i]}, on token {token} "
            f"({kinds[token].value}) of instance {k} after time {s.born + time}"
        )

    def selects(self, circuit: Circuit) -> Iterator[str]:
        """A sentence for every signal of a circuit with selects that the lowered one has another value for."""
        trace = interpret(circuit, *self.sequences[0])
        for name, column in trace.items():
            if column != self.traces[0][name]:
                yield f"{name!r} is {column} before lowering, {self.traces[0][name]} after it"


def _column(trace: ExactTrace, signal: str, first: int) -> list[list[float]]:
    return [[float(v) for v in value or ()] for value in trace[signal][first:]]


def _moved(lengths: Sequence[int], frame: Sequence[int], places: Sequence[int]) -> list[int]:
    """For each token of the padded sequence, where the model's encoding has it."""
    documents: list[int] = []
    padding: list[int] = []
    start = 1
    for length, size in reversed(list(zip(lengths, frame, strict=True))):
        padding += range(start, start + size - length)
        documents += range(start + size - length, start + size)
        start += size
    order = [0, *documents, start]
    for place, token in zip(places, padding, strict=True):
        order.insert(place, token)
    return order


def _below(x: Fraction) -> float:
    """The largest power of two at most x."""
    return 2.0 ** floor(log2(x))


def _down(x: Fraction) -> float:
    """The largest float at most x."""
    near = float(x)
    return near if Fraction(near) <= x else math.nextafter(near, -math.inf)


def _up(x: Fraction) -> float:
    """The least float at least x."""
    return -_down(-x)
