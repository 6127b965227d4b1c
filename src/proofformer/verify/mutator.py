"""Planted bugs: one change to a compiled circuit at a time, and what catches it.

A mutant is refused (`ProofError` from the typing rules or the planner), or gives a wrong answer on one of the instances
it is run on, or leaves a signal that should be a bit and is not; or it survives, and `equivalents` has to say why
nothing changed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import partial
from itertools import pairwise

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from proofformer.circuit import At, Circuit, Gate, Head, Node, Op, as_term, network
from proofformer.circuit.heads import PLACE, Entry
from proofformer.circuit.lower import least_digit
from proofformer.errors import ProofError
from proofformer.planner import Plan, make_plan
from proofformer.planner.weights import HeadPlan, head_obligations, plan_head_at
from proofformer.problems import Decision, PairAnswer, Problem
from proofformer.runtime import Model, model_of
from proofformer.runtime.attention import Attention
from proofformer.runtime.decode import answers
from proofformer.runtime.transformer import SelfAttention
from proofformer.verify.quotas import sample

Answer = PairAnswer | Decision


class Outcome(StrEnum):
    """What became of a mutant."""

    REFUSED = "ProofError"
    WRONG = "wrong answer"
    INEXACT = "inexact signal"
    SURVIVED = "survived"


@dataclass(frozen=True)
class Mutant:
    """`change` in words, for head or gate `where`; `make` builds the mutated model or raises `ProofError`."""

    where: str
    change: str
    make: Callable[[], Model]


@dataclass(frozen=True)
class Verdict:
    """The outcome of a mutant: the refusal, or the number of instances that show the fault."""

    where: str
    change: str
    outcome: Outcome
    detail: str


@dataclass(frozen=True)
class Trials:
    """Instances of one problem in one batch: rows (batch, n, l), lengths (batch,), and the right answers."""

    problem: Problem
    rows: Tensor
    lengths: Tensor
    expected: tuple[Answer, ...]

    @staticmethod
    def of(problem: Problem, instances: Sequence[np.ndarray]) -> Trials:
        n = max(rows.shape[0] for rows in instances)
        padded = torch.zeros(len(instances), n, problem.dim, dtype=torch.uint8)
        for k, rows in enumerate(instances):
            padded[k, : rows.shape[0]] = torch.from_numpy(rows)
        lengths = torch.tensor([rows.shape[0] for rows in instances])
        return Trials(problem, padded, lengths, tuple(problem.answer(rows) for rows in instances))

    def wrong(self, model: Model) -> int:
        """How many instances the model answers wrongly; outputs that are no bits count as wrong."""
        with torch.inference_mode():
            bits = model(self.rows, self.lengths)
        wrong = 0
        for k, expected in enumerate(self.expected):
            try:
                got = answers(type(bits)(*(b[k : k + 1] for b in bits)))[0]
            except ProofError:
                got = None
            wrong += got != expected
        return wrong

    def inexact(self, model: Model) -> int:
        """On how many instances some restored bit is neither 0 nor 1 on some token."""
        plan = model.plan
        with torch.inference_mode():
            stream = model.transformer.residuals(model.tokens(self.rows, self.lengths), model.attention)
        off = torch.zeros(len(self.expected), dtype=torch.bool)
        for gate in (n for n in plan.circuit.nodes if isinstance(n, Gate) and n.op is Op.RESTORE):
            at = plan.layout.slice_of(gate.name)
            bits = stream[at.born + 1][:, -1 if gate.output.at is At.READ else 0 :, at.start : at.stop]
            off |= ((bits != 0) & (bits != 1)).flatten(1).any(1)
        return int(off.sum())


def judge(mutant: Mutant, trials: Trials) -> Verdict:
    """Build the mutant and run it."""
    try:
        model = mutant.make()
    except ProofError as error:
        return Verdict(mutant.where, mutant.change, Outcome.REFUSED, str(error))
    for outcome, count in ((Outcome.WRONG, trials.wrong), (Outcome.INEXACT, trials.inexact)):
        caught = count(model)
        if caught:
            return Verdict(mutant.where, mutant.change, outcome, f"{caught} of {len(trials.expected)} instances")
    return Verdict(mutant.where, mutant.change, Outcome.SURVIVED, f"0 of {len(trials.expected)} instances")


def mutants(problem: Problem, plan: Plan) -> Iterator[Mutant]:
    """Every mutant of a plan, head by head, then the restore gates."""
    for head in (n for n in plan.circuit.nodes if isinstance(n, Head)):
        yield from _order_mutants(problem, plan, head)
        yield from _number_mutants(problem, plan, head)
        yield _inclusive(problem, plan, head)
    for gate in (n for n in plan.circuit.nodes if isinstance(n, Gate) and n.op is Op.RESTORE):
        yield from _threshold_mutants(problem, plan, gate)


def _replanned(problem: Problem, plan: Plan, old: Head, new: Head) -> Model:
    nodes: tuple[Node, ...] = tuple(new if n is old else n for n in plan.circuit.nodes)
    circuit = Circuit(plan.circuit.name, plan.circuit.inputs, nodes, plan.circuit.outputs)
    return model_of(problem, make_plan(circuit, max_n=plan.max_n, dtype=plan.dtype))


def _order_mutants(problem: Problem, plan: Plan, head: Head) -> Iterator[Mutant]:
    """Drop each entry (a prefix among them), swap each adjacent pair, take a bit off the index digit."""
    labels = [as_term(e).label for e in head.order]

    def mutant(change: str, *order: Entry) -> Mutant:
        return Mutant(head.name, change, partial(_replanned, problem, plan, head, replace(head, order=order)))

    for e, label in enumerate(labels):
        kind = "prefix" if as_term(head.order[e]).continues else "entry"
        yield mutant(f"drop {kind} '{label}'", *head.order[:e], *head.order[e + 1 :])
    for e, (first, second) in enumerate(pairwise(head.order)):
        change = f"swap '{labels[e]}' and '{labels[e + 1]}'"
        yield mutant(change, *head.order[:e], second, first, *head.order[e + 2 :])
    digit = as_term(head.order[-1])
    bits = [p.component for row in digit.key for p in row.parts if p.signal == PLACE]
    if len(bits) > 1:
        shorter = least_digit(min(bits) + 1, max(bits) + 1)
        yield mutant("R halved in the digit only (it loses its lowest bit)", *head.order[:-1], shorter)


def _number_mutants(problem: Problem, plan: Plan, head: Head) -> Iterator[Mutant]:
    """b at the step below the planner's minimum and at 1, as planned and forced; each weight one off for its digits."""
    chosen = plan.head(head.name)
    for b in dict.fromkeys((chosen.b // 2, 1)):
        yield Mutant(head.name, f"b = {b} instead of {chosen.b}", partial(_at_temperature, problem, plan, head, b))
        yield Mutant(head.name, f"b = {b} forced past the planner", partial(_forced, problem, plan, chosen, b=b))
    for e, weight in enumerate(chosen.weights[:-1]):
        if as_term(head.order[e]).continues:
            continue
        level = [e]
        while as_term(head.order[level[-1] + 1]).continues:
            level.append(level[-1] + 1)
        for step in (-1, 1):
            weights = tuple(w + step if k in level else w for k, w in enumerate(chosen.weights))
            label = as_term(head.order[e]).label
            change = f"R by one, in the digits only: '{label}' weighs {weight + step} instead of {weight}"
            yield Mutant(head.name, change, partial(_forced, problem, plan, chosen, weights=weights))


def _at_temperature(problem: Problem, plan: Plan, head: Head, b: int) -> Model:
    at_b = plan_head_at(head, plan.circuit.scope, plan.max_n, plan.dtype, b)
    for obligation in head_obligations(at_b, plan.max_n, plan.dtype):
        obligation.require()
    return _forced(problem, plan, plan.head(head.name), b=b)


def _forced(
    problem: Problem, plan: Plan, chosen: HeadPlan, b: int | None = None, weights: tuple[int, ...] | None = None
) -> Model:
    new = replace(chosen, b=b or chosen.b, weights=weights or chosen.weights)
    heads = tuple(new if h is chosen else h for h in plan.heads)
    return model_of(problem, replace(plan, heads=heads))


class _Inclusive(SelfAttention):
    """Attention over the tokens up to and including its own."""

    def strict(self, x: Tensor, attention: Attention) -> Tensor:
        return self._attend(x, x, attention, causal=True)

    def over(self, asking: Tensor, seen: Tensor, attention: Attention) -> Tensor:
        return self._attend(asking, torch.cat((seen, asking), dim=1), attention, causal=False)


def _inclusive(problem: Problem, plan: Plan, head: Head) -> Mutant:
    def make() -> Model:
        model = model_of(problem, plan)
        block = next(k for k, b in enumerate(plan.layout.blocks) if head.name in b.heads)
        attention = model.transformer.get_submodule(f"blocks.{block}.attention")
        attention.__class__ = _Inclusive
        return model

    return Mutant(head.name, "mask inclusive: a token sees itself", make)


def _threshold_mutants(problem: Problem, plan: Plan, gate: Gate) -> Iterator[Mutant]:
    """The gate is 0 up to 1/2 and 1 from 3/4: move both to 0 and 1/4 (a leak reads as 1), and to 3/4 and 1."""
    k, block = next((k, b) for k, b in enumerate(plan.layout.blocks) if gate.name in b.gates)
    gates = {n.name: n for n in plan.circuit.nodes if isinstance(n, Gate)}
    before = block.gates[: block.gates.index(gate.name)]
    start = sum(len(network(gates[g], plan.circuit.signals).units) for g in before)
    stop = start + len(network(gate, plan.circuit.signals).units)

    def make(shift: int) -> Model:
        model = model_of(problem, plan)
        bias = model.transformer.get_parameter(f"blocks.{k}.mlp.hidden.bias")
        bias[start:stop] += shift
        return model

    yield Mutant(gate.name, "thresholds 1/2 and 3/4 moved down to 0 and 1/4", partial(make, 2))
    yield Mutant(gate.name, "thresholds 1/2 and 3/4 moved up to 3/4 and 1", partial(make, -1))


def trials_for(problem: Problem, max_n: int, count: int, seed: int = 0) -> Trials:
    """Adversarial instances of 2..max_n documents, many of them at the ends; for closest pair, all radix edges too."""
    rng = np.random.default_rng(seed)
    ends = (2, 3, max_n - 1, max_n)
    instances = [
        sample(problem.name, rng, n=int(rng.choice((*ends, int(rng.integers(2, max_n + 1))))), l=problem.dim)
        for _ in range(count)
    ]
    if problem.name == "closest-pair":
        instances += radix_edges(max_n, problem.dim)
    return Trials.of(problem, instances)


def radix_edges(n: int, l: int) -> Iterator[np.ndarray]:
    """For every i < j: (i, j) at distance 1 and everything else at 2 or more, 2 at least once a row where it can be.

    Needs (l-1)(l-2)/2 >= n - 2. Puts the best key and a key one step worse on either side of every digit's edge.
    """
    pairs = [(a, b) for a in range(l - 1) for b in range(a + 1, l - 1)]
    filler = functional.one_hot(torch.tensor(pairs[: max(n - 2, 1)]), l).sum(1).to(torch.uint8).numpy()
    for i in range(n):
        for j in range(i + 1, n):
            rows = np.zeros((n, l), dtype=np.uint8)
            rows[[k for k in range(n) if k not in (i, j)]] = filler[: n - 2]
            rows[j, l - 1] = 1
            yield rows
