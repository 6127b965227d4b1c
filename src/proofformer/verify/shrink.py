"""A failing instance made small: parts are dropped while it still fails, by the shrinker of the library hypothesis."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from importlib.util import find_spec
from random import Random
from typing import TypeAlias

import numpy as np

from proofformer.problems import Problem
from proofformer.verify.instances import Sets

Places: TypeAlias = list[tuple[int, ...]]
"""Parts of an instance: (set, row), or (set, row, column)."""

MOST_PARTS = 32
MOST_ENTRIES = 1024


def available() -> bool:
    """Whether the library is installed."""
    return find_spec("hypothesis") is not None


def shrink(asked: Problem, sets: Sets, wrong: Callable[[Sets], bool], *, calls: int = 2000) -> Sets:
    """The failing sets with as few rows as can be and, where few are left, as few entries above 0, still failing.

    `wrong` says whether an instance of the problem fails; it is asked at most `calls` times, each instance once. What
    is left when they are used up is returned, and the sets as they are when these do not fail.
    """
    trial = _Trial(asked, wrong, calls)
    try:
        if trial(sets):
            rows: Places = [(s, i) for s, matrix in enumerate(sets) for i in range(len(matrix))]
            rows = _fewest(rows, lambda kept: trial(_of_rows(sets, kept)))
            few = _of_rows(sets, rows)
            entries: Places = [
                (s, int(i), int(c)) for s, matrix in enumerate(few) for i, c in zip(*np.nonzero(matrix), strict=True)
            ]
            if len(entries) <= MOST_ENTRIES:
                _fewest(entries, lambda kept: trial(_of_entries(few, kept)))
    except _Enough:
        pass
    return trial.smallest or sets


class _Enough(BaseException):
    """No call is left. Not an `Exception`, which hypothesis would take for a failure to shrink."""


class _Trial:
    """`wrong`, asked once for each legal instance and at most so many times; and the smallest that failed."""

    def __init__(self, problem: Problem, wrong: Callable[[Sets], bool], calls: int) -> None:
        self.problem, self.wrong, self.left = problem, wrong, calls
        self.known: dict[tuple[bytes, ...], bool] = {}
        self.smallest: Sets | None = None

    def __call__(self, sets: Sets) -> bool:
        key = tuple(rows.tobytes() for rows in sets)
        if key not in self.known:
            self.known[key] = _legal(self.problem, sets) and self._asked(sets)
        return self.known[key]

    def _asked(self, sets: Sets) -> bool:
        if not self.left:
            raise _Enough
        self.left -= 1
        failed = self.wrong(sets)
        if failed and (self.smallest is None or _size(sets) < _size(self.smallest)):
            self.smallest = sets
        return failed


def _size(sets: Sets) -> tuple[int, int]:
    return sum(map(len, sets)), sum(int(np.count_nonzero(rows)) for rows in sets)


def _legal(problem: Problem, sets: Sets) -> bool:
    if min(map(len, sets)) < problem.least_n:
        return False
    norms = np.concatenate([rows.sum(1, dtype=np.int64) for rows in sets])
    if problem.norms is not None:
        return bool(np.isin(norms, problem.norms).all())
    return not problem.kind.is_similarity or bool(norms.all())


def _of_rows(sets: Sets, rows: Places) -> Sets:
    return tuple(matrix[[i for s, i in rows if s == k]] for k, matrix in enumerate(sets))


def _of_entries(sets: Sets, entries: Places) -> Sets:
    made = tuple(np.zeros_like(matrix) for matrix in sets)
    for s, i, c in entries:
        made[s][i, c] = sets[s][i, c]
    return made


def _fewest(parts: Places, fails: Callable[[Places], bool]) -> Places:
    """Parts of which none can be dropped: blocks of them first, smaller and smaller, at most 64 blocks at a time."""
    size = -(-len(parts) // MOST_PARTS)
    while parts:
        start, count = 0, len(parts)
        while start < len(parts):
            stop = start + size * MOST_PARTS
            before, after = parts[:start], parts[stop:]
            blocks = [parts[at : at + size] for at in range(start, min(stop, len(parts)), size)]
            kept = _search(blocks, lambda some, before=before, after=after: fails([*before, *some, *after]))  # type: ignore[misc]
            parts, start = [*before, *kept, *after], start + len(kept)
        if size == 1 and (len(parts) == count or count <= MOST_PARTS):
            break
        size = max(1, min(size // 2, len(parts) // MOST_PARTS))
    return parts


def _search(blocks: Sequence[Places], fails: Callable[[Places], bool]) -> Places:
    """The parts of the fewest of the blocks that still fail.

    Each block draws a number, and 0 drops it: a random example keeps nearly all, and hypothesis shrinks towards 0.
    """
    from hypothesis import HealthCheck, Phase, Verbosity, find, settings
    from hypothesis import strategies as st
    from hypothesis.errors import NoSuchExample

    def kept(numbers: Sequence[int]) -> Places:
        return [part for block, number in zip(blocks, numbers, strict=True) if number for part in block]

    quiet = settings(
        database=None,
        deadline=None,
        max_examples=200,
        phases=(Phase.generate, Phase.shrink),
        report_multiple_bugs=False,
        suppress_health_check=list(HealthCheck),
        verbosity=Verbosity.quiet,
    )
    numbers = st.tuples(*[st.integers(0, 127)] * len(blocks))
    try:
        return kept(find(numbers, lambda drawn: fails(kept(drawn)), settings=quiet, random=Random(0)))
    except NoSuchExample:
        return [part for block in blocks for part in block]
