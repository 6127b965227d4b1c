"""How far each question goes in each dtype, and what ends it there, as `proofformer certify --map` finds it: for
docs/capability.md and its figure.

python bench/capability.py [SECTION ..] [widths] [frontiers]
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import partial
from typing import Any

from results import measure

from proofformer.limits import CHECKED, DIM, MAX_N, Limit, Reach, at_half
from proofformer.planner import DTYPES, Obligation, Plan
from proofformer.problems.kinds import KINDS, Kind
from proofformer.problems.problem import QUESTIONS

LEVELS = 16
NORMS = (3, 4, 8)
GAMMA = Fraction(3, 2)
SECTIONS = ("values", "grids", "similarities", "gamma")
"""Of the page: inner products and Hamming distances; entries 0 to `LEVELS`; similarities; searches within `GAMMA`."""
DRAWN: tuple[tuple[str, dict[str, Any]], ...] = (
    ("closest-pair", {}),
    ("closest-pair", {"metric": "sqeuclidean", "levels": LEVELS}),
    ("msd", {}),
    ("msd", {"gamma": GAMMA}),
)
"""What the figure shows, each a search."""


@dataclass(frozen=True)
class Question:
    """A question of one section, at every l and in one form."""

    section: str
    kind: Kind
    question: str
    bichromatic: bool = False

    @property
    def label(self) -> str:
        metric = "" if self.kind.metric in (None, "hamming") else f" ({self.kind.metric})"
        norms = ", norms" if self.section == "norms" else ""
        return f"{self.kind.name}{metric}{norms}"

    def reach(self, dtype: str) -> Reach:
        return Reach(
            at_half(
                self.kind.name,
                question=self.question,
                metric=self.kind.metric,
                bichromatic=self.bichromatic,
                levels=LEVELS if self.kind.takes_levels else 1,
                norms=NORMS if self.section == "norms" else None,
                gamma=GAMMA if self.section == "gamma" else None,
            ),
            dtype,
        )


def questions() -> Iterator[tuple[str, Question]]:
    """Each with the section of the page that it stands in."""
    for kind in KINDS:
        for question in QUESTIONS:
            section = "similarities" if kind.is_similarity else "grids" if kind.takes_levels else "values"
            if question == "decide" or kind.measure not in ("jaccard", "dice"):
                yield section, Question(section, kind, question)
            if question == "search" and kind.is_similarity:
                yield section, Question("norms", kind, question)
        if kind.target is None and kind.measure not in ("jaccard", "dice"):
            yield "gamma", Question("gamma", kind, "search")


def sizes_of(at: Plan | Obligation) -> dict[str, str]:
    """Of a plan, if there is one: width, depth with the blocks that attend in brackets, b, R and T."""
    if isinstance(at, Obligation):
        return dict.fromkeys(("width", "depth", "b", "R", "T"), "-")
    attention, blocks = at.depth
    radix = ", ".join(dict.fromkeys(str(1 << (stop - start)) for _, ds in at.digits for start, stop in ds))
    return {
        "width": str(at.layout.width),
        "depth": f"{blocks} ({attention})",
        "b": str(max(h.b for h in at.heads)),
        "R": radix or "-",
        "T": str(at.rounds) if radix else "-",
    }


def largest(limit: Limit) -> str:
    """The size, ticked where the checker certified the weights."""
    if limit.size is None:
        return "none"
    return f"{limit.size:,}{' or more' if limit.ends is None else ''}{' ✓' if limit.claim == CHECKED else ''}"


def stopped(by: Obligation | None) -> str:
    """Whose obligation, and which: without numbers, which differ from question to question, and without the entry."""
    if by is None:
        return "-"
    statement = by.rule.demands.format(**{**by.given, "n": "max_n"})
    return f"{by.owner.kind} {by.owner.name!r}: {statement}"


_near: dict[tuple[str, ...], int] = {}
"""Where the last search ended."""


def limits_of(asked: Question, dtype: str) -> dict[str, str]:
    """The line of a question in a dtype. Searches start where that for a question much like it has ended."""
    reach, by_n, by_l = asked.reach(dtype), (dtype,), (dtype, asked.section, asked.question)
    n, l = reach.largest_n(DIM, _near.get(by_n, MAX_N)), reach.largest_dim(MAX_N, _near.get(by_l, DIM))
    _near.update({key: limit.size for key, limit in ((by_n, n), (by_l, l)) if limit.size is not None})
    return {
        "max n": largest(n),
        "n stopped by": stopped(n.ends),
        "l": largest(l),
        "l stopped by": stopped(l.ends),
        **sizes_of(reach.plan(DIM, MAX_N)),
    }


def limits(section: str) -> list[dict[str, Any]]:
    """Lines that are equal but for the question are one. So is the line of two sets and of one, if it differs in the
    width alone, by 1."""
    table: dict[tuple[str, ...], dict[str, Any]] = {}
    for question in QUESTIONS:
        for dtype in DTYPES:
            for asked in (a for where, a in questions() if (where, a.question) == (section, question)):
                one, two = (limits_of(replace(asked, bichromatic=two), dtype.name) for two in (False, True))
                wider = one if one["width"] == "-" else one | {"width": str(int(one["width"]) + 1)}
                for form, found in (("", one), (", bichromatic", two))[: 1 + (two != wider)]:
                    line = {"asked": question + form, "dtype": dtype.name} | found
                    known = table.setdefault(tuple(line.values()), {"questions": [], **line})
                    known["questions"].append(asked.label)
    return list(table.values())


def widths() -> dict[str, int]:
    """Of the residual streams that are set beside Tracr's."""
    found = {}
    for name in ("closest-pair", "ov"):
        made = Reach(at_half(name, question="decide"), "float32").plan(DIM, MAX_N)
        assert isinstance(made, Plan)
        found[name] = made.layout.width
    return found


def frontiers() -> dict[str, Any]:
    """What the figure shows: for each question and dtype, the largest max_n at some l, and how it is certified."""
    asked = [at_half(name, **more) for name, more in DRAWN]
    return {ask(DIM).title: {d.name: list(Reach(ask, d.name).frontier()) for d in DTYPES} for ask in asked}


PARTS = {section: partial(limits, section) for section in SECTIONS} | {"widths": widths, "frontiers": frontiers}

if __name__ == "__main__":
    measure("capability", PARTS)
