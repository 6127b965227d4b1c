"""What a page is told of a model: its question, its network, what its heads prefer, why it is right."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from typing import Any

import numpy as np
import numpy.typing as npt

from proofformer.circuit import At, Restore, Term, Visible
from proofformer.circuit.entries import entry_weights
from proofformer.circuit.nodes import PLACE, Head
from proofformer.circuit.signals import copy_of
from proofformer.errors import Choice, InputError
from proofformer.explain.describe import Priority, priorities, short
from proofformer.explain.duties import duties
from proofformer.planner import Plan
from proofformer.planner.bounds import ASSUMPTIONS
from proofformer.planner.rules import LEAK, ONE_NOT_TOO_LARGE, ONE_NOT_TOO_SMALL, ZERO_RESTORES
from proofformer.planner.weights import parameters
from proofformer.problems import Instance, Problem
from proofformer.problems.answer_format import value_between
from proofformer.problems.numbers import squared
from proofformer.runtime import Model
from proofformer.theorems import statement_for, theorem_for

MOST_DOCUMENTS, MOST_ENTRIES = 64, 32
MOST_WEIGHTS = 4_000_000
"""Weights of a model that a browser holds and runs at every click."""
DTYPES = ("float32", "float64", "bfloat16")
EXAMPLE = 6
"""Documents of a page that is given none."""
DRAWS = 200


def check_fits(model: Model) -> None:
    """Raises `InputError` for a model that no page runs."""
    problem = model.problem
    if problem.task is not None:
        raise InputError(
            f"{problem.name} is a task of your own, which the page's own search cannot judge: it takes the problems of "
            "proofformer"
        )
    if model.max_n > MOST_DOCUMENTS:
        raise InputError(
            f"the model takes {model.max_n:,} documents and a page {MOST_DOCUMENTS}: compile with ",
            Choice("max_n", MOST_DOCUMENTS),
        )
    if problem.dim > MOST_ENTRIES:
        raise InputError(
            f"documents of {problem.dim} entries are too wide for a page: compile with ", Choice("dim", MOST_ENTRIES)
        )
    if model.dtype not in DTYPES:
        raise InputError(
            f"a browser rounds to {', '.join(DTYPES[:2])} and, by hand, {DTYPES[2]}, and the model is in "
            f"{model.dtype}: compile with ",
            Choice("dtype", DTYPES[0]),
        )
    if (count := parameters(model.plan)) > MOST_WEIGHTS:
        raise InputError(
            f"the model has {count:,} weights and a page runs up to {MOST_WEIGHTS:,}: compile it for fewer entries, "
            "norms or levels"
        )


def facts(model: Model) -> dict[str, Any]:
    """As JSON values, for transformer.js and view.js."""
    problem, plan = model.problem, model.plan
    theorem, layout, signals = theorem_for(problem), plan.layout, plan.circuit.signals
    cut = None if problem.cut is None else _fraction(squared(problem.cut))
    gates = [node for node in plan.circuit.nodes if isinstance(node, Restore)]
    return {
        "label": problem.label,
        "question": problem.question,
        "name": problem.name,
        "metric": problem.metric,
        "measure": str(problem.kind.measure),
        "similarity": problem.kind.is_similarity,
        "largest": problem.kind.largest,
        "target": problem.kind.target,
        "threshold": None if problem.cut is None else str(problem.cut),
        "cut": cut,
        "gamma": None if problem.gamma is None else _fraction(squared(problem.gamma)),
        "norms": None if problem.norms is None else list(problem.norms),
        "dim": problem.dim,
        "levels": problem.levels,
        "sets": 1 + problem.bichromatic,
        "max_n": model.max_n,
        "least_n": problem.least_n,
        "dtype": model.dtype,
        "inclusive": plan.circuit.inclusive,
        "entry_weights": list(entry_weights(problem.levels)),
        "inputs": [_input(plan, name, signals[name].width) for name in (s.name for s in plan.circuit.inputs)],
        "blocks": _blocks(plan),
        "signals": {
            s.signal: {
                "start": s.start,
                "stop": s.stop,
                "time": s.born,
                "read": signals[s.signal].at is At.READ,
                "noisy": signals[s.signal].noisy,
            }
            for s in layout.slices
        },
        "gates": [{"name": gate.name, "takes": gate.inputs[0], "flag": "".join(gate.inputs[1:])} for gate in gates],
        "heads": {name: _head(plan, head) for name, head in plan.circuit.heads.items()},
        "fields": [{"name": name, "width": width} for name, width in plan.circuit.fields.items()],
        "statement": statement_for(problem, plan.max_n),
        "lemma": theorem.lemma,
        "proof": theorem.proof,
        "source": theorem.source,
        "duties": [
            {
                "about": list(duty.about),
                "says": duty.says,
                "value": None if duty.value is None else short(duty.value),
                "limit": None if duty.limit is None else short(duty.limit),
                "claims": list(duty.claims),
                "section": duty.section,
            }
            for duty in duties(plan)
        ],
        "assumptions": [a.says for a in ASSUMPTIONS],
    }


def _fraction(x: Fraction | int) -> list[int]:
    return [Fraction(x).numerator, Fraction(x).denominator]


def _input(plan: Plan, name: str, width: int) -> dict[str, Any]:
    """An input signal; `seen` names the one that it is a copy of."""
    of = {copy_of(s.name): s.name for s in plan.circuit.inputs if not s.seen}
    return {"name": name, "width": width, "seen": of.get(name)}


def _blocks(plan: Plan) -> list[dict[str, Any]]:
    from proofformer.runtime.model import shape_of

    return [
        {"read": shape.read, "heads": list(block.heads), "width": shape.head_dim, "mlp": shape.hidden > 0}
        for shape, block in zip(shape_of(plan).blocks, plan.layout.blocks, strict=True)
    ]


def _head(plan: Plan, head: Head) -> dict[str, Any]:
    numbers = plan.head(head.name)
    bounds = numbers.bounds
    entries, row = [], 0
    for term, p in zip(head.order, priorities(plan, head.name), strict=True):
        about = {"label": term.label, "kind": _kind(term, p), "weight": p.weight, "lo": p.lo, "hi": p.hi}
        entries.append({**about, "rows": [row, row + len(term.query)]})
        row += len(term.query)
    return {
        "read": head.at is At.READ,
        "b": numbers.b,
        "entries": entries,
        "reads": [{"signal": r.signal, "start": r.start, "stop": r.stop, "output": r.output} for r in head.reads],
        "rests": _rests(plan, head.name),
        "leak": float(numbers.leak),
        "zero": float(bounds.zero),
        "one": [float(bounds.one_low), float(bounds.one_high)],
    }


def _rests(plan: Plan, head: str) -> dict[str, list[str]]:
    """The lemmas that a head's scores, its softmax and what it fetches rest on."""
    own = [duty for duty in duties(plan) if head in duty.about]
    restored = [rule.claims for rule in (ZERO_RESTORES, ONE_NOT_TOO_SMALL, ONE_NOT_TOO_LARGE)]
    shared = set(restored[0]).intersection(*restored)
    found = {
        "scores": [claim for duty in own if duty.section in (4, 5) for claim in duty.claims],
        "softmax": LEAK.claims,
        "restore": [*(claim for claims in restored for claim in claims if claim not in shared), *Restore.lemmas[:3]],
    }
    return {part: list(dict.fromkeys(claims)) for part, claims in found.items()}


