"""Answers beside answers: of other forms of an instance, of a batch, of twins of the model. The oracle is not asked."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from copy import copy, deepcopy
from dataclasses import dataclass
from functools import lru_cache, partial

import numpy as np
import torch

from proofformer.circuit import Select, lower
from proofformer.errors import InputError, ProofError, one_of
from proofformer.planner import DTYPES, dtype_named, make_plan
from proofformer.problems import Problem
from proofformer.runtime import Model, model_of
from proofformer.runtime.attention import reference, sdpa
from proofformer.theorems import circuit_for
from proofformer.verify.instances.draws import generator
from proofformer.verify.outcome import Case, Failure, Outcome, Tally
from proofformer.verify.relations import (
    LARGEST,
    Compared,
    batch,
    documents_permuted,
    dominated_document,
    drawn,
    keywords_permuted,
    most_for,
    padding,
    said,
    same,
    sets_exchanged,
    some_documents,
)

SLOW_N = 64
"""The most documents for the reference backend, which goes row by row."""


@dataclass(frozen=True)
class Relation:
    """A family: what is compared on an instance drawn from the generator, and whether a model can be asked it."""

    name: str
    check: Callable[[Model, np.random.Generator], Compared]
    asked_of: Callable[[Model], bool] = lambda _: True


def compared(
    model: Model, rng: np.random.Generator, twins: Callable[[Model], list[Model]], most: int = LARGEST
) -> Compared:
    """One instance put to models that differ in what must not matter: the same answer."""
    sets = drawn(model.problem, rng, min(most, most_for(model)))
    first, others = said(model, sets), [said(twin, sets) for twin in twins(model)]
    differ = (same(first, other) for other in others)
    return Compared(sets, (first, *others), next((broken for broken in differ if broken), None))


def other_backend(model: Model) -> list[Model]:
    """The model on the reference backend, or on sdpa if the reference is its own."""
    twin = copy(model)
    twin.attention = sdpa if model.attention is reference else reference
    return [twin]


def other_dtypes(model: Model) -> list[Model]:
    """The problem compiled in every other dtype that the planner does not refuse."""
    names = (dtype.name for dtype in DTYPES if dtype != model.plan.dtype)
    return _made(_compiled(model.problem, model.max_n, name, None, str(model.device)) for name in names)


def other_rounds(model: Model) -> list[Model]:
    """A search with every select in 2 rounds, and in 3, where the planner does not refuse; nothing for decisions."""
    if model.problem.question == "decide":
        return []
    name, device = model.plan.dtype.name, str(model.device)
    return _made(_compiled(model.problem, model.max_n, name, rounds, device) for rounds in (2, 3))


def other_devices(model: Model) -> list[Model]:
    """The model on every other device there is."""
    there = ["cpu", *(f"cuda:{k}" for k in range(torch.cuda.device_count()))]
    return [deepcopy(model).to(name) for name in there if name != str(model.device)]


def _made(models: Iterable[Model | None]) -> list[Model]:
    return [model for model in models if model is not None]


@lru_cache(maxsize=64)
def _compiled(problem: Problem, max_n: int, dtype: str, rounds: int | None, device: str) -> Model | None:
    """The model of a problem, with every select in so many rounds if told; None where nothing can be guaranteed."""
    circuit = circuit_for(problem, max_n)
    try:
        if rounds is not None:
            circuit = lower(circuit, {n.name: rounds for n in circuit.nodes if isinstance(n, Select)})
        return model_of(problem, make_plan(circuit, max_n=max_n, dtype=dtype_named(dtype))).to(device)
    except ProofError:
        return None


def _has_room(model: Model) -> bool:
    """Whether there can be one row more than the two of the smallest instance."""
    return model.max_n > 2


def _built_in(model: Model) -> bool:
    """Whether the columns of rows all count alike: in a task of one's own they need not."""
    return model.problem.task is None


def _symmetric(model: Model) -> bool:
    """Whether the two of a pair may change places."""
    return model.problem.task is None or model.problem.task.symmetric


RELATIONS = (
    Relation("keywords permuted", keywords_permuted, _built_in),
    Relation("documents permuted", documents_permuted, lambda model: model.problem.bichromatic or _symmetric(model)),
    Relation("dominated document", dominated_document, _has_room),
    Relation("batch", batch),
    Relation("padding", padding, _has_room),
    Relation("sets exchanged", sets_exchanged, lambda model: model.problem.bichromatic and _symmetric(model)),
    Relation("some documents", some_documents, lambda model: not _built_in(model)),
    Relation("backend", partial(compared, twins=other_backend, most=SLOW_N)),
    Relation("dtype", partial(compared, twins=other_dtypes), lambda model: bool(other_dtypes(model))),
    Relation("rounds", partial(compared, twins=other_rounds), lambda model: bool(other_rounds(model))),
    Relation("device", partial(compared, twins=other_devices), lambda model: bool(other_devices(model))),
)


def families(model: Model, count: int) -> list[tuple[str, int]]:
    """The relations that this model can be asked here, with about as many instances each."""
    names = [relation.name for relation in RELATIONS if relation.asked_of(model)]
    shares = [count // len(names) + (k < count % len(names)) for k in range(len(names))]
    return [(name, share) for name, share in zip(names, shares, strict=True) if share]


def run(model: Model, family: str, seed: int, start: int, stop: int) -> Outcome:
    """Instances start..stop-1 of a relation; a batch counts as one. Raises `InputError` for one not asked here."""
    relation = next((r for r in RELATIONS if r.name == family and r.asked_of(model)), None)
    if relation is None:
        known = [r.name for r in RELATIONS if r.asked_of(model)]
        raise InputError(f"{family!r} cannot be asked of this model here: {one_of(family, known)}")
    tally = Tally()
    for number in range(start, stop):
        found = relation.check(model, generator(seed, family, number))
        if found.note:
            tally.counts[found.note] += 1
        tally.add(
            f"{number} {'; '.join(map(str, found.said))}",
            wrong=found.broken is not None,
            n=sum(map(len, found.sets)),
            failure=partial(_failure, model.problem, Case(f"metamorphic, {family}", seed, number, found.sets), found),
        )
    return tally.outcome()


def _failure(problem: Problem, case: Case, found: Compared) -> Failure:
    demanded, came = found.broken or ("", "")
    return Failure(problem.to_json(), case, demanded, came)
