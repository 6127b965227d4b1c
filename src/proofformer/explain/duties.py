"""What a plan had to meet, in words, with its numbers and how each is established; what its theorem rests on."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction

from proofformer.circuit import Gate, Visible
from proofformer.explain.describe import level_rules, short
from proofformer.planner import Plan
from proofformer.planner.rules import NUMBERS, Obligation
from proofformer.problems import Problem

TYPES = "the circuit's types: otherwise it is refused"


@dataclass(frozen=True)
class Duty:
    """`value <= limit`, in words; neither where types alone establish it. `claims` are names of `obligations.CLAIMS`.

    `about` names the heads or gates that it is about, `section` the section of docs/theory.md with the proof.
    """

    about: tuple[str, ...]
    says: str
    value: Fraction | int | None
    limit: Fraction | int | None
    how: str
    claims: tuple[str, ...]
    section: int

    @property
    def slack(self) -> Fraction | int | None:
        return None if self.value is None or self.limit is None else self.limit - self.value

    def to_json(self) -> dict[str, object]:
        numbers = {"value": self.value, "limit": self.limit, "slack": self.slack}
        return {
            "about": list(self.about),
            "says": self.says,
            **{name: None if number is None else str(number) for name, number in numbers.items()},
            "established_by": self.how,
            "claims": list(self.claims),
            "section": self.section,
        }


def duties(plan: Plan) -> tuple[Duty, ...]:
    """Everything that had to hold for this plan, equal lines of several heads or gates in one."""
    found: dict[tuple[str, Fraction | int | None, Fraction | int | None], Duty] = {}
    for duty in _all(plan):
        key = duty.says, duty.value, duty.limit
        about = (*found[key].about, *duty.about) if key in found else duty.about
        found[key] = Duty(
            tuple(dict.fromkeys(about)), duty.says, duty.value, duty.limit, duty.how, duty.claims, duty.section
        )
    return tuple(found.values())


def _all(plan: Plan) -> Iterator[Duty]:
    for head in plan.heads:
        yield from _levels(plan, head.name)
        yield _reads(plan, head.name)
    for o in plan.obligations:
        if o.owner.kind == "head":
            yield _duty(o, o.owner.name)
    gates = [o for o in plan.obligations if o.owner.kind == "gate"]
    for rule in dict.fromkeys(o.rule for o in gates):
        # Gates are many and far from their limits: the nearest stands for all.
        nearest = max((o for o in gates if o.rule is rule), key=lambda o: Fraction(o.value) / Fraction(o.limit))
        yield _duty(nearest, f"all gates, nearest {nearest.owner.name}")
    kinds = {gate.op: gate for gate in plan.circuit.nodes if isinstance(gate, Gate)}
    claims = tuple(dict.fromkeys(lemma for _, gate in sorted(kinds.items()) for lemma in gate.lemmas))
    if claims:
        yield Duty(("all gates",), "a gate computes its function", None, None, "polynomials and Coq", claims, 3)
    if unproved := tuple(f"gate `{op}`" for op, gate in kinds.items() if not gate.lemmas):
        yield Duty(unproved, "so does one of your own", None, None, "nothing here: by whoever wrote it", (), 3)


def _duty(o: Obligation, about: str) -> Duty:
    rule = o.rule
    return Duty((about,), rule.says, o.value, o.limit, rule.how, rule.claims, rule.section)


def _levels(plan: Plan, name: str) -> Iterator[Duty]:
    """Each level outweighs all below it: weight times gap against the range below, and the gap that is needed."""
    terms, numbers = plan.circuit.heads[name].order, plan.head(name)
    for rule in level_rules(plan, name):
        level, weight = terms[rule.start : rule.stop], numbers.weights[rule.start]
        says = (
            f"`{' with '.join(term.label for term in level)}` outweighs all below it: range below "
            f"{short(rule.below)} and a gap of {rule.gap}, against weight {short(weight)} x step {rule.step}"
        )
        claims: tuple[str, ...] = ("a-better-level-wins", "rounding-up-costs-an-eighth", "rounding-up-keeps-the-bits")
        if isinstance(level[0], Visible):
            claims = ("visible-then-start-then-the-rest", *claims[1:])
        elif len(level) > 1:
            claims = (
                *claims,
                "a-prefix-shares-a-level",
                "a-prefix-counts-mismatches",
                "a-mismatch-costs-more-than-a-digit-gains",
            )
        yield Duty((name,), says, rule.below + rule.gap, weight * rule.step, NUMBERS, claims, 4)


def _reads(plan: Plan, name: str) -> Duty:
    head = plan.circuit.heads[name]
    read = ", ".join(dict.fromkeys(f"`{r.signal}`" for r in head.reads))
    return Duty(
        (name,),
        f"reads are legal: {read} are equal on all best keys, being functions of an entry, or the best key is one "
        "because the entries pin its whole index",
        None,
        None,
        TYPES,
        ("a-number-determines-its-digits", "bits-of-an-index", "digits-of-an-index"),
        5,
    )


SCORES = {
    "inner": (),
    "hamming": ("agreement-of-bits", "agreement-at-a-threshold"),
    "sqeuclidean": ("squared-distance-of-entries",),
    "cityblock": ("rungs-of-an-entry", "agreement-of-bits", "agreement-at-a-threshold"),
    "cosine": (
        "cosines-by-cross-multiplication",
        "distinct-fractions-are-apart",
        "similarities-grow-with-what-is-shared",
        "similarities-fall-with-a-norm",
    ),
    "jaccard": ("similarities-grow-with-what-is-shared", "similarities-fall-with-a-norm"),
    "dice": ("similarities-grow-with-what-is-shared", "similarities-fall-with-a-norm"),
}
"""What the scores of a measure rest on, by name of the claim."""


def claims_of(asked: Problem) -> tuple[str, ...]:
    """The claims for all n and l that the theorem itself rests on, besides those of its obligations.

    None of them is about a task of one's own.
    """
    measure = asked.kind.measure
    if not isinstance(measure, str):
        return ()
    found = [*SCORES[measure]]
    if asked.question == "decide":
        found += ["documents-at-the-threshold-win", "whole-numbers-at-a-threshold", "a-chunk-is-exact"]
    if asked.kind.is_similarity:
        found.append("whole-numbers-at-a-root")
    if asked.norms is not None:
        found.append("only-the-best-of-a-norm-that-won")
    if asked.gamma is not None:
        found += ["a-class-is-within-a-factor", "two-choices-share-a-factor"]
    return tuple(found)
