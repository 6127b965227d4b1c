"""A theorem: a problem, a statement with its proof, and the circuit that is the proof's construction."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from dataclasses import dataclass
from types import ModuleType

from proofformer.circuit import Builder, Circuit


@dataclass(frozen=True)
class Theorem:
    """`construct` builds the circuit for documents of `dim` bits and at most `max_n` of them."""

    name: str
    construct: Callable[[Builder], None]
    text: str

    @staticmethod
    def of(construct: Callable[[Builder], None], module: ModuleType) -> Theorem:
        return Theorem(construct.__name__.replace("_", "-"), construct, inspect.cleandoc(module.__doc__ or ""))

    def section(self, title: str) -> str:
        """The paragraph of the text that begins with `title`: Statement, Proof or Source."""
        for paragraph in self.text.split("\n\n"):
            if paragraph.startswith(f"{title}. "):
                return " ".join(paragraph.removeprefix(f"{title}. ").split())
        return ""

    def circuit(self, *, dim: int, max_n: int) -> Circuit:
        builder = Builder(self.name, dim=dim, max_n=max_n)
        self.construct(builder)
        return builder.circuit()
