"""Distances of vectors with entries 0..C as scores: what the theorems about grids share (docs/theory.md, section 7)."""

from collections.abc import Callable, Sequence

from proofformer.circuit import Builder, Part, Row, Signal, Term, added, agreement, euclid, start_scores
from proofformer.circuit.scores import CHUNK, chunks
from proofformer.circuit.signals import Form

Count = Callable[[str, Signal, Signal], Signal]


def city_agreement(c: Builder, start: int | None = None) -> Term:
    """The agreement of the entries in unary: d C less twice the cityblock distance. START as one at distance `start`.

    Proof: entries x and y in unary, C bits of which the first x and y are set, differ in |x - y| bits.
    """
    rungs = range(1, c.levels + 1)
    unary = [
        c.lookup(f"unary{i}", row, lambda x: [int(x >= rung) for rung in rungs])
        for i, row in enumerate(c.entries(c.doc))
    ]
    bits: Sequence[Part] = [part for signal in unary for part in signal[:]]
    return agreement(bits, bits, start)


def nearness(c: Builder, start: int | None = None) -> Term:
    """|x|^2 less the squared distance, in whole numbers of at most 8 bits or 2^8. START as one at distance `start`."""
    rows = c.entries(c.doc)
    squares = _squares(c, rows)
    score = euclid(rows, rows, squares)
    if start is None:
        return score
    norm = (start_scores(form, weight) for weight, form in squares)
    return added(f"{score.label}, START at distance {start}", score, *norm, start_scores(chunks(-start)))


def _squares(c: Builder, rows: Form) -> list[tuple[int, Form]]:
    """Rows that make up |x|^2, with the weight they count with: as many entries' squares in one as have room."""
    room = 1 << CHUNK
    together = room // c.levels**2
    if together:
        groups = [rows[i : i + together] for i in range(0, len(rows), together)]
        sums = [c.lookup(f"squares{i}", group, lambda x: [x * x]) for i, group in enumerate(groups)]
        return [(1, tuple(Row(0, s[:]) for s in sums))]
    # Two tables, so that each half has a range of its own.
    low = [c.lookup(f"squares{i}", row, lambda x: [x * x % room]) for i, row in enumerate(rows)]
    high = [c.lookup(f"squares{i}.{CHUNK}", row, lambda x: [x * x // room]) for i, row in enumerate(rows)]
    return [(weight, tuple(Row(0, s[:]) for s in half)) for weight, half in ((1, low), (room, high))]


def city_distance(c: Builder) -> Count:
    """Counts the cityblock distance of two documents on one token."""
    return lambda name, a, b: c.lookup(name, _differences(c, a, b), lambda z: [abs(z)])


def squared_distance(c: Builder) -> Count:
    """Counts the squared Euclidean distance of two documents on one token."""
    return lambda name, a, b: c.lookup(name, _differences(c, a, b), lambda z: [z * z])


def _differences(c: Builder, a: Signal, b: Signal) -> Form:
    pairs = zip(c.entries(a), c.entries(b), strict=True)
    return tuple(Row(0, (*x.parts, *(p.times(-1) for p in y.parts))) for x, y in pairs)
