"""A theorem: a problem, a statement with its proof, and the circuit that is the proof's construction."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from dataclasses import dataclass
from types import ModuleType
from typing import Any

from proofformer.circuit import Builder, Circuit
from proofformer.errors import ProofError


@dataclass(frozen=True)
class Theorem:
    """`construct` builds the circuit; a decision takes its threshold too. `lemma` is what the proof rests on."""

    name: str
    question: str
    construct: Callable[..., None]
    text: str
    lemma: str

    @staticmethod
    def of(question: str, module: ModuleType, lemma: Callable[..., Any]) -> Theorem:
        """The theorem of a file; `closest_pair.py` has the search `closest_pair`, the decision `closest_pair_decide`.

        Its text is the file's docstring; the lemma, a function's.
        """
        name = module.__name__.rpartition(".")[2] + ("" if question == "search" else "_decide")
        words = (inspect.getdoc(lemma) or "").split()
        text = inspect.getdoc(module) or ""
        return Theorem(name.replace("_", "-"), question, getattr(module, name), text, " ".join(words))

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

    def circuit(self, *, dim: int, max_n: int, bichromatic: bool = False, cut: int | None = None) -> Circuit:
        """The circuit for documents of `dim` bits, at most `max_n` of them; `cut` is the threshold of a decision."""
        if (cut is None) is (self.question == "decide"):
            raise ProofError(f"theorem {self.name!r} got the threshold {cut}: a decision has one, a search has none")
        builder = Builder(self.name, dim=dim, max_n=max_n, bichromatic=bichromatic)
        self.construct(builder, *([] if cut is None else [cut]))
        return builder.circuit()
