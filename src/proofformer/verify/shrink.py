"""A failing instance made small: rows, then entries, are dropped for as long as it still fails (delta debugging)."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

import numpy as np

from proofformer.errors import InputError
from proofformer.problems import Problem
from proofformer.verify.instances import Sets

Places: TypeAlias = list[tuple[int, ...]]
"""Parts of an instance: (set, row), or (set, row, column)."""

MOST_ENTRIES = 1024


def shrink(asked: Problem, sets: Sets, wrong: Callable[[Sets], bool], *, calls: int = 2000) -> Sets:
    """The failing sets without the rows and, where few are left, the entries above 0 that the failure does not need.

    `wrong` says whether an instance of the problem fails; it is asked at most `calls` times, each instance once. What
    is left when they are used up is returned, and the sets as they are when these do not fail.
    """
    known: dict[tuple[bytes, ...], bool] = {}

    def fails(some: Sets) -> bool:
        key = tuple(rows.tobytes() for rows in some)
        if key not in known and _legal(asked, some):
            # Once the calls are used up, nothing more is dropped.
            known[key] = len(known) < calls and wrong(some)
        return known.get(key, False)

    if not fails(sets):
        return sets
    rows: Places = [(s, i) for s, matrix in enumerate(sets) for i in range(len(matrix))]
    few = _of_rows(sets, fewest(rows, lambda kept: fails(_of_rows(sets, kept))))
    entries: Places = [(s, int(i), int(c)) for s, matrix in enumerate(few) for i, c in np.argwhere(matrix)]
    if len(entries) > MOST_ENTRIES:
        return few
    return _of_entries(few, fewest(entries, lambda kept: fails(_of_entries(few, kept))))


def fewest(parts: Places, fails: Callable[[Places], bool]) -> Places:
    """Parts that fail, of which none can be dropped: blocks go first, of half of them, of a quarter, .. of one."""
    size = len(parts)
    while size > 0:
        count, start = len(parts), 0
        while start < len(parts):
            without = parts[:start] + parts[start + size :]
            if fails(without):
                parts = without
            else:
                start += size
        # What was needed beside a part that is gone may be needed no more.
        size = size // 2 if size > 1 or len(parts) == count else 1
    return parts


def _legal(asked: Problem, sets: Sets) -> bool:
    try:
        asked.instance(*sets)
    except InputError:
        return False
    return True


def _of_rows(sets: Sets, rows: Places) -> Sets:
    return tuple(matrix[[i for s, i in rows if s == k]] for k, matrix in enumerate(sets))


def _of_entries(sets: Sets, entries: Places) -> Sets:
    made = tuple(np.zeros_like(matrix) for matrix in sets)
    for s, i, c in entries:
        made[s][i, c] = sets[s][i, c]
    return made
