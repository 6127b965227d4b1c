"""What a reduction is: a conversation that is given a question, asks others, and answers by their answers.

A question is a `Question` about documents or a `Formula`; an answer is a `PairAnswer`, a `Decision` or an assignment.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from proofformer.errors import InputError
from proofformer.reductions.question import Question

Reply = Any
Conversation = Generator[Sequence[Any], Any, Reply]
"""Yields questions, is sent the list of their answers, and returns the answer to its own question."""


@dataclass(frozen=True)
class Cost:
    """At most so many questions, each of at most `n` documents in all, of `l` entries."""

    questions: int
    n: int
    l: int


def one_question(question: Question) -> Cost:
    """One question, about as many documents of the same length."""
    return Cost(1, sum(question.sizes), question.dim)


@dataclass(frozen=True, eq=False)
class Reduction:
    """`asks` is the reduction itself. `statement` and `proof` are words, `sizes` formulas, `source` the paper's number.

    `takes` has a test for each thing that a question has to be, by what to pass instead; `leads` says from which
    problem to which, where it is a step of routes; `cost` is `sizes` in numbers, exactly or `at_most`. `at_once` says
    that no question depends on an answer to another: the conversation yields them all together, once or not at all.
    `links` are the reductions of a chain.
    """

    name: str
    statement: str
    proof: str
    sizes: str
    source: str
    takes: Mapping[str, Callable[[Any], bool]]
    asks: Callable[[Any], Conversation]
    cost: Callable[[Any], Cost] = one_question
    leads: Mapping[str, str] = field(default_factory=dict)
    at_most: bool = False
    at_once: bool = True
    links: tuple[Reduction, ...] = ()

    def __str__(self) -> str:
        return self.name

    def accepts(self, question: Any) -> str | None:
        """None, or why this question cannot be reduced, as a sentence. Of a chain, a later link may still refuse."""
        of = f"{question.problem.label}: " if isinstance(question, Question) else ""
        return next((f"{of}pass {what}" for what, fits in self.takes.items() if not fits(question)), None)

    def __rshift__(self, then: Reduction) -> Reduction:
        """The chain in which each question of this reduction is answered by the next one.

        Its cost is that of the questions that are asked when every answer is found by the exact oracle.
        """

        def asks(question: Any) -> Conversation:
            conversation, answers = self.asks(question), None
            try:
                while True:
                    made, answers = conversation.send(answers), list[Reply]()
                    for one in made:
                        answers.append((yield from then.asks(checked(then, one))))
            except StopIteration as end:
                return end.value

        chain = Reduction(
            name=f"{self.name} >> {then.name}",
            statement=f"{self.statement} Then: {then.statement}",
            proof="Each link is right.",
            sizes=f"{self.sizes}; then {then.sizes}",
            source=f"{self.source}, {then.source}",
            takes=self.takes,
            asks=asks,
            cost=lambda question: measured(chain, question)[1],
            at_once=self.at_once and then.at_once,
            links=(*(self.links or (self,)), *(then.links or (then,))),
        )
        return chain

    def described(self) -> Iterator[str]:
        """Its statement, proof and sizes, as lines of Markdown."""
        yield f"## {self.name}"
        yield ""
        yield f"**Claim.** {self.statement}"
        yield ""
        yield f"**Proof.** {self.proof}"
        yield ""
        yield f"**Sizes.** {self.sizes}."
        yield ""
        yield f"**Source.** Alman & Yu (ICLR 2025, arXiv 2410.04271): {self.source}."
        yield ""


def checked(reduction: Reduction, question: Any) -> Any:
    """The question, if it can be reduced. Raises InputError otherwise."""
    why = reduction.accepts(question)
    if why is not None:
        raise InputError(why)
    return question


def solve(reduction: Reduction, question: Any, oracle: Callable[[Any], Reply]) -> Reply:
    """The answer to a question by answers of `oracle` to those it is reduced to.

    Raises InputError for a question that the reduction does not accept.
    """
    conversation, answers = reduction.asks(checked(reduction, question)), None
    try:
        while True:
            answers = [oracle(one) for one in conversation.send(answers)]
    except StopIteration as end:
        return end.value


def measured(reduction: Reduction, question: Any) -> tuple[Reply, Cost]:
    """The answer by the exact oracle, and what it took. Raises InputError as `solve` does."""
    made: list[Question] = []

    def oracle(asked: Question) -> Reply:
        made.append(asked)
        return asked.problem.answer(asked.instance)

    answer = solve(reduction, question, oracle)
    sizes = (max((sum(one.sizes) for one in made), default=0), max((one.dim for one in made), default=0))
    return answer, Cost(len(made), *sizes)


def translated(reduction: Reduction, question: Any) -> Sequence[Question]:
    """All questions that are asked, written down before any is answered.

    Raises InputError where a link refuses, or asks by what it was answered.
    """
    made = [question]
    for link in reduction.links or (reduction,):
        if not link.at_once:
            raise InputError(f"the questions of {link.name} depend on answers: it cannot be written down beforehand")
        made = [new for old in made for new in next(link.asks(checked(link, old)), ())]
    return made
