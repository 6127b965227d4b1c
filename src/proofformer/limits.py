"""How far a question goes in a dtype: the largest sizes that are certified, and the obligation that the next breaks.

What is certified is one of two things. `PLANNED`: the planner proved all obligations of that size, so it compiles.
`CHECKED`: it was compiled too, and `check.py`, which knows no plan, proved the model from the bytes of its weights.

    ask = at_half("closest-pair")
    reach = Reach(ask, "bfloat16")
    reach.largest_n(64)  # Limit(size=1625188, ends=Obligation(..), claim="checked")
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final, NamedTuple, Unpack

from proofformer.artifacts import FOLDER
from proofformer.artifacts.certificate import own_task
from proofformer.check import CERTIFIED, examine
from proofformer.compiler import Spec, largest, plan_at_once
from proofformer.planner import Obligation, Plan, Unmet
from proofformer.planner.weights import parameters
from proofformer.problems import Problem, problem
from proofformer.problems.kinds import kinds
from proofformer.problems.numbers import square_root
from proofformer.theorems import Theorem

if TYPE_CHECKING:
    from proofformer.problems.problem import ProblemArguments

PLANNED: Final = "planned"
CHECKED: Final = "checked"
DIM: Final = 64
MAX_N: Final = 4096
"""The size from which one looks for larger ones, where no other is named."""
LARGEST_N: Final = 1 << 25
LARGEST_DIM, LARGEST_GRID, LARGEST_TABLE = 4096, 256, 512
"""Where the search ends: for rows of 0/1, on grids, and for similarities, whose tables grow with the square of l."""
FASTER: Final = 8
"""A search steps so many times as far each time: two steps are enough where it starts at the answer."""
MOST_CHECKED: Final = 1 << 22
"""Weights of a model that is compiled to be checked: seconds of work."""

Asked = Callable[[int], Problem]
"""A question, at every l."""


def at_half(name: str | Theorem, **asked: Unpack[ProblemArguments]) -> Asked:
    """A question at every l. A decision is at half of the largest value there, that of cosines at sqrt(1/2).

    Other arguments are those of `proofformer.problem`. Raises `InputError` for what is no question, at some l.
    """

    def made(dim: int, **asked: Any) -> Problem:
        return name.problem(dim=dim, **asked) if isinstance(name, Theorem) else problem(name, dim=dim, **asked)

    takes_threshold = isinstance(name, Theorem) or all(kind.target is None for kind in kinds(name))

    def ask(dim: int) -> Problem:
        if asked.get("question") != "decide" or not takes_threshold:
            return made(dim, **asked)
        whole = made(dim, **{**asked, "threshold": 0})
        half = Fraction(whole.largest_value, 2)
        return replace(whole, threshold=square_root(half) if whole.kind.measure == "cosine" else half)

    return ask


class Limit(NamedTuple):
    """The largest size that is certified (None: none is), and how: `claim`.

    `ends` is what the next size breaks, or the least one where none is certified; None where the search ended.
    """

    size: int | None
    ends: Obligation | None
    claim: str | None

    def to_json(self) -> dict[str, Any]:
        return {"largest": self.size, "claim": self.claim, "ends": self.ends and self.ends.to_json()}


class Corner(NamedTuple):
    """For documents of `dim` entries the largest `max_n` that is certified, and how."""

    dim: int
    max_n: int
    claim: str


@dataclass(frozen=True)
class Reach:
    """A question in a dtype, at all sizes."""

    ask: Asked
    dtype: str

    def spec(self, dim: int, max_n: int) -> Spec:
        return Spec(self.ask(dim), max_n, self.dtype)

    def plan(self, dim: int, max_n: int) -> Plan | Obligation:
        """The plan, or what forbids it."""
        return planned(self.spec(dim, max_n))

    def largest_n(self, dim: int, start: int = MAX_N, most: int = LARGEST_N) -> Limit:
        """Of documents, at this l."""
        return _limit(lambda n: self.spec(dim, n), min(start, most), 2, most)

    def largest_dim(self, max_n: int, start: int = DIM) -> Limit:
        """Of entries, for so many documents."""
        asked = self.ask(start)
        most = most_entries(asked)
        return _limit(lambda l: self.spec(l, max_n), min(start, most), max(asked.norms or (1,)), most)

    def frontier(self, max_n: int = MAX_N) -> Iterator[Corner]:
        """The largest max_n at powers of two for l, and at the largest l for two documents and for `max_n`.

        There are no more at a larger l than at a smaller one.
        """
        ends = {end for end in (self.largest_dim(n).size for n in (2, max_n)) if end is not None}
        least = max(self.ask(DIM).norms or (1,))
        powers = {1 << k for k in range(max(ends, default=0).bit_length()) if 1 << k >= least}
        start, most = max_n, LARGEST_N
        for dim in sorted(ends | powers):
            found = self.largest_n(dim, start, most)
            if found.size is not None and found.claim is not None:
                yield Corner(dim, found.size, found.claim)
                start = most = found.size


def most_entries(problem: Problem) -> int:
    """Where the search for the largest l ends."""
    kind = problem.kind
    return LARGEST_TABLE if kind.is_similarity else LARGEST_GRID if kind.takes_levels else LARGEST_DIM


@lru_cache(maxsize=16)
def planned(spec: Spec) -> Plan | Obligation:
    """Its plan, or the obligation that fails. Raises `ProofError` for a circuit that is ill-typed."""
    try:
        return plan_at_once(spec)
    except Unmet as error:
        return error.obligation


def claim_of(spec: Spec, plan: Plan) -> str:
    """`CHECKED` where the model has at most `MOST_CHECKED` weights and the checker proves it from them; of a theorem of
    one's own, where what it measures is the task's value too, on all rows or, if there are too many, on some."""
    if parameters(plan) > MOST_CHECKED:
        return PLANNED
    found = examine(FOLDER.make(spec, plan, {}).get, own_task(spec.problem.task))
    return CHECKED if found["code"] == CERTIFIED else PLANNED


def _limit(at: Callable[[int], Spec], start: int, least: int, most: int) -> Limit:
    """Away from `start` in growing steps, then bisection: what has a plan at some size has one at every smaller one."""

    def works(size: int) -> bool:
        return isinstance(planned(at(size)), Plan)

    step = 1
    if works(start):
        low, high = start, most + 1
        while low < most and high > most:
            grown = min(low + step, most)
            low, high = (grown, high) if works(grown) else (low, grown)
            step *= FASTER
    else:
        low, high = least - 1, start
        while high > least and low < least:
            shrunk = max(high - step, least)
            low, high = (shrunk, high) if works(shrunk) else (low, shrunk)
            step *= FASTER
    size = largest(low, high, works)
    ends = None if size == most else planned(at(size + 1))
    made = planned(at(size)) if size >= least else None
    assert not isinstance(ends, Plan)
    return Limit(size, ends, claim_of(at(size), made)) if isinstance(made, Plan) else Limit(None, ends, None)
