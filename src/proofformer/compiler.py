"""Problem to plan; where there is no plan, the nearest size or dtype that has one."""

from __future__ import annotations

from collections.abc import Callable

from proofformer.circuit import Circuit, Head, Select, inclusive, lower
from proofformer.errors import InputError, ProofError
from proofformer.planner.dtypes import DTYPES, DType, dtype_named
from proofformer.planner.plan import Plan, make_plan
from proofformer.problems import Problem
from proofformer.theorems import circuit_for

LARGEST_N = 1 << 30
MASKS = ("strict", "inclusive")
"""Whether a token sees the tokens before it only, or itself too: a layout of the same circuit, see `inclusive`."""


def plan_problem(problem: Problem, *, max_n: int, dtype: str = "float32", mask: str = "strict") -> Plan:
    """The plan that answers `problem` for every input of 2..max_n documents, for attention with this mask.

    Raises `InputError` for an impossible request, `ProofError` when nothing can be guaranteed at this size and dtype.
    """
    if isinstance(max_n, bool) or not isinstance(max_n, int) or not 2 <= max_n <= LARGEST_N:
        raise InputError(f"max_n = {max_n}: choose a whole number from 2 to {LARGEST_N}")
    if mask not in MASKS:
        raise InputError(f"mask {mask!r} is unknown: choose one of {', '.join(MASKS)}")
    chosen = dtype_named(dtype)

    def plan(dim: int, max_n: int, dtype: DType) -> Plan:
        return make_plan(_masked(circuit_for(problem, max_n, dim), mask == "inclusive"), max_n=max_n, dtype=dtype)

    try:
        return plan(problem.dim, max_n, chosen)
    except ProofError as error:
        hint = nearest(plan, problem.dim, max_n, chosen)
        raise ProofError(
            f"{problem.label} cannot be guaranteed for max_n = {max_n} in {dtype}: {error}. {hint}"
        ) from None


def _masked(circuit: Circuit, sees_itself: bool) -> Circuit:
    return inclusive(circuit) if sees_itself else circuit


def is_plan_for(problem: Problem, plan: Plan) -> bool:
    """Whether planning the problem again, in the rounds that the plan takes, gives this plan."""
    heads = [n.name for n in plan.circuit.nodes if isinstance(n, Head)]
    try:
        circuit = _masked(circuit_for(problem, plan.max_n), plan.circuit.inclusive)
        selects = [n.name for n in circuit.nodes if isinstance(n, Select)]
        rounds = {name: 1 + sum(h.startswith(f"{name}.round") for h in heads) for name in selects}
        again = make_plan(lower(circuit, rounds), max_n=plan.max_n, dtype=plan.dtype)
    except (InputError, ProofError):
        return False
    return (again.circuit, again.heads, again.layout) == (plan.circuit, plan.heads, plan.layout)


def nearest(plan: Callable[[int, int, DType], Plan], dim: int, max_n: int, dtype: DType) -> str:
    """One sentence: other dtypes that work at this size, and the largest sizes that work in this dtype."""

    def works(dim: int, max_n: int, dtype: DType) -> bool:
        try:
            plan(dim, max_n, dtype)
        except ProofError:
            return False
        return True

    def largest(low: int, high: int, dims: bool) -> int:
        while high - low > 1:
            middle = (low + high) // 2
            fits = works(middle, max_n, dtype) if dims else works(dim, middle, dtype)
            low, high = (middle, high) if fits else (low, middle)
        return low

    options = [f"--dtype {d.name}" for d in DTYPES if d is not dtype and works(dim, max_n, d)]
    if max_n > 2 and works(dim, 2, dtype):
        options.append(f"--max-n {largest(2, max_n, False)}")
    if dim > 1 and works(1, max_n, dtype):
        options.append(f"--dim {largest(1, dim, True)}")
    return f"Try {' or '.join(options)}" if options else "No other size or dtype comes near"
