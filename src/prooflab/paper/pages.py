"""What pages about theorems say of the published ones: the laboratory's part of `proofformer prove`."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from proofformer.errors import InputError
from proofformer.planner import Plan
from proofformer.problems import Problem
from prooflab.paper.beside import LIMIT, constructions_for, refuted, side_by_side
from prooflab.paper.construction import Construction
from prooflab.paper.figure import margins_figure
from prooflab.paper.summary import rows, summary
from prooflab.paper.table import CONSTRUCTIONS, row

__all__ = ["beside", "decides", "margins_figure", "readings", "readings_of", "refuted", "row", "rows", "summary"]

ALL = "all"


def decides(name: str) -> bool:
    """Whether a published theorem decides this problem."""
    return bool(constructions_for(name))


def readings(name: str, zeros: bool) -> tuple[Construction, ...]:
    """The readings of the published theorem of a problem, or of all. Raises `InputError` where there is none."""
    found = CONSTRUCTIONS if name == ALL else constructions_for(name)
    if not found:
        decided = ", ".join(dict.fromkeys(c.name for c in CONSTRUCTIONS))
        raise InputError(f"no published theorem decides {name!r}: choose one of {decided}, or all")
    return tuple(c for c in found if c.takes_zeros or not zeros or name != ALL)


def readings_of(asked: Problem) -> list[dict[str, Any]]:
    """What was found of each reading of the theorem beside a question, as JSON values."""
    return [row(construction, LIMIT, LIMIT) for construction in _beside(asked)]


def _beside(asked: Problem) -> tuple[Construction, ...]:
    return constructions_for(asked.name) if asked.metric in (None, "cosine") else ()


def beside(asked: Problem, plan: Plan) -> Iterator[str]:
    """The published theorem beside the plan of a decision, and what the refuter found of it."""
    constructions = _beside(asked)
    if not constructions:
        yield "The paper has no unit for this question."
        return
    yield f"#### Beside {constructions[0].theorem} as published"
    yield ""
    yield from side_by_side(constructions, plan.heads[0].b, plan.max_n)
    yield ""
    for construction in constructions:
        for zeros in (False, True)[: 1 + construction.takes_zeros]:
            yield from refuted(construction, LIMIT, LIMIT, zeros)
            yield ""
