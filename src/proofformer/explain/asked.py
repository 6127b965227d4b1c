"""The pages of docs/theorems: which problems stand on each, and at what size their numbers are given."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from proofformer.problems import Problem, problem
from proofformer.problems.kinds import KINDS, Kind, largest_value

DIM, MAX_N = 64, 4096
SHARE, NORMS, LEVELS = "3/4", (8, 16), 3
"""For similarities the threshold and the norms that are declared, for grids the largest entry."""


@dataclass(frozen=True)
class Page:
    """A page: its file without suffix, its title, and the problems on it, each with a heading."""

    stem: str
    title: str
    problems: tuple[tuple[str, Problem], ...]

    @property
    def name(self) -> str:
        return self.problems[0][1].name


def pages(dim: int = DIM) -> tuple[Page, ...]:
    """One page for each theorem file."""
    found = []
    for kind in KINDS:
        if kind.measure not in ("jaccard", "dice"):
            found.append(page(kind, dim))
    return tuple(found)


def page(kind: Kind, dim: int = DIM) -> Page:
    """The page of a kind of problem; those of cosines have the search by norms as well."""
    asked = [("Search", _ask(kind, dim, "search")), ("Decision", _ask(kind, dim, "decide"))]
    if kind.is_similarity:
        declared = problem(kind.name, metric="jaccard", dim=dim, norms=tuple(min(dim, norm) for norm in NORMS))
        asked.append(("Search with declared norms", declared))
    measure = f", {kind.metric}" if kind.metric is not None else ""
    return Page(kind.stem, f"{kind.name}{measure}", tuple(asked))


def _ask(kind: Kind, dim: int, question: str) -> Problem:
    more: dict[str, Any] = {"levels": LEVELS} if kind.takes_levels else {}
    if question == "decide" and kind.target is None:
        largest = largest_value(kind.measure, dim, more.get("levels", 1))
        more["threshold"] = SHARE if kind.is_similarity else largest // 4
    return problem(kind.name, metric=kind.metric, dim=dim, question=question, **more)
