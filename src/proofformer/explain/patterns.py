"""Blocks of numbers in words: multiples of the identity, of vectors that repeat or progress, and products of these.

The language: `I_n` the identity, `1_n` a column of ones, `(a, b, ..)` a row, `^T` transposed, `A (x) B` the Kronecker
product, `(a; b)` the rows of a small matrix, `k times a` in a row for a repeated number, and in brackets the rows and
columns where it stands if the others are 0.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import groupby

Cells = Mapping[tuple[int, int], Fraction]
"""The entries of a block that are not 0."""

Line = Sequence[Fraction]
ONE = Fraction(1)
MOST_LISTED, MOST_RUNS, LONGEST_PERIOD, MOST_SPELLED = 8, 4, 8, 16


@dataclass(frozen=True)
class Written:
    """A block as text and for GitHub's math, without its `factor` and its `place`; both are empty for a number."""

    text: str
    tex: str
    factor: Fraction = ONE
    place: str = ""
    listed: bool = False

    def times(self, symbols: Sequence[str]) -> tuple[str, str]:
        """The block with its factor and these symbols before it, as text and math."""
        sign, size = "-" if self.factor < 0 else "", abs(self.factor)
        number = [] if size == 1 and (symbols or self.text) else [size]
        text = " ".join([*map(_number, number), *symbols, *([self.text] if self.text else [])])
        named = [s if len(s) == 1 else f"{s[0]}_{{{s[1:]}}}" for s in symbols]
        tex = r"\,".join([*map(_tex_number, number), *named, *([self.tex] if self.tex else [])])
        where = (f" [{self.place}]", rf"\ \text{{[{self.place}]}}") if self.place else ("", "")
        return sign + text + where[0], sign + tex + where[1]


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
    where = [f"rows {_span(top, bottom)}"] * ((top, bottom) != (0, rows))
    where += [f"columns {_span(left, right)}"] * ((left, right) != (0, columns))
    return replace(found, place=", ".join(where))


def _pattern(cells: Cells, rows: int, columns: int) -> Written | None:
    if rows == 1 or columns == 1:
        return _vector([cells.get((r, c), Fraction(0)) for r in range(rows) for c in range(columns)], columns == 1)
    for attempt in (_identity, _product, _outer, _spelled):
        found = attempt(cells, rows, columns)
        if found is not None:
            return found
    return None


def _identity(cells: Cells, rows: int, columns: int) -> Written | None:
    value = next(iter(cells.values()))
    if rows != columns or len(cells) != rows or any(cells.get((k, k)) != value for k in range(rows)):
        return None
    return Written(f"I_{rows}", f"I_{{{rows}}}", value)


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
            return Written(f"I_{m} (x) {inner.text}", rf"I_{{{m}}} \otimes {inner.tex}", inner.factor)
    return None


def _outer(cells: Cells, rows: int, columns: int) -> Written | None:
    """A block whose columns, or rows, are all equal."""
    column = [cells.get((r, 0), Fraction(0)) for r in range(rows)]
    if all(cells.get((r, c), Fraction(0)) == column[r] for r in range(rows) for c in range(columns)):
        one = _vector(column, True)
        ones = f"1_{columns}^T", rf"\mathbf{{1}}_{{{columns}}}^T"
        return None if one is None else Written(f"{one.text} {ones[0]}", rf"{one.tex}\,{ones[1]}", one.factor)
    row = [cells.get((0, c), Fraction(0)) for c in range(columns)]
    if all(cells.get((r, c), Fraction(0)) == row[c] for r in range(rows) for c in range(columns)):
        one = _vector(row, False)
        ones = f"1_{rows}", rf"\mathbf{{1}}_{{{rows}}}"
        return None if one is None else Written(f"{ones[0]} {one.text}", rf"{ones[1]}\,{one.tex}", one.factor)
    return None


def _spelled(cells: Cells, rows: int, columns: int) -> Written | None:
    if rows * columns > MOST_SPELLED:
        return None
    lines = [[cells.get((r, c), Fraction(0)) for c in range(columns)] for r in range(rows)]
    tex = r" \\ ".join(" & ".join(map(_tex_number, line)) for line in lines)
    return Written(f"({'; '.join(_values(line) for line in lines)})", rf"\begin{{pmatrix}} {tex} \end{{pmatrix}}")


def _listed(cells: Cells, rows: int, columns: int) -> Written:
    values = sorted(set(cells.values()))
    shown = _values(values) if len(values) <= MOST_LISTED else f"from {_number(values[0])} to {_number(values[-1])}"
    text = f"{rows} x {columns}, {len(cells)} entries: {shown}"
    return Written(text, rf"\text{{{text}}}", listed=True)


def _vector(values: Line, standing: bool) -> Written | None:
    """A column (`standing`) or a row."""
    n, first = len(values), values[0]
    turned = "^T" if standing else ""
    if n == 1:
        return Written("", "", first)
    if first and all(v == first for v in values):
        lying = "" if standing else "^T"
        return Written(f"1_{n}{lying}", rf"\mathbf{{1}}_{{{n}}}{lying}", first)
    if first and all(v == first * 2**k for k, v in enumerate(values)):
        powers = [Fraction(2**k) for k in range(n)]
        return Written(_row(powers) + turned, _tex_row(powers) + turned, first)
    for period in range(2, LONGEST_PERIOD + 1):
        if n % period == 0 and n > period and all(v == values[k % period] for k, v in enumerate(values)):
            lying = "" if standing else "^T"
            ones = f"1_{n // period}{lying}", rf"\mathbf{{1}}_{{{n // period}}}{lying}"
            pattern = values[:period]
            text = f"{ones[0]} (x) {_row(pattern)}{turned}"
            return Written(text, rf"{ones[1]} \otimes {_tex_row(pattern)}{turned}")
    step = values[1] - first
    if n <= MOST_LISTED or all(v == first + k * step for k, v in enumerate(values)):
        return Written(_row(values) + turned, _tex_row(values) + turned)
    runs = [(len(list(group)), value) for value, group in groupby(values)]
    if len(runs) > MOST_RUNS:
        return None
    text = ", ".join(_number(v) if k == 1 else f"{k} times {_number(v)}" for k, v in runs)
    tex = ", ".join(_tex_number(v) if k == 1 else rf"{k}\ \text{{times}}\ {_tex_number(v)}" for k, v in runs)
    return Written(f"({text}){turned}", f"({tex}){turned}")


def _row(values: Line) -> str:
    return f"({_values(_shortened(values))})"


def _tex_row(values: Line) -> str:
    dots = r"\ldots"
    return f"({', '.join(dots if v is None else _tex_number(v) for v in _shortened(values))})"


def _shortened(values: Line) -> list[Fraction | None]:
    """The first three and the last of many."""
    return list(values) if len(values) <= MOST_LISTED else [*values[:3], None, values[-1]]


def _values(values: Iterable[Fraction | None]) -> str:
    return ", ".join(".." if v is None else _number(v) for v in values)


def _number(value: Fraction) -> str:
    return str(value)


def _tex_number(value: Fraction) -> str:
    sign = "-" if value < 0 else ""
    return str(value) if value.denominator == 1 else rf"{sign}\tfrac{{{abs(value.numerator)}}}{{{value.denominator}}}"


def _span(start: int, stop: int) -> str:
    return str(start) if stop == start + 1 else f"{start}..{stop - 1}"
