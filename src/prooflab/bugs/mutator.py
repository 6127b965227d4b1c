"""Planted bugs: one change to a compiled model at a time, and what catches it.

A mutant is refused (`ProofError` from the typing rules or the planner), or gives a wrong answer on one of the instances
it is run on, or leaves a signal that should be a bit and is not; or `check` proves from its weights that it answers all
the same; or it survives, and `check` says where its proof ends. Changes to the circuit are `edits`; those to the
numbers, the mask and the gates' units are here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import partial

import torch
from torch import Tensor

from proofformer.artifacts.model_folder import proved
from proofformer.circuit import Circuit, Gate, Head, Restore
from proofformer.compiler import INCLUSIVE
from proofformer.errors import ProofError
from proofformer.planner import Plan, make_plan
from proofformer.planner.heads import HeadPlan, head_obligations, plan_head_at
from proofformer.problems import Problem
from proofformer.runtime import Model, model_of
from proofformer.runtime.attention import Attention
from proofformer.runtime.transformer import SelfAttention
from prooflab.bugs.edits import GATE, Group, edits
from prooflab.bugs.trials import Trials


class Fate(StrEnum):
    """What became of a mutant."""

    REFUSED = "refused"
    WRONG = "wrong answer"
    INEXACT = "inexact signal"
    CERTIFIED = "certified"
    SURVIVED = "survived"
    BELIEVED = "certified and wrong"


@dataclass(frozen=True)
class Mutant:
    """`change` in words, at head or gate `node`; `make` builds the mutated model or raises `ProofError`; `more` says
    what of the node is meant."""

    node: str
    group: Group
    change: str
    make: Callable[[], Model]
    more: str = ""

    @property
    def where(self) -> str:
        return self.node + self.more


@dataclass(frozen=True)
class Judgement:
    """The outcome of a mutant, how many instances show the fault, and what the planner said that refused it, or else
    the checker."""

    mutant: Mutant
    outcome: Fate
    faults: int
    says: str


def judge(mutant: Mutant, trials: Trials) -> Judgement:
    """Build the mutant, run it, and have its weights checked."""
    try:
        model = mutant.make()
    except ProofError as error:
        return Judgement(mutant, Fate.REFUSED, 0, str(error))
    wrong, inexact = trials.faults(model)
    certified, says = proved(model)
    if wrong:
        outcome = Fate.BELIEVED if certified else Fate.WRONG
    else:
        outcome = Fate.INEXACT if inexact else Fate.CERTIFIED if certified else Fate.SURVIVED
    return Judgement(mutant, outcome, wrong or inexact, says)


def mutants(problem: Problem, plan: Plan) -> Iterator[Mutant]:
    """Every mutant of a plan: its circuit, its heads' numbers and mask, its restore gates."""
    for edit in edits(plan.circuit):
        yield Mutant(edit.node, edit.group, edit.change, partial(_replanned, problem, plan, edit.make), edit.more)
    for node in plan.circuit.nodes:
        if isinstance(node, Head):
            yield from _number_mutants(problem, plan, node)
            yield _inclusive(problem, plan, node)
        elif isinstance(node, Restore):
            yield from _threshold_mutants(problem, plan, node)


def _replanned(problem: Problem, plan: Plan, make: Callable[[], Circuit]) -> Model:
    return model_of(problem, make_plan(make(), max_n=plan.max_n, dtype=plan.dtype))


def _number_mutants(problem: Problem, plan: Plan, head: Head) -> Iterator[Mutant]:
    """b at the step below the planner's minimum and at 1, as planned and forced; the weight of each level changed.

    A level gets one more, one less, half (visibility: as much as all below it, no gap), and 1.
    """
    chosen = plan.head(head.name)
    for b in dict.fromkeys((chosen.b // 2, 1)):
        at_b = partial(_at_temperature, problem, plan, head, b)
        yield Mutant(head.name, Group.TEMPERATURE, f"b = {b} instead of {chosen.b}", at_b)
        leak = float(plan_head_at(head, plan.circuit.scope, plan.max_n, plan.dtype, b).leak)
        change = f"b = {b} forced past the planner, leak up to {leak:.3f}"
        yield Mutant(head.name, Group.TEMPERATURE, change, partial(_forced, problem, plan, chosen, b=b))
    for e, weight in enumerate(chosen.weights[:-1]):
        if head.order[e].continues:
            continue
        level = [e]
        while head.order[level[-1] + 1].continues:
            level.append(level[-1] + 1)
        less = weight // 2 if chosen.unseen_gap is None or e else weight - chosen.unseen_gap
        for new in dict.fromkeys((weight + 1, weight - 1, less, 1)):
            if new > 0 and new != weight:
                weights = tuple(new if k in level else w for k, w in enumerate(chosen.weights))
                change = f"'{head.order[e].label}' weighs {new} instead of {weight}"
                forced = partial(_forced, problem, plan, chosen, weights=weights)
                yield Mutant(head.name, Group.WEIGHT, change, forced)


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
        model.spec = replace(model.spec, mask=INCLUSIVE)  # A folder names one mask, for all of its blocks.
        block = next(k for k, b in enumerate(plan.layout.blocks) if head.name in b.heads)
        attention = model.transformer.get_submodule(f"blocks.{block}.attention")
        attention.__class__ = _Inclusive
        return model

    return Mutant(head.name, Group.MASK, "mask inclusive: a token sees itself", make)


def _threshold_mutants(problem: Problem, plan: Plan, gate: Gate) -> Iterator[Mutant]:
    """The gate is 0 up to 1/2 and 1 from 3/4: move both to 0 and 1/4 (a leak reads as 1), and to 3/4 and 1."""
    k, block = next((k, b) for k, b in enumerate(plan.layout.blocks) if gate.name in b.gates)
    before = block.gates[: block.gates.index(gate.name)]
    start = sum(len(plan.circuit.gates[g].network(plan.circuit.signals).units) for g in before)
    stop = start + len(gate.network(plan.circuit.signals).units)

    def make(shift: int) -> Model:
        model = model_of(problem, plan)
        bias = model.transformer.get_parameter(f"blocks.{k}.mlp.hidden.bias")
        bias[start:stop] += shift
        return model

    for change, shift in (("down to 0 and 1/4", 2), ("up to 3/4 and 1", -1)):
        change = f"thresholds 1/2 and 3/4 moved {change}"
        yield Mutant(gate.name, Group.RESTORE, change, partial(make, shift), GATE)
