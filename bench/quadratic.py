"""Time against tokens: formulas through orthogonal vectors, for docs/why-quadratic.md and its figure.

python bench/quadratic.py
"""

from __future__ import annotations

from functools import partial
from random import Random
from typing import Any

from results import in_turns, measure, seconds, slope

from proofformer.reductions import Formula, Question
from proofformer.reductions.reduction import solve
from proofformer.reductions.sat import half_assignments
from proofformer.runtime.on_demand import OnDemand

VARIABLES, CLAUSES, FITTED = range(8, 31, 2), 112, 4
"""So many clauses for every number of variables: l is the same for all. The slope is fitted to the largest few."""


def random_formula(random: Random, variables: int, ratio: float) -> Formula:
    """3-SAT: clauses of three different variables."""
    clauses = [
        tuple(random.choice([-1, 1]) * v for v in random.sample(range(1, variables + 1), 3))
        for _ in range(round(ratio * variables))
    ]
    return Formula(variables, tuple(clauses))


def measured(variables: int) -> dict[str, Any]:
    """The median time of the model's answer to one formula, all half-assignments kept; START and READ are tokens."""
    formula = random_formula(Random(variables), variables, CLAUSES / variables)
    formula = Formula(variables, formula.clauses[:CLAUSES])
    found: dict[str, Any] = {"variables": variables}

    def oracle(asked: Question) -> Any:
        model = OnDemand().model(asked.problem, asked.instance.n)
        taken = in_turns({"model": lambda seed: seconds(partial(model.solve, asked.instance))})
        found.update(tokens=asked.instance.n + 2, seconds=taken["model"])
        return model.solve(asked.instance)

    assignment = solve(half_assignments(settle=False), formula, oracle)
    if assignment is not None and not formula.holds(assignment):
        raise SystemExit(f"{variables} variables: the assignment does not satisfy the formula")
    return found | {"satisfiable": assignment is not None}


def times() -> dict[str, Any]:
    """Of all sizes; and the power of tokens with which time grows."""
    sizes = [measured(variables) for variables in VARIABLES]
    tokens, taken = ([size[what] for size in sizes[-FITTED:]] for what in ("tokens", "seconds"))
    return {"sizes": sizes, "slope": slope(tokens, taken)}


if __name__ == "__main__":
    measure("quadratic", {"times": times})