def _kind(term: Term, prefers: Priority) -> str:
    """What an entry is for: who may be looked at, what is looked for, or which of several that are as good."""
    if isinstance(term, Visible):
        return "visible"
    of = {p.signal for form in (term.query, term.key) for row in form for p in row.parts}
    places = {PLACE, copy_of(PLACE)}
    index = term.continues is not None or (term.key_only() is not None and of <= places)
    return "index" if index else "flag" if (prefers.lo, prefers.hi) == (0, 1) else "sought"


def example(problem: Problem, max_n: int) -> Instance:
    """Documents to begin with. Of some draws the first that is worth a look: several pairs are best, two of them of one
    document; or some documents make the pair that is asked for, and some don't."""
    drawn = [_example(problem, min(EXAMPLE, max_n), seed) for seed in range(DRAWS)]
    return next((instance for instance in drawn if _instructive(problem, instance)), drawn[0])


def _instructive(problem: Problem, instance: Instance) -> bool:
    two = problem.bichromatic
    pairs = [(i, j) for i in range(len(instance.rows)) for j in range(0 if two else i + 1, len(instance.sets[-1]))]
    values = {(i, j): value_between(problem.kind.measure, instance.rows[i], instance.sets[-1][j]) for i, j in pairs}
    cut = problem.cut
    if cut is not None:
        meet = {i for (i, _), value in values.items() if (value >= cut if problem.kind.largest else value <= cut)}
        return 0 < len(meet) < len(instance.rows) - (not two)
    value_of = max if problem.kind.largest else min
    best = [pair for pair, value in values.items() if value == value_of(values.values())]
    equal = {row.tobytes() for rows in instance.sets for row in rows}
    return len(equal) == instance.n and len(best) > 1 and best[0][0] == best[1][0]


def _example(problem: Problem, n: int, seed: int) -> Instance:
    rng = np.random.default_rng(seed)
    rows = np.array([*_drawn(problem, n, rng)])
    for near, at in zip(range(3, n, 2), range(problem.dim), strict=False):
        rows[near] = _changed(problem, rows[1], at)
    if not problem.bichromatic:
        return problem.instance(rows)
    half = max(1, n // 2)
    return problem.instance(rows[:half], rows[half:])


def _drawn(problem: Problem, n: int, rng: np.random.Generator) -> Iterator[npt.NDArray[Any]]:
    share = rng.uniform(0.3, 0.7)
    for _ in range(n):
        row = rng.integers(1, problem.levels + 1, problem.dim) * (rng.random(problem.dim) < share)
        if problem.kind.is_similarity:
            ones = int(rng.choice(problem.norms or range(1, problem.dim // 2 + 2)))
            row = (rng.permutation(problem.dim) < ones).astype(int)
        yield row


def _changed(problem: Problem, row: npt.NDArray[Any], at: int) -> npt.NDArray[Any]:
    """The row with one entry changed; with as many ones where their number matters."""
    found = row.copy()
    if problem.kind.is_similarity:
        ones, zeros = np.flatnonzero(row), np.flatnonzero(row == 0)
        if len(zeros):
            found[ones[at % len(ones)]], found[zeros[at % len(zeros)]] = 0, 1
        return found
    found[at] = found[at] + 1 if found[at] < problem.levels else found[at] - 1
    return found
