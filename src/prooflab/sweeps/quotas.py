"""What a stream of instances contains: measured on the instances, not read off their generators."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from proofformer.problems import Problem
from proofformer.problems.kinds import Kind
from proofformer.verify.instances import Bits, Sets, scale_for
from proofformer.verify.instances.draws import Costs, costs

Indices = npt.NDArray[np.intp]


@dataclass(frozen=True)
class Quota:
    """A property and the share of a stream's instances that must have it (at least one in any case)."""

    name: str
    share: float
    meaning: str


class QuotaRow(NamedTuple):
    """One line of a quota table: a property, how many instances have it, and whether that is enough."""

    name: str
    instances: int
    share: float
    required: float
    met: bool


ALWAYS = (
    Quota("n_over_300", 0.25, "more than 300 documents"),
    Quota("several_optimal", 0.25, "two or more pairs are best (ov: orthogonal)"),
    Quota(
        "one_step_worse",
        0.15,
        "one pair is best (ov: at most one is orthogonal) and every asking document outside it has its own best pair "
        "exactly one step worse; there are such documents (similarities: some asking document has; a step is to the "
        "next value that rows of this length and these norms can have)",
    ),
    Quota("first_pair_at_end", 0.10, "the first best pair is (0, 1) or (n-2, n-1); two sets: both first or both last"),
    Quota("all_zero_row", 0.0, "some row is all zero"),
    Quota("all_one_row", 0.0, "some row is all one"),
    Quota("duplicate_rows", 0.0, "two rows are equal"),
    Quota("one_hot_row", 0.0, "some row has weight one"),
)

SIMILARITIES = (
    Quota("unequal_norm_tie", 0.05, "two best pairs whose norms differ, in whatever order the two of a pair are taken"),
)

GRIDS = (Quota("all_top_row", 0.0, "some row holds only the largest entry"),)

# Rows that a kind of problem cannot have, or whose like another quota counts.
_WITHOUT = {"similarity": {"all_zero_row"}, "grid": {"all_one_row", "one_hot_row"}}

DECISIONS = (
    Quota("yes", 0.25, "some pair meets the threshold"),
    Quota("no", 0.25, "no pair does"),
    Quota("exactly_at", 0.15, "the best value is the threshold (rounded to what a whole value can be compared with)"),
    Quota("one_step_off", 0.15, "the best value misses the threshold by one step"),
)

TWO_SETS = (
    Quota("tie_across", 0.05, "two best pairs that share no document"),
    Quota("tie_inside", 0.05, "two best pairs of one document of A"),
    Quota("duplicates_in_a", 0.05, "two rows of A are equal"),
    Quota("duplicates_in_b", 0.05, "two rows of B are equal"),
    Quota("duplicates_across", 0.05, "a row of A equals one of B"),
    Quota("one_against_all", 0.05, "a set of one document, against more"),
    Quota("better_within", 0.10, "two documents of one set would beat every pair"),
)


def quotas(question: str, bichromatic: bool, kind: Kind) -> tuple[Quota, ...]:
    """The quotas of a question in one form."""
    sort = "similarity" if kind.is_similarity else "grid" if kind.takes_levels else "bits"
    always = tuple(quota for quota in ALWAYS if quota.name not in _WITHOUT.get(sort, ()))
    own = {"similarity": SIMILARITIES, "grid": GRIDS}.get(sort, ())
    return always + own + (DECISIONS if question == "decide" else ()) + (TWO_SETS if bichromatic else ())


