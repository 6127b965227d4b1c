"""What must hold for the compiled model to be exact: rules, and what each demands of one head or gate."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

from proofformer.errors import ProofError

NUMBERS = "counted on the planner's whole numbers"
FRACTIONS = "exact fractions, rounded outward"


@dataclass(frozen=True)
class Rule:
    """That a number is at most a limit: `demands`, with places for what is known in an obligation alone.

    `says` what that means, and `how` it is established; `claims` are the lemmas it needs, by name, its proof is in
    that `section` of docs/theory.md. What is told in refusals alone says no more than it demands.
    """

    demands: str
    says: str = ""
    how: str = ""
    claims: tuple[str, ...] = ()
    section: int = 0


@dataclass(frozen=True)
class Owner:
    """Who must obey: the circuit, a head or a gate, by name, or one entry of a head."""

    kind: str
    name: str
    entry: str | None = None

    def __str__(self) -> str:
        within = "" if self.entry is None else f", entry {self.entry!r}"
        return f"{self.kind} {self.name!r}{within}"


@dataclass(frozen=True)
class Obligation:
    """`value <= limit`, as the rule demands it of its owner; `given` fills the places of the demand."""

    rule: Rule
    owner: Owner
    value: Fraction | int
    limit: Fraction | int
    given: Mapping[str, object] = field(default_factory=dict)

    @property
    def statement(self) -> str:
        return self.rule.demands.format(**self.given)

    @property
    def holds(self) -> bool:
        return self.value <= self.limit

    @property
    def refusal(self) -> str:
        """That it does not hold, with as many digits as tell both numbers apart."""
        value, limit = _apart(self.value, self.limit)
        return f"{self.owner}: {self.statement} would need {value} <= {limit}"

    def require(self) -> Obligation:
        """Itself. Raises `Unmet` where it does not hold."""
        if not self.holds:
            raise Unmet(self)
        return self

    def to_json(self) -> dict[str, Any]:
        return {
            "about": str(self.owner),
            "statement": self.statement,
            "value": str(self.value),
            "limit": str(self.limit),
        }


class Unmet(ProofError):
    """An obligation does not hold."""

    def __init__(self, obligation: Obligation) -> None:
        self.obligation = obligation
        super().__init__(obligation.refusal)

    def __reduce__(self) -> tuple[type[Unmet], tuple[Obligation]]:
        return Unmet, (self.obligation,)


def _apart(value: Fraction | int, limit: Fraction | int) -> tuple[str, str]:
    for digits in range(4, 17):
        told = _short(value, digits), _short(limit, digits)
        if told[0] != told[1]:
            break
    return told


def _short(x: Fraction | int, digits: int) -> str:
    return str(x) if isinstance(x, int) or x.denominator == 1 else f"{float(x):.{digits}g}"


RESTORES = ("restore-of-a-zero", "restore-of-a-one", "restore-in-floating-point")
READ_CLAIMS = (
    "sums-of-positive-numbers",
    "rescaling-of-a-weight",
    "rescaling-shrinks-what-is-left",
    "e-to-the-z",
    "e-to-the-y",
    "weight-outside",
    "rounded-results",
    "growth-of-a-quotient",
    "rescaling-of-all-keys",
    "the-coarsest-types-bound-all",
    "clearing-a-noisy-signal",
)

INDEX_FITS = Rule("every index fits in {bits} bits")
STORED_NUMBERS = Rule("every {side} number exact in {dtype}")
WEIGHTED_SUMS = Rule("every partial sum of a weighted {side} number exact in {dtype} sums")

SCORE_SUMS = Rule(
    "every partial sum of a score exact in {dtype} sums",
    "scores are exact: no partial sum of whole numbers, in whatever order, leaves the range where all of them are "
    "floats of the accumulator",
    NUMBERS,
    section=4,
)
NUMBERS_FINITE = Rule(
    "every query and key number finite in {dtype} (bits)",
    "no number of a query or a key overflows (bits)",
    NUMBERS,
    ("both-sides-of-a-row-are-finite",),
    6,
)
LEAK = Rule(
    "weight outside the best keys, relative to that on them, at b = {b}",
    "leak: the softmax weight outside a row's best keys, relative to that on them, whatever the documents",
    FRACTIONS,
    (
        "inverse-of-e",
        "leak-of-visible-keys",
        "a-wider-gap-leaks-less",
        "more-best-keys-leak-less",
        "one-round-leaks-little",
        "temperature-is-at-most-32",
        "the-gap-of-unseen-keys",
    ),
    6,
)
SUMMED_WEIGHTS = Rule("the weights that {dtype} adds up with a relative error below 1/2, so that bits can be restored,")
ZERO_RESTORES = Rule(
    "a fetched 0 restores to 0 (n up to {n})",
    "a bit that is 0 on the best keys is fetched as a number that the gate restores to exactly 0",
    FRACTIONS,
    (*READ_CLAIMS, "a-zero-is-read-as-zero", *RESTORES),
    6,
)
ONE_NOT_TOO_SMALL = Rule(
    "a fetched 1 restores to 1 (n up to {n}; shortfall)",
    "a bit that is 1 is fetched as no less than what the gate restores to exactly 1: how far below 1",
    FRACTIONS,
    (*READ_CLAIMS, "a-one-is-not-read-too-small", *RESTORES),
    6,
)
ONE_NOT_TOO_LARGE = Rule(
    "a fetched 1 restores to 1 (n up to {n}; excess)",
    "nor as more: how far above 1",
    FRACTIONS,
    (*READ_CLAIMS, "a-one-is-not-read-too-large", *RESTORES),
    6,
)

HIDDEN_NUMBERS = Rule(
    "every hidden number exact in {dtype}", "every number inside a gate is stored exactly", NUMBERS, section=3
)
GATE_SUMS = Rule(
    "every partial sum exact in {dtype} sums",
    "every partial sum inside a gate is exact in the accumulator",
    NUMBERS,
    section=3,
)
WEIGHTS = Rule(
    "every weight exact in {dtype}, without factors of two",
    "every weight of a gate is stored exactly (its odd part counts)",
    NUMBERS,
    section=3,
)
WEIGHTS_FINITE = Rule("every weight finite in {dtype}", "no weight of a gate overflows (bits)", NUMBERS, section=3)
