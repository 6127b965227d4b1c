"""A theorem: what it says of which problems, the proof, and the constructions that build its circuits."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from proofformer.circuit import Builder, Circuit
from proofformer.problems import Problem
from proofformer.problems.kinds import Kind

Lemma = Callable[..., Any] | str
"""What a proof rests on: a function whose docstring states it, or a text."""


@dataclass(frozen=True)
class Claim:
    """What a construction answers, in words: {t} stands for the threshold, {similarity} for the one that is asked for.

    `construct` builds the circuit; it gets the Builder and, for a decision, the threshold. `also` is what the answer
    has besides, such as "the distance".
    """

    says: str
    lemma: Lemma
    construct: Callable[..., None]
    also: str = ""


@dataclass(frozen=True)
class Proven:
    """A claim of a theorem with all that is told of it. `name` is that of its circuit."""

    name: str
    question: str
    says: str
    also: str
    proof: str
    source: str
    lemma: str
    construct: Callable[..., None]

    def circuit(self, asked: Problem, max_n: int, dim: int) -> Circuit:
        """The circuit for a problem of this theorem, on documents of `dim` entries, at most `max_n` of them."""
        builder = Builder(
            self.name,
            dim=dim,
            max_n=max_n,
            bichromatic=asked.bichromatic,
            levels=asked.levels,
            metric=asked.metric or "",
            norms=asked.norms,
            gamma=None if asked.gamma is None else Fraction(asked.gamma),
        )
        self.construct(builder, *([asked.cut] if self.question == "decide" else []))
        return builder.circuit()


@dataclass(frozen=True)
class Theorem:
    """A search for a pair, and what else the same proof gives: the decision, and the search by declared norms.

    `task` has the kinds of problem that it answers. `says`, `lemma`, `construct` and `also` are the search's claim.
    """

    task: tuple[Kind, ...]
    says: str
    proof: str
    source: str
    lemma: Lemma
    construct: Callable[[Builder], None]
    also: str = ""
    decide: Claim | None = None
    by_norm: Claim | None = None

    @property
    def claims(self) -> tuple[Proven, ...]:
        """The search, then what else there is."""
        search = Claim(self.says, self.lemma, self.construct, self.also)
        named = (("search", "", search), ("decide", "-decide", self.decide), ("search", "-by-norm", self.by_norm))
        stem = self.task[0].stem
        return tuple(self._proven(f"{stem}{end}", asks, claim) for asks, end, claim in named if claim is not None)

    def _proven(self, name: str, question: str, claim: Claim) -> Proven:
        lemma = claim.lemma if isinstance(claim.lemma, str) else inspect.getdoc(claim.lemma) or ""
        told = (claim.says, claim.also, self.proof, self.source, " ".join(lemma.split()))
        return Proven(name, question, *told, claim.construct)

    def claim_for(self, asked: Problem) -> Proven | None:
        """The claim that answers a problem of this theorem, if it has it; of two searches, the last goes by norm."""
        fitting = [claim for claim in self.claims if claim.question == asked.question]
        return fitting[-1 if asked.norms is not None else 0] if fitting else None
