"""Campaigns of test instances, and what they contain: measured on the instances, not read off the generators.

Problems are named "closest-pair" and "ov".
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from proofformer.errors import InputError
from proofformer.verify.families import CLOSEST_PAIR_FAMILIES, OV_FAMILIES, Bits, Family, inner_products


@dataclass(frozen=True)
class Quota:
    """A property and the share of a campaign's instances that must have it (at least one in any case)."""

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


_COMMON_QUOTAS = (
    Quota("n_over_300", 0.25, "more than 300 vectors"),
    Quota("first_pair_at_end", 0.10, "the smallest optimal (orthogonal) pair is (0, 1) or (n-2, n-1)"),
    Quota("all_zero_row", 0.0, "some row is all zero"),
    Quota("all_one_row", 0.0, "some row is all one"),
    Quota("duplicate_rows", 0.0, "two rows are equal"),
    Quota("one_hot_row", 0.0, "some row has weight one"),
)

CLOSEST_PAIR_QUOTAS = (
    *_COMMON_QUOTAS,
    Quota("several_optimal", 0.25, "two or more pairs are at the minimum distance"),
    Quota(
        "closest_one_step_worse",
        0.15,
        "n >= 3, one pair at the minimum d, every row outside it has its nearest other row at exactly d + 1",
    ),
)

OV_QUOTAS = (
    *_COMMON_QUOTAS,
    Quota("several_orthogonal", 0.25, "two or more pairs are orthogonal"),
    Quota(
        "ov_one_step_worse",
        0.15,
        "at most one pair is orthogonal, rows outside it exist and each has 1 as its least inner product",
    ),
    Quota("yes", 0.25, "some pair is orthogonal"),
    Quota("no", 0.25, "no pair is orthogonal"),
)


def draw_size(
    rng: np.random.Generator, n_range: tuple[int, int] = (2, 600), l_range: tuple[int, int] = (1, 80)
) -> tuple[int, int]:
    """(n, l) from inclusive ranges: mostly uniform, often small, sometimes at an end of the range."""
    return _draw(rng, *n_range, "n", 2), _draw(rng, *l_range, "l", 1)


def sample(problem_name: str, rng: np.random.Generator, *, n: int, l: int) -> Bits:
    """An instance of shape (n, l), uint8, of a family drawn by weight."""
    families = _families(problem_name)
    weights = np.array([family.weight for family in families])
    return families[int(rng.choice(len(families), p=weights / weights.sum()))].make(rng, n, l)


def campaign_instances(
    problem_name: str,
    seed: int,
    count: int,
    n_range: tuple[int, int] = (2, 600),
    l_range: tuple[int, int] = (1, 80),
) -> Iterator[Bits]:
    """Yields count instances of shapes (n, l), uint8; instance k depends on (seed, k) and the ranges only.

    Families come in shuffled rounds in which each occurs as often as its weight says, so that their shares
    are not left to chance. The quotas on sizes and ties presuppose ranges about as wide as the default ones.
    """
    deck = [family for family in _families(problem_name) for _ in range(family.weight)]
    for k in range(count):
        start, position = divmod(k, len(deck))
        order = np.random.default_rng((seed, 0, start)).permutation(len(deck))
        rng = np.random.default_rng((seed, 1, k))
        n, l = draw_size(rng, n_range, l_range)
        yield deck[order[position]].make(rng, n, l)


def properties(problem_name: str, rows: Bits) -> dict[str, bool]:
    """Which quotas of the problem an instance of shape (n, l), n >= 2, counts for; exact, O(n^2) memory."""
    closest = _quotas(problem_name) is CLOSEST_PAIR_QUOTAS
    n, l = rows.shape
    products = inner_products(rows)
    weights = products.diagonal().copy()
    distances = weights[:, None] + weights - 2 * products
    for matrix in (products, distances):
        np.fill_diagonal(matrix, np.iinfo(np.int32).max)

    objective = distances if closest else products
    least = objective.min(axis=1)
    optimum = int(least.min()) if closest else 0
    pairs = int(np.count_nonzero(objective == optimum)) // 2
    # Row-major order meets a pair first as (i, j) with i < j, and the smallest such pair first of all.
    first = divmod(int(objective.argmin()), n) if pairs else None
    outside = least if first is None else np.delete(least, first)
    one_step_worse = pairs <= 1 and outside.size > 0 and bool((outside == optimum + 1).all())

    common = {
        "n_over_300": n > 300,
        "first_pair_at_end": first in ((0, 1), (n - 2, n - 1)),
        "all_zero_row": bool((weights == 0).any()),
        "all_one_row": bool((weights == l).any()),
        "duplicate_rows": bool((distances == 0).any()),
        "one_hot_row": bool((weights == 1).any()),
    }
    if closest:
        return common | {"several_optimal": pairs > 1, "closest_one_step_worse": one_step_worse}
    answer = {"yes": pairs > 0, "no": pairs == 0}
    return common | {"several_orthogonal": pairs > 1, "ov_one_step_worse": one_step_worse} | answer


def measure(problem_name: str, instances: Iterable[Bits]) -> dict[str, int]:
    """How many instances have each property that the problem has a quota for, in the order of the quotas."""
    counts = {quota.name: 0 for quota in _quotas(problem_name)}
    for rows in instances:
        for name, holds in properties(problem_name, rows).items():
            counts[name] += holds
    return counts


def quota_table(counts: dict[str, int], total: int) -> list[QuotaRow]:
    """A row for each count; a quota is met by its share of total and at least one instance."""
    required = {quota.name: quota.share for quota in (*CLOSEST_PAIR_QUOTAS, *OV_QUOTAS)}
    return [
        QuotaRow(name, count, count / total, required[name], count >= max(1, required[name] * total))
        for name, count in counts.items()
    ]


def format_quota_table(rows: Iterable[QuotaRow]) -> str:
    """The table as aligned text."""
    lines = [f"{'property':<24}{'count':>7}{'share':>8}{'needed':>8}  met"]
    for row in rows:
        needed = f"{row.required:.0%}" if row.required else "some"
        met = "yes" if row.met else "NO"
        lines.append(f"{row.name:<24}{row.instances:>7}{row.share:>8.1%}{needed:>8}  {met}")
    return "\n".join(lines)


def _quotas(problem_name: str) -> tuple[Quota, ...]:
    return CLOSEST_PAIR_QUOTAS if _families(problem_name) is CLOSEST_PAIR_FAMILIES else OV_QUOTAS


def _families(problem_name: str) -> tuple[Family, ...]:
    if problem_name == "closest-pair":
        return CLOSEST_PAIR_FAMILIES
    if problem_name == "ov":
        return OV_FAMILIES
    raise InputError(f"no families for the problem {problem_name!r}: use 'closest-pair' or 'ov'")


def _draw(rng: np.random.Generator, low: int, high: int, name: str, least: int) -> int:
    if not least <= low <= high:
        raise InputError(f"the range of {name} is {low} to {high}: give {least} <= low <= high")
    kind = rng.random()
    if kind < 0.1:
        return low if kind < 0.05 else high
    if kind < 0.3:
        return min(high, int(low * ((high + 1) / low) ** rng.random()))
    return int(rng.integers(low, high + 1))
