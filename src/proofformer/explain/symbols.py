"""The weights as block matrices in the symbols b, V, R: one line for each signal that an entry, a read or a gate takes.

They come from the same sparse entries as the numbers, so they are complete, and no block depends on l but in its size.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction

from proofformer.explain.labels import Label, labels_of
from proofformer.explain.lookups import by_rule
from proofformer.explain.patterns import Pieces, written
from proofformer.planner.plan import Plan
from proofformer.planner.weights import Entry, Matrix, level_symbol, matrices

Cell = tuple[int, int]


@dataclass(frozen=True)
class SymbolBlock:
    """A part of matrix `matrix` of the model's `block` (None: of none) with the same symbols in all its entries.

    `cells` has its entries without the symbols, `places` where each stands in the tensor, `tokens` what is written of
    it; `listed` says that these are its size and its entries alone.
    """

    tensor: str
    matrix: str
    block: int | None
    where: str
    row: str
    column: str
    symbols: str
    cells: Mapping[Cell, Fraction]
    places: Mapping[Cell, Cell]
    tokens: Pieces
    listed: bool

    @property
    def text(self) -> str:
        return "".join(token.text for token in self.tokens)

    @property
    def tex(self) -> str:
        return "".join(token.tex for token in self.tokens)

    @property
    def shape(self) -> tuple[str, ...]:
        """Equal for blocks that differ in numbers alone."""
        return tuple(token.shape for token in self.tokens)

    @property
    def names(self) -> tuple[str, str, str]:
        """The head or gate it belongs to, and what its rows and its columns stand for."""
        return self.where, self.row, self.column


def symbol_blocks(plan: Plan, head: str | None = None) -> Iterator[SymbolBlock]:
    """Every block that is not zero, matrix by matrix; only those of one head when it is named."""
    for m in matrices(plan):
        rows, columns = labels_of(plan, m)
        for form in _blocks(plan, m, rows, columns):
            if head in (None, form.where):
                yield form


def _blocks(plan: Plan, m: Matrix, rows: list[Label], columns: list[Label]) -> Iterator[SymbolBlock]:
    sizes = [Counter((label.where, label.group) for label in labels) for labels in (rows, columns)]
    found: dict[tuple[str, str, str, str], dict[Cell, Fraction]] = defaultdict(lambda: defaultdict(Fraction))
    places: dict[tuple[str, str, str, str], dict[Cell, Cell]] = defaultdict(dict)
    for e in m.entries:
        row, column = rows[e.row], columns[e.column]
        where = row.where or column.where
        key = where, row.group, column.group, _symbols(plan, e)
        at = row.index, column.index
        found[key][at] += e.factor * Fraction(2) ** e.shift
        places[key][at] = e.row, e.column
    for key, summed in found.items():
        cells = {at: value for at, value in summed.items() if value}
        if not cells:
            continue
        where, row_group, column_group, symbols = key
        height = max(n for (w, g), n in sizes[0].items() if g == row_group and w in (where, ""))
        width = max(n for (w, g), n in sizes[1].items() if g == column_group and w in (where, ""))
        told = written(cells, height, width)
        if told.listed:
            told = by_rule(plan.circuit.gates.get(where), m.symbol) or told
        names, stands = (where, row_group, column_group), dict(places[key])
        yield SymbolBlock(
            m.name, m.symbol, m.block, *names, symbols, cells, stands, told.times(symbols.split()), told.listed
        )


def _symbols(plan: Plan, e: Entry) -> str:
    level = "1" if e.level is None else level_symbol(plan, e.level)
    return " ".join(s for s in ("b" if e.temperature else "", "" if level == "1" else level) if s)
