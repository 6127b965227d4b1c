"""Norms, the numbers of ones of 0/1 rows: declared sets, and the rows that a similarity cannot take."""

import re
import reprlib
from collections.abc import Collection, Iterable

import numpy as np

from proofformer.errors import InputError, Spoken
from proofformer.problems.instances import Instance

_PART = re.compile(r" *(\d{1,9})(?: *- *(\d{1,9}))? *", re.ASCII)
_NAMED = 5
_WRITTEN = 6


def norm_set(value: object, dim: int) -> tuple[int, ...]:
    """A declared set of norms, sorted and without repeats: from ints, or from text such as "3,4,8" or "1-8,12".

    Raises InputError for anything else, for an empty set and for a norm that is not in 1..dim.
    """
    how = Spoken('(3, 4, 8) or "1-8,12"', "3,4,8 or 1-8,12")
    ranges: list[tuple[int, int]] = []
    parts: Iterable[object] = ()
    value = value.tolist() if isinstance(value, np.ndarray) else value
    if isinstance(value, str):
        parts = value.split(",")
    elif isinstance(value, Collection) and not isinstance(value, bytes):
        parts = value
    for part in parts:
        match = _PART.fullmatch(part) if isinstance(part, str) and isinstance(value, str) else None
        if match is not None:
            first, last = int(match[1]), int(match[2] or match[1])
        elif isinstance(part, int | np.integer) and not isinstance(part, bool):
            first = last = int(part)
        else:
            ranges.clear()
            break
        ranges.append((first, last))
    if not ranges or any(first > last for first, last in ranges):
        raise InputError(f"norms is {reprlib.repr(value)}: pass the numbers of ones that rows may have, such as ", how)
    for norm in (norm for ends in ranges for norm in ends):
        if not 1 <= norm <= dim:
            raise InputError(f"norm {reprlib.repr(norm)} is out of range: rows of {dim} entries have 1 to {dim} ones")
    return tuple(sorted({norm for first, last in ranges for norm in range(first, last + 1)}))


def norms_text(norms: tuple[int, ...]) -> str:
    """Short, for labels and messages: "norm 4", "norms 3, 4, 8", "12 norms from 1 to 40"."""
    if len(norms) > _WRITTEN:
        return f"{len(norms)} norms from {norms[0]} to {norms[-1]}"
    return f"norm{'s' if len(norms) > 1 else ''} {', '.join(map(str, norms))}"


def check_similarity_rows(instance: Instance, norms: tuple[int, ...] | None = None) -> None:
    """Raises InputError, naming the rows (counted from 0), if some are all zero or have a norm outside `norms`."""
    for name, matrix in zip(("A", "B"), instance.sets, strict=False):
        ones = matrix.sum(axis=1, dtype=np.int64)
        empty = np.flatnonzero(ones == 0)
        strange = empty if norms is None or empty.size else np.flatnonzero(~np.isin(ones, norms))
        if not strange.size:
            continue
        are, them = ("is", "it") if strange.size == 1 else ("are", "them")
        named = [str(i) if empty.size else f"{i} ({ones[i]} one{'s' if ones[i] > 1 else ''})" for i in strange[:_NAMED]]
        rows = _listed(named, strange.size) + ("" if instance.others is None else f" of {name}")
        if empty.size:
            raise InputError(
                f"{rows} {are} all zero and the similarity of an empty document is undefined: leave {them} out"
            )
        raise InputError(
            f"{rows} {are} outside the declared {norms_text(norms or ())}, which are numbers of ones: "
            f"leave {them} out or declare every number that occurs"
        )


def _listed(named: list[str], count: int) -> str:
    if count == 1:
        return f"row {named[0]}"
    if count > len(named):
        return f"rows {', '.join(named)} and {count - len(named)} more"
    return f"rows {', '.join(named[:-1])} and {named[-1]}"
