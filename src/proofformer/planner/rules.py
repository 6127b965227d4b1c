"""What must hold for the compiled model to be exact, with its numbers."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from proofformer.errors import ProofError


@dataclass(frozen=True)
class Obligation:
    """`value <= limit`, and what it is about."""

    about: str
    statement: str
    value: Fraction | int
    limit: Fraction | int

    @property
    def holds(self) -> bool:
        return self.value <= self.limit

    def require(self) -> Obligation:
        if not self.holds:
            raise ProofError(f"{self.about}: {self.statement} would need {_short(self.value)} <= {_short(self.limit)}")
        return self

    def to_json(self) -> dict[str, Any]:
        return {
            "about": self.about,
            "statement": self.statement,
            "value": str(self.value),
            "limit": str(self.limit),
        }


def _short(x: Fraction | int) -> str:
    return str(x) if isinstance(x, int) or x.denominator == 1 else f"{float(x):.4g}"
