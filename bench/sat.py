"""Formulas answered by Transformers, and then by a SAT solver that could not be imported before.

python bench/sat.py [--scale F]
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations, product
from random import Random
from time import perf_counter
from typing import Any

import click

from proofformer.reductions import Formula, Reduction
from proofformer.reductions.reduction import solve
from proofformer.reductions.routes import route
from proofformer.reductions.sat import SAT
from proofformer.runtime.on_demand import OnDemand

SOLVERS = "pysat.solvers"
THRESHOLD = 4.26
"""Clauses a variable at which random 3-SAT turns from mostly satisfiable to mostly not."""


@dataclass(frozen=True)
class Answered:
    """A formula and the assignment that was found, if any, by how many questions of how many documents at most."""

    formula: Formula
    assignment: tuple[int, ...] | None
    questions: int
    documents: int


def random_formula(random: Random, variables: int, ratio: float) -> Formula:
    """3-SAT: clauses of three different variables."""
    clauses = [
        tuple(random.choice([-1, 1]) * v for v in random.sample(range(1, variables + 1), 3))
        for _ in range(round(ratio * variables))
    ]
    return Formula(variables, tuple(clauses))


def pigeons(count: int, holes: int) -> Formula:
    """Every pigeon in a hole, no two in one: satisfiable when there are holes enough."""
    at = {pair: k + 1 for k, pair in enumerate(product(range(count), range(holes)))}
    some = [tuple(at[p, h] for h in range(holes)) for p in range(count)]
    apart = [(-at[p, h], -at[q, h]) for h in range(holes) for p, q in combinations(range(count), 2)]
    return Formula(len(at), (*some, *apart))


def parity(random: Random, variables: int, odd: bool) -> Formula:
    """x_i + x_(i+1) = b_i modulo 2 around a circle: satisfiable exactly when the b_i add up to an even number."""
    ends = [random.randrange(2) for _ in range(variables - 1)]
    ends.append((sum(ends) + odd) % 2)
    clauses = []
    for i, b in enumerate(ends):
        x, y = i + 1, (i + 1) % variables + 1
        clauses += [(x, y), (-x, -y)] if b else [(x, -y), (-x, y)]
    return Formula(variables, tuple(clauses))


def random_formulas(count: int, seed: str, sizes: Sequence[int]) -> Iterator[Formula]:
    random = Random(seed)
    for k in range(count):
        yield random_formula(random, sizes[k % len(sizes)], THRESHOLD * random.choice([0.8, 0.9, 1, 1, 1, 1.1, 1.2]))


def crafted() -> Iterator[Formula]:
    """Pigeonhole and parity formulas, at most 20 variables."""
    for count, holes in ((2, 1), (2, 2), (3, 2), (3, 3), (4, 3), (4, 4), (5, 4)):
        yield pigeons(count, holes)
    random = Random(0)
    for variables in range(3, 21):
        for odd in (False, True):
            yield parity(random, variables, odd)


def answered(formulas: Iterator[Formula], chain: Reduction) -> list[Answered]:
    """By Transformers."""
    found = []
    for formula in formulas:
        answering, asked = OnDemand(), []

        def oracle(question: Any, answering: OnDemand = answering, asked: list[int] = asked) -> Any:
            asked.append(question.instance.n)
            return answering.answer(question.problem, question.instance)

        found.append(Answered(formula, solve(chain, formula, oracle), len(asked), max(asked, default=0)))
    return found


def satisfiable() -> Callable[[Formula], bool]:
    """The verdict of python-sat's solver, which can be imported from now on."""
    sys.modules.pop(SOLVERS, None)
    from pysat.solvers import Solver

    def verdict(formula: Formula) -> bool:
        with Solver(bootstrap_with=[list(c) for c in formula.clauses]) as solver:
            return bool(solver.solve())

    return verdict


def without_solvers() -> None:
    """From now on `import pysat.solvers` raises."""
    for name in [name for name in sys.modules if name.startswith(SOLVERS)]:
        del sys.modules[name]
    sys.modules[SOLVERS] = None  # type: ignore[assignment]
    try:
        import pysat.solvers  # noqa: F401
    except ImportError:
        return
    raise SystemExit("the solver can be imported")


def parts(scale: float) -> Iterator[tuple[str, str, Iterator[Formula]]]:
    def some(count: int) -> int:
        return max(1, round(count * scale))

    yield "random 3-SAT, 6..20 variables", "ov", random_formulas(some(1000), "ov", range(6, 21))
    yield "pigeonhole and parity", "ov", crafted()
    yield "random 3-SAT, 6..20 variables", "lsd", random_formulas(some(300), "lsd", range(6, 21))
    yield "random 3-SAT, 6..20 variables", "min-ip", random_formulas(some(300), "min-ip", range(6, 21))
    yield "random 3-SAT, 6..10 variables", "max-ip", random_formulas(some(50), "max-ip", range(6, 11))
    yield "pigeonhole and parity", "lsd", crafted()


@click.command()
@click.option("--scale", default=1.0, show_default=True)
@click.option("--large", default=26, show_default=True, help="Variables of one more formula.")
def main(scale: float, large: int) -> None:
    """Print, for each way, formulas, how many can be satisfied, questions and seconds; exit code 1 if any is wrong."""
    without_solvers()
    results, wrong = [], 0
    for name, via, formulas in parts(scale):
        start = perf_counter()
        results.append((name, via, answered(formulas, route(SAT, via)), perf_counter() - start))
    start = perf_counter()
    (big,) = answered(iter([random_formula(Random(1), large, 4.0)]), route(SAT, "ov"))
    results.append((f"random 3-SAT, {large} variables", "ov", [big], perf_counter() - start))
    verdict = satisfiable()
    for name, via, found, seconds in results:
        yes = sum(a.assignment is not None for a in found)
        bad = [a for a in found if verdict(a.formula) != (a.assignment is not None)]
        bad += [a for a in found if a.assignment is not None and not a.formula.holds(a.assignment)]
        wrong += len(bad)
        questions, most = sum(a.questions for a in found), max(a.documents for a in found)
        print(
            f"{name}, via {via}: {len(found):,} formulas, {yes:,} satisfiable, {len(bad)} wrong; {questions:,} "
            f"questions of up to {most:,} documents, {seconds:.1f} s"
        )
    raise SystemExit(int(wrong > 0))


if __name__ == "__main__":
    main()
