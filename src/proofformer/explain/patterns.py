"""Blocks of numbers in words: multiples of the identity, of vectors that repeat or progress, and products of these.

The language: `I_n` the identity, `1_n` a column of ones, `(a, b, ..)` a row, `^T` transposed, `A (x) B` the Kronecker
product, `(a; b)` the rows of a small matrix, `k times a` in a row for a repeated number, and in brackets the rows and
columns where it stands if the others are 0.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import groupby

from proofformer.explain.describe import span

Cells = Mapping[tuple[int, int], Fraction]
"""The entries of a block that are not 0."""

Line = Sequence[Fraction]
ONE = Fraction(1)
MOST_LISTED, MOST_RUNS, LONGEST_PERIOD, MOST_SPELLED = 8, 4, 8, 16


@dataclass(frozen=True)
class Piece:
    """A word of the language: as text, for GitHub's math, and what it has in common with those of other numbers."""

    text: str
    tex: str
    shape: str


Pieces = tuple[Piece, ...]


def word(text: str, tex: str | None = None) -> Piece:
    return Piece(text, text if tex is None else tex, text)


def indexed(symbol: str) -> str:
    """A symbol such as R2 in a formula."""
    return symbol if len(symbol) == 1 else f"{symbol[0]}_{{{symbol[1:]}}}"


def _sized(letter: str, size: int, tex: str | None = None) -> Piece:
    return Piece(f"{letter}_{size}", f"{tex or letter}_{{{size}}}", letter)


def _number(value: Fraction) -> Piece:
    sign = "-" if value < 0 else ""
    fraction = rf"{sign}\tfrac{{{abs(value.numerator)}}}{{{value.denominator}}}"
    return Piece(str(value), str(value) if value.denominator == 1 else fraction, sign)


def ones(size: int, *, lying: bool = False) -> Pieces:
    one = _sized("1", size, r"\mathbf{1}")
    return (one, TURNED) if lying else (one,)


BESIDE, KRONECKER = word(" ", r"\,"), word(" (x) ", r" \otimes ")
OPEN, CLOSE, COMMA, TURNED = map(word, ("(", ")", ", ", "^T"))
DOTS, TIMES = word("..", r"\ldots"), word(" times ", r"\ \text{times}\ ")
TOP, NEXT, BELOW, BOTTOM = (
    word(text, tex)
    for text, tex in (("(", r"\begin{pmatrix} "), (", ", " & "), ("; ", r" \\ "), (")", r" \end{pmatrix}"))
)


def _joined(parts: Iterable[Sequence[Piece]], between: Piece) -> Pieces:
    found: list[Piece] = []
    for part in parts:
        found += [between, *part] if found else part
    return tuple(found)


@dataclass(frozen=True)
class Written:
    """A block in tokens, without its `factor` and its `place`; without tokens it is a number."""

    tokens: Pieces
    factor: Fraction = ONE
    place: str = ""
    listed: bool = False

    def times(self, symbols: Sequence[str]) -> Pieces:
        """The block with its factor and these symbols before it, and its place behind."""
        sign, size = word("-" if self.factor < 0 else ""), abs(self.factor)
        number = [] if size == 1 and (symbols or self.tokens) else [_number(size)]
        named = [word(s, indexed(s)) for s in symbols]
        body = _joined([*([token] for token in (*number, *named)), *([self.tokens] if self.tokens else [])], BESIDE)
        where = (Piece(f" [{self.place}]", rf"\ \text{{[{self.place}]}}", "[]"),) if self.place else ()
        return (sign, *body, *where)


def written(cells: Cells, rows: int, columns: int) -> Written:
    """A block of `rows` x `columns`, in the shortest of the known forms; `listed` if there is none."""
    found = _pattern(cells, rows, columns)
    if found is not None:
        return found
    top, left = min(r for r, _ in cells), min(c for _, c in cells)
    bottom, right = max(r for r, _ in cells) + 1, max(c for _, c in cells) + 1
    found = _pattern({(r - top, c - left): v for (r, c), v in cells.items()}, bottom - top, right - left)
    if found is None:
        return _listed(cells, rows, columns)
    where = [f"rows {span(top, bottom)}"] * ((top, bottom) != (0, rows))
    where += [f"columns {span(left, right)}"] * ((left, right) != (0, columns))
    return replace(found, place=", ".join(where))


def _pattern(cells: Cells, rows: int, columns: int) -> Written | None:
    if rows == 1 or columns == 1:
        return _vector([cells.get((r, c), Fraction(0)) for r in range(rows) for c in range(columns)], columns == 1)
    for attempt in (_identity, _product, _outer, _spelled, _stacked):
        found = attempt(cells, rows, columns)
        if found is not None:
            return found
    return None


