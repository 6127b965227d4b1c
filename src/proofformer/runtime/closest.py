"""The common job in one call: the closest pair of an array, by a Transformer that is compiled for it."""

from __future__ import annotations

from contextlib import suppress
from functools import cache

from proofformer.errors import InputError, one_of
from proofformer.problems import PairAnswer, Problem
from proofformer.problems.instances import MOST_LEVELS, Instance
from proofformer.problems.kinds import kinds
from proofformer.runtime.on_demand import OnDemand


@cache
def _models() -> OnDemand:
    return OnDemand()


def closest_pair(X: object, Y: object, metric: str) -> PairAnswer:
    """See `proofformer.closest_pair`. Models are kept for the next call."""
    found = {kind.metric: kind for name in ("closest-pair", "msd") for kind in kinds(name)}
    if not isinstance(metric, str) or metric not in found:
        raise InputError(f"metric {metric!r} is unknown: {one_of(metric, map(str, found))}")
    kind = found[metric]
    levels = MOST_LEVELS if kind.takes_levels else 1
    try:
        instance = Instance(X, Y, levels)
    except InputError as error:
        with suppress(InputError):
            Instance(X, Y, MOST_LEVELS)
            grids = " or ".join(repr(k.metric) for k in found.values() if k.takes_levels)
            error = InputError(f"{error}; for whole numbers up to {MOST_LEVELS} pass metric={grids}")
        raise error from None
    norms = {int(ones) for rows in instance.sets for ones in rows.sum(axis=1)} - {0}
    asked = Problem(
        kind.name,
        instance.dim,
        metric=metric,
        bichromatic=Y is not None,
        levels=max(1, *(int(rows.max()) for rows in instance.sets)) if kind.takes_levels else 1,
        # Of rows that are all zero, which are refused.
        norms=tuple(sorted(norms or {1})) if metric in ("jaccard", "dice") else None,
    )
    answer = _models().answer(asked, asked.instance(instance.rows, instance.others))
    if not isinstance(answer, PairAnswer):
        raise TypeError("a search is answered by a pair")
    return answer
