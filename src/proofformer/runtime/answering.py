"""What answers a problem: a compiled model, or an export of it in another runtime."""

from __future__ import annotations

from typing import Any, Protocol

from proofformer.planner import Plan
from proofformer.problems import Decision, PairAnswer, Problem


class Answering(Protocol):
    """Calling it is `Model.forward`: batches of documents to `Bits`."""

    @property
    def problem(self) -> Problem: ...

    @property
    def plan(self) -> Plan: ...

    @property
    def max_n(self) -> int: ...

    @property
    def __call__(self) -> Any: ...

    def solve(self, A: object, B: object = None) -> PairAnswer | Decision: ...
