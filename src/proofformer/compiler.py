"""The waist: what decides a model, and the way from there to its circuit and its plan.

Exact mathematics lies below; what uses models, above. `planner.weights` gives a plan's arrays.
"""

from __future__ import annotations

import shlex
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Final, NamedTuple

from proofformer.arguments import ARGUMENTS, LARGEST_DIM, LARGEST_N
from proofformer.circuit import Builder, Circuit, inclusive
from proofformer.errors import Choice, InputError, ProofError, one_of
from proofformer.planner import DTYPES, DType, Plan, dtype_named, make_plan
from proofformer.problems import Problem, Task
from proofformer.theorems import circuit_for

STRICT, INCLUSIVE = "strict", "inclusive"
MASKS: Final = (STRICT, INCLUSIVE)
"""Whether a token sees the tokens before it only, or itself too: a layout of the same circuit, see `circuit.seen`."""


@dataclass(frozen=True)
class Spec:
    """All that decides a model: the same spec, the same bytes.

    The model answers `problem` for every input of 2..max_n documents (of both sets together), in `dtype`, by attention
    with this mask. Raises `InputError` for what no model has.
    """

    problem: Problem
    max_n: int
    dtype: str = "float32"
    mask: str = STRICT

    def __post_init__(self) -> None:
        if isinstance(self.max_n, bool) or not isinstance(self.max_n, int) or not 2 <= self.max_n <= LARGEST_N:
            raise InputError(f"max_n = {self.max_n!r}: choose a whole number from 2 to {LARGEST_N}")
        if self.problem.dim > LARGEST_DIM:
            raise InputError(f"dim = {self.problem.dim}: a model takes at most {LARGEST_DIM} entries of a document")
        if self.mask not in MASKS:
            raise InputError(f"mask {self.mask!r} is unknown: {one_of(self.mask, MASKS)}")
        object.__setattr__(self, "dtype", dtype_named(self.dtype).name)

    def to_json(self) -> dict[str, Any]:
        return {"problem": self.problem.to_json(), "max_n": self.max_n, "dtype": self.dtype, "mask": self.mask}

    @staticmethod
    def from_json(data: Mapping[str, Any], task: Task | None = None) -> Spec:
        """The spec that `to_json` described, of the task if it has its name. Raises `InputError` for anything else."""
        if not isinstance(data, Mapping) or data.keys() != {"problem", "max_n", "dtype", "mask"}:
            raise InputError("a spec has problem, max_n, dtype and mask, and nothing else")
        return Spec(Problem.from_json(data["problem"], task), data["max_n"], data["dtype"], data["mask"])

    def command(self, output: str) -> str:
        """The command line that compiles it."""
        words = ["proofformer", "compile", *_asking(self.problem), "--max-n", str(self.max_n)]
        words += [] if self.dtype == "float32" else ["--dtype", self.dtype]
        words += [] if self.mask == STRICT else ["--mask", self.mask]
        return shlex.join([*words, "-o", output])


def _asking(problem: Problem) -> Iterator[str]:
    """The words after `proofformer compile` that ask this problem again."""
    yield from (problem.name, "--dim", str(problem.dim))
    for argument in ARGUMENTS:
        value = getattr(problem, argument.name)
        if value == argument.default or (argument.name == "question" and _follows(problem)):
            continue
        yield argument.flag
        if argument.metavar is not None:
            yield ",".join(map(str, value)) if isinstance(value, tuple) else str(value)


def _follows(problem: Problem) -> bool:
    """Whether the question is the one that is asked when none is named."""
    return problem.question == ("search" if problem.threshold is None else "decide")


class Remedy(NamedTuple):
    """An argument of `compile`, and a value of it with which there is a plan."""

    argument: str
    value: object