def _identity(cells: Cells, rows: int, columns: int) -> Written | None:
    value = next(iter(cells.values()))
    if rows != columns or len(cells) != rows or any(cells.get((k, k)) != value for k in range(rows)):
        return None
    return Written((_sized("I", rows),), value)


def _product(cells: Cells, rows: int, columns: int) -> Written | None:
    """I_m (x) P for a small block P."""
    for m in range(min(rows, columns), 1, -1):
        if rows % m or columns % m:
            continue
        p, q = rows // m, columns // m
        if p * q > MOST_SPELLED:
            return None
        block = {(r, c): v for (r, c), v in cells.items() if r < p and c < q}
        whole = {(r + k * p, c + k * q): v for k in range(m) for (r, c), v in block.items()}
        inner = _pattern(block, p, q) if block and whole == dict(cells) else None
        if inner is not None:
            return replace(inner, tokens=(_sized("I", m), KRONECKER, *inner.tokens))
    return None


def _outer(cells: Cells, rows: int, columns: int) -> Written | None:
    """A block whose columns, or rows, are all equal."""
    column = [cells.get((r, 0), Fraction(0)) for r in range(rows)]
    if all(cells.get((r, c), Fraction(0)) == column[r] for r in range(rows) for c in range(columns)):
        one = _vector(column, True)
        return one and replace(one, tokens=(*one.tokens, BESIDE, *ones(columns, lying=True)))
    row = [cells.get((0, c), Fraction(0)) for c in range(columns)]
    if all(cells.get((r, c), Fraction(0)) == row[c] for r in range(rows) for c in range(columns)):
        one = _vector(row, False)
        return one and replace(one, tokens=(*ones(rows), BESIDE, *one.tokens))
    return None


def _stacked(cells: Cells, rows: int, columns: int) -> Written | None:
    """1_m (x) P."""
    for p in range(1, rows // 2 + 1):
        block = {at: v for at, v in cells.items() if at[0] < p}
        if rows % p == 0 and {(r + k, c): v for (r, c), v in block.items() for k in range(0, rows, p)} == dict(cells):
            inner = _pattern(block, p, columns)
            return inner and replace(inner, tokens=(*ones(rows // p), KRONECKER, *inner.tokens))
    return None


def _spelled(cells: Cells, rows: int, columns: int) -> Written | None:
    if rows * columns > MOST_SPELLED:
        return None
    lines = [[[_number(cells.get((r, c), Fraction(0)))] for c in range(columns)] for r in range(rows)]
    return Written((TOP, *_joined([_joined(line, NEXT) for line in lines], BELOW), BOTTOM))


def _listed(cells: Cells, rows: int, columns: int) -> Written:
    values = sorted(set(cells.values()))
    few = len(values) <= MOST_LISTED
    shown = ", ".join(map(str, values)) if few else f"from {values[0]} to {values[-1]}"
    text = f"{rows} x {columns}, {len(cells)} entries: {shown}"
    return Written((Piece(text, rf"\text{{{text}}}", f"{len(values)} values" if few else "values"),), listed=True)


def _vector(values: Line, standing: bool) -> Written | None:
    """A column (`standing`) or a row."""
    n, first = len(values), values[0]
    turned = (TURNED,) if standing else ()
    if n == 1:
        return Written((), first)
    if first and all(v == first for v in values):
        return Written(ones(n, lying=not standing), first)
    if first and all(v == first * 2**k for k, v in enumerate(values)):
        return Written((*_row(Fraction(2**k) for k in range(n)), *turned), first)
    for period in range(2, LONGEST_PERIOD + 1):
        if n % period == 0 and n > period and all(v == values[k % period] for k, v in enumerate(values)):
            times = ones(n // period, lying=not standing)
            return Written((*times, KRONECKER, *_row(values[:period]), *turned))
    step = values[1] - first
    if n <= MOST_LISTED or all(v == first + k * step for k, v in enumerate(values)):
        return Written((*_row(values), *turned))
    runs = [(len(list(group)), value) for value, group in groupby(values)]
    if len(runs) > MOST_RUNS:
        inner = _vector([value for _, value in runs], standing) if len({k for k, _ in runs}) == 1 < runs[0][0] else None
        return inner and replace(inner, tokens=(*inner.tokens, KRONECKER, *ones(runs[0][0], lying=not standing)))
    return Written((OPEN, *_joined([tuple(_run(k, v)) for k, v in runs], COMMA), CLOSE, *turned))


def _run(count: int, value: Fraction) -> Iterator[Piece]:
    if count > 1:
        yield Piece(str(count), str(count), "")
        yield TIMES
    yield _number(value)


def _row(values: Iterable[Fraction]) -> Pieces:
    """All numbers of a row, or the first three and the last of many."""
    shown = [_number(v) for v in values]
    if len(shown) > MOST_LISTED:
        shown[3:-1] = [DOTS]
    return (OPEN, *_joined([[token] for token in shown], COMMA), CLOSE)