def properties(asked: Problem, sets: Sets) -> dict[str, bool]:
    """Which quotas of its question and form an instance counts for; exact, O(n^2) memory."""
    table = costs(asked, sets)
    rows = np.vstack(sets)
    weights = rows.sum(1, dtype=np.int64)
    kind = asked.kind
    optimum = int(table.min()) if kind.target is None else kind.target
    one_set = len(sets) == 1
    best = np.argwhere(np.triu(table == optimum) if one_set else table == optimum)
    first = tuple(int(k) for k in best[0]) if len(best) else None
    last = (len(sets[0]) - 1, len(sets[-1]) - 1)
    ends = ((0, 1), (len(rows) - 2, len(rows) - 1)) if one_set else ((0, 0), last)
    found = {
        "n_over_300": len(rows) > 300,
        "several_optimal": len(best) > 1,
        "one_step_worse": _one_step_worse(
            table, best if one_set else best[:, :1], optimum, np.any if kind.is_similarity else np.all
        ),
        "first_pair_at_end": first in ends,
        "all_zero_row": bool((weights == 0).any()),
        "all_one_row": bool((weights == asked.dim).any()),
        "duplicate_rows": _repeats(rows),
        "one_hot_row": bool((weights == 1).any()),
        "all_top_row": bool((rows == asked.levels).all(1).any()),
    }
    if kind.is_similarity:
        norms = np.sort(np.stack([sets[side][best[:, side and -1]].sum(1, dtype=np.int64) for side in (0, -1)], 1), 1)
        found["unequal_norm_tie"] = len(np.unique(norms, axis=0)) > 1
    if asked.question == "decide":
        found |= _about_threshold(asked, int(table.min()))
    if len(sets) == 2:
        found |= _about_two_sets(asked, sets, best, int(table.min()))
    return {quota.name: found[quota.name] for quota in quotas(asked.question, asked.bichromatic, kind)}


def _one_step_worse(table: Costs, best: Indices, optimum: int, how_many: Callable[[Any], Any]) -> bool:
    """`best` has a row for each best pair, with the documents of it that ask; all outside, or any, are a step worse."""
    if len(best) > 1:
        return False
    outside = np.delete(table.min(1), np.unique(best))
    return outside.size > 0 and bool(how_many(outside == optimum + 1))


def _about_threshold(asked: Problem, optimum: int) -> dict[str, bool]:
    scale, largest, threshold = scale_for(asked), asked.kind.largest, asked.cut or 0
    cut = scale.cut(threshold, largest)
    exactly = 0 <= cut < scale.size and scale.value(cut) == threshold
    at = -cut if largest else cut
    return {
        "yes": optimum <= at,
        "no": optimum > at,
        "exactly_at": optimum == at and exactly,
        "one_step_off": optimum == at + 1,
    }


def _about_two_sets(asked: Problem, sets: Sets, best: Indices, optimum: int) -> dict[str, bool]:
    i, j = best[:, 0], best[:, 1]
    within = min(int(costs(asked, (rows,)).min()) for rows in sets)
    distinct = [{rows.tobytes() for rows in side} for side in sets]
    return {
        # Best pairs in two rows and in two columns: then some two of them share neither.
        "tie_across": min(len(np.unique(i)), len(np.unique(j))) > 1,
        "tie_inside": len(best) > len(np.unique(i)),
        "duplicates_in_a": _repeats(sets[0]),
        "duplicates_in_b": _repeats(sets[1]),
        "duplicates_across": bool(distinct[0] & distinct[1]),
        "one_against_all": min(map(len, sets)) == 1 < max(map(len, sets)),
        "better_within": within < optimum,
    }


def _repeats(rows: Bits) -> bool:
    return len({row.tobytes() for row in rows}) < len(rows)


def measure(question: str, bichromatic: bool, instances: Iterable[tuple[Problem, Sets]], kind: Kind) -> dict[str, int]:
    """How many instances have each property that there is a quota for, in the order of the quotas."""
    counts = {quota.name: 0 for quota in quotas(question, bichromatic, kind)}
    for asked, sets in instances:
        for name, holds in properties(asked, sets).items():
            counts[name] += holds
    return counts


def quota_table(counts: dict[str, int], total: int) -> list[QuotaRow]:
    """A row for each count; a quota is met by its share of total and at least one instance."""
    required = {quota.name: quota.share for quota in (*ALWAYS, *SIMILARITIES, *GRIDS, *DECISIONS, *TWO_SETS)}
    return [
        QuotaRow(name, count, count / total, required[name], count >= max(1, required[name] * total))
        for name, count in counts.items()
    ]


def format_quota_table(rows: Sequence[QuotaRow]) -> str:
    """The table as aligned text."""
    lines = [f"{'property':<24}{'count':>7}{'share':>8}{'needed':>8}  met"]
    for row in rows:
        needed = f"{row.required:.0%}" if row.required else "some"
        met = "yes" if row.met else "NO"
        lines.append(f"{row.name:<24}{row.instances:>7}{row.share:>8.1%}{needed:>8}  {met}")
    return "\n".join(lines)
