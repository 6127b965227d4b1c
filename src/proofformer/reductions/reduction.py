"""What a reduction is: questions made of a question, and its answer made of theirs. Chains of them.

A question is an `Asked` about documents or a `Formula`; an answer is a `PairAnswer`, a `Decision` or an assignment.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Generator, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

Question = Any
Answer = Any
Back = Any
Conversation = Generator[Question, Answer, Answer]
"""Yields questions, is sent their answers, and returns the answer."""


@dataclass(frozen=True)
class Cost:
    """At most so many questions, each of at most `n` documents in all, of `l` entries."""

    questions: int
    n: int
    l: int


class Reduction(ABC):
    """`statement` and `proof` in words, `sizes` as formulas, `source` as the paper numbers it."""

    name: ClassVar[str]
    statement: ClassVar[str]
    proof: ClassVar[str]
    sizes: ClassVar[str]
    source: ClassVar[str]

    @abstractmethod
    def accepts(self, question: Question) -> str | None:
        """None, or why this question cannot be reduced, as a sentence."""

    @abstractmethod
    def cost(self, question: Question) -> Cost:
        """The size formulas, in numbers; equal to what `asks` yields at most."""

    @abstractmethod
    def asks(self, question: Question) -> Conversation:
        """The questions, one after the other, and the answer."""

    def __rshift__(self, then: Reduction) -> Chain:
        """Each question of this reduction by the next one."""
        return Chain((*self.links, *then.links))

    @property
    def links(self) -> tuple[Reduction, ...]:
        return (self,)


class Translation(Reduction):
    """A reduction whose questions do not depend on the answers to earlier ones: all are made at once."""

    @abstractmethod
    def apply(self, question: Question) -> tuple[Sequence[Question], Back]:
        """The questions, which may be none, and what `invert` needs to know besides their answers."""

    @abstractmethod
    def invert(self, answers: Sequence[Answer], back: Back) -> Answer:
        """The answer to the question that `apply` was given."""

    def asks(self, question: Question) -> Conversation:
        questions, back = self.apply(question)
        answers = []
        for made in questions:
            answers.append((yield made))
        return self.invert(answers, back)


@dataclass(frozen=True)
class Chain(Reduction):
    """One reduction after the other."""

    links_: tuple[Reduction, ...]

    @property
    def links(self) -> tuple[Reduction, ...]:
        return self.links_

    @property
    def name(self) -> str:  # type: ignore[override]
        return " >> ".join(link.name for link in self.links)

    @property
    def statement(self) -> str:  # type: ignore[override]
        return " Then: ".join(link.statement for link in self.links)

    @property
    def proof(self) -> str:  # type: ignore[override]
        return "Each link is right."

    @property
    def sizes(self) -> str:  # type: ignore[override]
        return "; then ".join(link.sizes for link in self.links)

    @property
    def source(self) -> str:  # type: ignore[override]
        return ", ".join(link.source for link in self.links)

    def __str__(self) -> str:
        return self.name

    def accepts(self, question: Question) -> str | None:
        """By the first link; a later one refuses when it is asked."""
        return self.links[0].accepts(question)

    def cost(self, question: Question) -> Cost:
        """Of the questions that are asked when every answer is found by the exact oracle."""
        total, n, l = 0, 0, 0
        conversation = self.asks(question)
        try:
            made = next(conversation)
            while True:
                total, n, l = total + 1, max(n, sum(made.sizes)), max(l, made.dim)
                made = conversation.send(made.problem.answer(made.instance))
        except StopIteration:
            return Cost(total, n, l)

    def asks(self, question: Question) -> Conversation:
        first, *rest = self.links
        conversation = first.asks(question)
        if not rest:
            return (yield from conversation)
        then = Chain(tuple(rest))
        try:
            made = next(conversation)
            while True:
                answer = yield from then.asks(checked(then, made))
                made = conversation.send(answer)
        except StopIteration as end:
            return end.value


def checked(reduction: Reduction, question: Question) -> Question:
    """The question, if it can be reduced. Raises InputError otherwise."""
    from proofformer.errors import InputError

    why = reduction.accepts(question)
    if why is not None:
        raise InputError(why)
    return question


def solve(reduction: Reduction, question: Question, oracle: Callable[[Question], Answer]) -> Answer:
    """The answer to a question by answers of `oracle` to those it is reduced to.

    Raises InputError for a question that the reduction does not accept.
    """
    conversation = reduction.asks(checked(reduction, question))
    try:
        made = next(conversation)
        while True:
            made = conversation.send(oracle(made))
    except StopIteration as end:
        return end.value
