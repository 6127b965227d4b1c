"""A theorem: what it says of which problems, the proof, and the constructions that build its circuits."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from dataclasses import dataclass, replace
from fractions import Fraction
from string import Formatter
from typing import Any, Unpack

from proofformer.circuit import Builder, Circuit, Head, Select
from proofformer.errors import InputError, ProofError, raised
from proofformer.plugins import place_of
from proofformer.problems import Problem, Task, problem
from proofformer.problems.kinds import Kind
from proofformer.problems.problem import ProblemArguments

FIELDS = {"search": ["i", "j", "value", "found"], "decide": ["decision"]}
"""What the circuits of a task of one's own answer, in this order."""

Basis = Callable[..., Any] | str
"""What a proof rests on: a function whose docstring states it, or a text."""


@dataclass(frozen=True)
class Claim:
    """What a construction answers, in words: {t} stands for the threshold, {similarity} for the one that is asked for.

    `construct` builds the circuit; it gets the Builder and, for a decision, the threshold. `also` is what the answer
    has besides, such as "the distance"; `proof` is that of the theorem where none is given.
    """

    says: str
    lemma: Basis
    construct: Callable[..., None]
    also: str = ""
    proof: str = ""


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
        """The circuit for a problem of this theorem, on documents of `dim` entries, at most `max_n` of them.

        Raises `ProofError` for what does not follow and, of a task of one's own, `InputError` for a construction that
        raises anything else, or whose circuit answers something else.
        """
        circuit = self._built(asked, max_n, dim)
        if asked.task is None:
            return circuit
        fields, needed = [*dict.fromkeys(out.field for out in circuit.outputs)], FIELDS[self.question]
        if fields != needed:
            raise InputError(f"the circuit of {self.name} answers {', '.join(fields)}: let it be {', '.join(needed)}")
        if not any(isinstance(node, Head | Select) for node in circuit.nodes):
            raise InputError(f"the circuit of {self.name} looks at no document: ask for one by c.select")
        if self._built(asked, max_n, dim) != circuit:
            raise InputError(f"the construction of {self.name} differs from run to run: let it go by the Builder alone")
        return circuit

    def _built(self, asked: Problem, max_n: int, dim: int) -> Circuit:
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
        try:
            self.construct(builder, *([asked.cut] if self.question == "decide" else []))
        except (InputError, ProofError):
            raise
        except BaseException as error:
            if asked.task is None:
                raise
            where = place_of(error)
            raise InputError(
                f"the construction of {self.name} raises {raised(error)}{where and f' at {where}'}: mend it"
            ) from error
        return builder.circuit()


@dataclass(frozen=True, eq=False)
class Theorem:
    """A search for a pair, and what else the same proof gives: the decision, and the search by declared norms.

    `task` is a task of one's own, or the kinds of built-in problems that it answers. `says`, `lemma`, `construct` and
    `also` are the search's claim. A task is kept with its theorem in it (see `Task`), so that theorems are compared by
    identity. Raises `InputError` for words that have other things in braces than a claim may.
    """

    task: Task | tuple[Kind, ...]
    says: str
    proof: str
    source: str
    lemma: Basis
    construct: Callable[[Builder], None]
    also: str = ""
    decide: Claim | None = None
    by_norm: Claim | None = None

    def __post_init__(self) -> None:
        if isinstance(self.task, Task):
            object.__setattr__(self, "task", replace(self.task, theorem=self))
        elif not isinstance(self.task, tuple) or not self.task:
            raise InputError(f"the task of a theorem is {self.task!r}: pass a Task")
        for name, claim in (("decide", self.decide), ("by_norm", self.by_norm)):
            if not isinstance(claim, Claim | None):
                raise InputError(f"{name} of a theorem is {claim!r}: pass a Claim(says, lemma, construct)")
        for proven in self.claims:
            _check_texts(proven)

    def problem(self, *, dim: int, **asked: Unpack[ProblemArguments]) -> Problem:
        """What the theorem answers, over rows of `dim` entries. Raises `InputError` as `problem` does."""
        if isinstance(self.task, Task):
            return problem(self.task, dim=dim, **asked)
        asked.setdefault("metric", self.task[0].metric)
        return problem(self.task[0].name, dim=dim, **asked)

    @property
    def claims(self) -> tuple[Proven, ...]:
        """The search, then what else there is."""
        search = Claim(self.says, self.lemma, self.construct, self.also)
        named = (("search", "", search), ("decide", "-decide", self.decide), ("search", "-by-norm", self.by_norm))
        stem = self.task.name if isinstance(self.task, Task) else self.task[0].stem
        return tuple(self._proven(f"{stem}{end}", asks, claim) for asks, end, claim in named if claim is not None)

    def _proven(self, name: str, question: str, claim: Claim) -> Proven:
        lemma = claim.lemma if isinstance(claim.lemma, str) else inspect.getdoc(claim.lemma) or ""
        told = (claim.says, claim.also, claim.proof or self.proof, self.source, " ".join(lemma.split()))
        return Proven(name, question, *told, claim.construct)

    def claim_for(self, asked: Problem) -> Proven | None:
        """The claim that answers a problem of this theorem, if it has it; of two searches, the last goes by norm."""
        fitting = [claim for claim in self.claims if claim.question == asked.question]
        return fitting[-1 if asked.norms is not None else 0] if fitting else None


def _check_texts(claim: Proven) -> None:
    """Raises `InputError` for what is no text, no construction, and for braces that stand for nothing."""
    for name in ("says", "also", "proof", "source", "lemma"):
        if not isinstance(text := getattr(claim, name), str):
            raise InputError(f"{name} of {claim.name} is {text!r}: write it as a text")
    if not callable(claim.construct):
        raise InputError(f"construct of {claim.name} is {claim.construct!r}: pass a function of a Builder")
    try:
        plain = all(
            name in (None, "t", "similarity") and not given and not conversion
            for _, name, given, conversion in Formatter().parse(claim.says)
        )
    except ValueError:
        plain = False
    if not plain:
        raise InputError(
            f"{claim.name} says {claim.says!r}: write {{t}} for the threshold, and {{{{ and }}}} for braces"
        )
