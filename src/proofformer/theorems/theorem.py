"""A theorem: a problem, a statement with its proof, and the circuit that is the proof's construction."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from types import ModuleType
from typing import Any

from proofformer.circuit import Builder, Circuit
from proofformer.problems import Problem


@dataclass(frozen=True)
class Theorem:
    """`construct` builds the circuit; a decision takes its threshold, a similarity its measure too.

    `lemma` is what the proof rests on. `measured`: whether the construction takes the measure.
    """

    name: str
    question: str
    construct: Callable[..., None]
    text: str
    lemma: str
    measured: bool = False

    @staticmethod
    def of(
        module: ModuleType,
        lemma: Callable[..., Any],
        *,
        suffix: str = "",
        question: str = "search",
        measured: bool = False,
    ) -> Theorem:
        """The theorem of a file; `closest_pair.py` has the search `closest_pair`, the decision `closest_pair_decide`.

        Its text is the file's docstring; the lemma, a function's.
        """
        name = module.__name__.rpartition(".")[2] + suffix
        words = (inspect.getdoc(lemma) or "").split()
        text = inspect.getdoc(module) or ""
        return Theorem(name.replace("_", "-"), question, getattr(module, name), text, " ".join(words), measured)

    def section(self, title: str) -> str:
        """The paragraph of the text that begins with `title`: Search, Decision, Proof or Source."""
        for paragraph in self.text.split("\n\n"):
            if paragraph.startswith(f"{title}. "):
                return " ".join(paragraph.removeprefix(f"{title}. ").split())
        return ""

    @property
    def claim(self) -> str:
        """What the circuit answers; `statement_for` adds for which inputs, with their numbers."""
        what = self.section("Search" if self.question == "search" else "Decision")
        return f"{what[0].lower()}{what[1:]}"

    def circuit(self, asked: Problem, max_n: int, dim: int) -> Circuit:
        """The circuit for a problem of this theorem, on documents of `dim` entries, at most `max_n` of them."""
        builder = Builder(
            self.name,
            dim=dim,
            max_n=max_n,
            bichromatic=asked.bichromatic,
            levels=asked.levels,
            norms=asked.norms,
            gamma=None if asked.gamma is None else Fraction(asked.gamma),
        )
        of_threshold = [asked.cut] if self.question == "decide" else []
        self.construct(builder, *of_threshold, *([asked.kind.measure] if self.measured else []))
        return builder.circuit()
