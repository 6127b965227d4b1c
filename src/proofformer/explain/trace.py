"""What a model made of one instance, by the names of its heads and signals."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor

from proofformer.circuit import At, Restore, Signal
from proofformer.circuit.signals import Form
from proofformer.errors import InputError
from proofformer.explain.attention import HeadView, head_views
from proofformer.problems.arrays import Floats
from proofformer.runtime import Model
from proofformer.runtime.arithmetic import plain
from proofformer.runtime.attention import BACKENDS, asked
from proofformer.runtime.tokens import labels


@dataclass(frozen=True)
class HeadTrace:
    """What a head did: one row for each token that asks, one column for each that may be seen (all, or READ alone).

    `scores` has, by entry of its priority list, the scores that each pair of tokens gives, whole numbers; `attention`
    the weights, each row of sum 1: of proofformer's own backends the exact softmax of the head's scores, of a kernel of
    one's own what it returns for values that are 1 at one key and 0 elsewhere. Both are NaN where a token does not see
    the other. `fetched` has what came back, by signal, and `restored` the bits that gates made of it.
    """

    name: str
    attention: Floats
    scores: Mapping[str, Floats]
    fetched: Mapping[str, Floats]
    restored: Mapping[str, Floats]

    def __repr__(self) -> str:
        parts = [f"{self.name}: attention {self.attention.shape}"]
        for what in ("scores", "fetched", "restored"):
            parts.append(f"{what} {', '.join(getattr(self, what)) or 'none'}")
        return f"HeadTrace({'; '.join(parts)})"


class Trace(Mapping[str, Any]):
    """Of one instance: `heads`, and `signals` as arrays (tokens, width), those of READ alone (1, width). By a name that
    both have, the head.

    `tokens` names the tokens in order: START, documents by index (of two sets as A3, B7), READ.
    """

    def __init__(self, model: Model, A: object, B: object = None) -> None:
        instance = model.problem.instance(A, B)
        if instance.n > model.max_n:
            model.solve(instance)
        if model.probed:
            model.check_unchanged()
        encoded = model.tokens(*(torch.tensor(rows, device=model.device)[None] for rows in instance.sets))
        with torch.inference_mode():
            stream = [x[0].double().cpu().numpy() for x in model.transformer.residuals(encoded, model.kernel)]
        self.tokens = labels(encoded[0], model)
        self._types = model.plan.circuit.signals
        self.heads: dict[str, HeadTrace] = {}
        self.signals: dict[str, Floats] = {}
        for s in model.plan.layout.slices:
            first = len(self.tokens) - 1 if self._types[s.signal].at is At.READ else 0
            self.signals[s.signal] = stream[s.born + 1][first:, s.start : s.stop]
        for view in head_views(model, encoded):
            self.heads[view.head.name] = self._head(view, model)

    def _head(self, view: HeadView, model: Model) -> HeadTrace:
        n, inclusive = len(self.tokens), model.plan.circuit.inclusive
        asking = range(n - 1, n) if view.read else range(n)
        seen = np.array([[key < row + inclusive for key in range(n)] for row in asking])
        attention = np.where(seen, _weights(view, model, torch.from_numpy(seen)), np.nan)
        scores = {}
        for term in view.head.order:
            pairs = self._form(term.query, n)[-len(asking) :] @ self._form(term.key, n).T
            scores[term.label] = np.where(seen, pairs, np.nan)
        fetched = {read.output: self.signals[read.output] for read in view.head.reads}
        gates = (gate for gate in model.plan.circuit.nodes if isinstance(gate, Restore))
        restored = {gate.name: self.signals[gate.name] for gate in gates if gate.inputs[0] in fetched}
        return HeadTrace(view.head.name, attention, scores, fetched, restored)

    def _form(self, form: Form, n: int) -> Floats:
        """Its rows (tokens, rows); where a token lacks a signal of READ, as if that were 0."""
        made = np.empty((n, len(form)))
        for column, row in enumerate(form):
            made[:, column] = row.constant
            for p in row.parts:
                values = self.signals[p.signal][:, p.component]
                made[n - len(values) :, column] += p.coefficient * values
        return made

    def signal(self, name: str) -> Signal:
        """The type of a signal: its width, its range, the tokens on which it may be other than 0."""
        return self._types[name]

    def __getitem__(self, name: str) -> Any:
        for named in (self.heads, self.signals):
            if name in named:
                return named[name]
        raise InputError(f"nothing is called {name!r}: there are {', '.join(self)}")

    def __iter__(self) -> Iterator[str]:
        return iter({**self.heads, **self.signals})

    def __len__(self) -> int:
        return len({**self.heads, **self.signals})

    def __repr__(self) -> str:
        return f"Trace({len(self.tokens)} tokens; heads {', '.join(self.heads)}; signals {', '.join(self.signals)})"


def _weights(view: HeadView, model: Model, seen: Tensor) -> Floats:
    """The weights of each token that asks (rows of `seen`) for each token."""
    rows, n = seen.shape
    if model.attention in BACKENDS.values():
        scores = torch.where(seen, (view.queries.double() @ view.keys.double().T)[-rows:], -torch.inf)
        return np.asarray(torch.softmax(scores, dim=1))
    # As the blocks ask: strictly, without the first query and the last key; READ sees itself if tokens do.
    strict = not model.plan.circuit.inclusive
    q, k = view.queries[-rows:].to(model.device), view.keys[: n - strict].to(model.device)
    q = q[int(strict and not view.read) :]
    keys, width = k.shape
    # Values are as wide as keys: each part of a batch has the columns of so many keys.
    parts = -(-keys // width)
    v = torch.eye(keys, parts * width, dtype=k.dtype, device=k.device).reshape(keys, 1, parts, width).transpose(0, 2)
    q, k = (x.expand(parts, 1, *x.shape).contiguous() for x in (q, k))
    with torch.inference_mode(), plain(k.device.type):
        out = asked(model.attention, q, k, v.contiguous(), scale=1.0, causal=not view.read)
    found = torch.zeros(rows, n, dtype=torch.float64)
    found[rows - q.shape[2] :, :keys] = out[:, 0].transpose(0, 1).flatten(1)[:, :keys].double().cpu()
    return np.asarray(found)