class Unplanned(ProofError):
    """A spec has no plan: why, and what has one."""

    def __init__(self, spec: Spec, why: str, remedies: tuple[Remedy, ...]) -> None:
        self.spec, self.why, self.remedies = spec, why, remedies
        super().__init__()

    def __reduce__(self) -> tuple[type[Unplanned], tuple[Spec, str, tuple[Remedy, ...]]]:
        return Unplanned, (self.spec, self.why, self.remedies)

    def told(self, options: bool = False) -> str:
        return self.advising(*(Choice(*remedy).told(options) for remedy in self.remedies))

    def advising(self, *remedies: str) -> str:
        """The sentence, with the remedies in these words."""
        spec = self.spec
        hint = f"Try {' or '.join(remedies)}" if remedies else "No other size or dtype comes near"
        hint += "" if spec.problem.task is None else ": look at the theorem's construction"
        return f"{spec.problem.label} cannot be guaranteed for max_n = {spec.max_n} in {spec.dtype}: {self.why}. {hint}"


def plan_of(spec: Spec) -> Plan:
    """The plan of a spec: its circuit with every number it needs.

    Raises `ProofError` when the circuit answers something else than is asked and `Unplanned` when nothing can be
    guaranteed.
    """
    dtype = dtype_named(spec.dtype)

    def plan(dim: int, max_n: int, dtype: DType) -> Plan:
        return make_plan(_circuit(spec, max_n, dim), max_n=max_n, dtype=dtype)

    try:
        return plan_at_once(spec)
    except ProofError as error:
        raise Unplanned(spec, str(error), nearest(plan, spec.problem.dim, spec.max_n, dtype)) from None


def plan_at_once(spec: Spec) -> Plan:
    """As `plan_of`, without the search for remedies, which takes longer than the plan.

    Raises `Unmet`, with the obligation that fails, when nothing can be guaranteed.
    """
    return make_plan(_circuit(spec, spec.max_n, spec.problem.dim), max_n=spec.max_n, dtype=dtype_named(spec.dtype))


def planned(problem: Problem, max_n: int, dtype: str | None = None) -> Plan:
    """The plan in that dtype; where none is named in float32, or in float64 if that has none. Raises as `plan_of`."""
    if dtype is None:
        with suppress(ProofError):
            return plan_at_once(Spec(problem, max_n))
    return plan_of(Spec(problem, max_n, dtype or "float64"))


def _circuit(spec: Spec, max_n: int, dim: int) -> Circuit:
    """The circuit of the spec's question at a size, for its mask."""
    circuit = circuit_for(spec.problem, max_n, dim)
    wanted = spec.problem.answer_format.names
    if tuple(circuit.fields) != wanted:
        gives = ", ".join(circuit.fields)
        raise ProofError(f"the question is answered by {', '.join(wanted)}, but the circuit gives {gives}")
    return inclusive(circuit) if spec.mask == INCLUSIVE else circuit


def inputs_of(spec: Spec) -> range:
    """How many numbers a token may have, by the spec alone. Where it sees itself it has more, but not twice as many:
    which of them the heads need of the token before it, the circuit says."""
    problem = spec.problem
    c = Builder("", dim=problem.dim, max_n=spec.max_n, bichromatic=problem.bichromatic, levels=problem.levels)
    strict = sum(s.width for s in c.inputs)
    return range(strict, strict + 1) if spec.mask == STRICT else range(strict + 1, 2 * strict)


def largest(low: int, high: int, works: Callable[[int], bool]) -> int:
    """The largest that works, by bisection: `low` does, `high` does not, and of what does all that is smaller does."""
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if works(middle) else (low, middle)
    return low


def nearest(plan: Callable[[int, int, DType], Plan], dim: int, max_n: int, dtype: DType) -> tuple[Remedy, ...]:
    """Other dtypes that work at this size, and the largest sizes that work in this dtype."""

    def works(dim: int, max_n: int, dtype: DType) -> bool:
        try:
            plan(dim, max_n, dtype)
        except ProofError:
            return False
        return True

    found = [Remedy("dtype", d.name) for d in DTYPES if d is not dtype and works(dim, max_n, d)]
    if max_n > 2 and works(dim, 2, dtype):
        found.append(Remedy("max_n", largest(2, max_n, lambda n: works(dim, n, dtype))))
    if dim > 1 and works(1, max_n, dtype):
        found.append(Remedy("dim", largest(1, dim, lambda l: works(l, max_n, dtype))))
    return tuple(found)
