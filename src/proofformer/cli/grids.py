"""The symbolic matrices with names on their rows and columns, so that a head can be read from its weights."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby

from proofformer.explain.describe import priorities
from proofformer.explain.labels import UNITS, Label, labels_of
from proofformer.planner import Plan
from proofformer.planner.weights import Matrix, matrices, symbolic

NAMES = {"W_E": "embedding", "W_U": "unembedding"}
OF_HEADS = ("W_Q", "W_K", "W_V", "W_O")


@dataclass(frozen=True)
class Grid:
    """A matrix as text: a title, and a name and component for each row and column."""

    title: str
    rows: tuple[Label, ...]
    columns: tuple[Label, ...]
    cells: tuple[tuple[str, ...], ...]

    def text(self) -> str:
        """Aligned lines without the rows and columns that are all zero; a name stands once over its columns."""
        kept_rows = [r for r, row in enumerate(self.cells) if any(c != "0" for c in row)]
        if not kept_rows:
            return f"{self.title}: all zero"
        kept = [c for c in range(len(self.columns)) if any(row[c] != "0" for row in self.cells)]
        shown = {(r, c): "." if self.cells[r][c] == "0" else self.cells[r][c] for r in kept_rows for c in kept}
        widths = {c: max(len(str(self.columns[c].index)), *(len(shown[r, c]) for r in kept_rows)) for c in kept}
        names = []
        for name, group in groupby(kept, key=lambda c: _name(self.columns[c])):
            members = list(group)
            room = sum(widths[c] for c in members) + 2 * (len(members) - 1)
            widths[members[-1]] += max(0, len(name) - room)
            names.append(name.ljust(max(room, len(name))))
        labels = {r: f"{_name(self.rows[r])}[{self.rows[r].index}]" for r in kept_rows}
        margin = max(len(label) for label in labels.values())
        lines = [self.title, f"{'':{margin}}  {'  '.join(names)}"]
        lines.append(f"{'':{margin}}  {'  '.join(str(self.columns[c].index).ljust(widths[c]) for c in kept)}")
        for r in kept_rows:
            lines.append(f"{labels[r]:{margin}}  {'  '.join(shown[r, c].ljust(widths[c]) for c in kept)}")
        return "\n".join(line.rstrip() for line in lines)


def _name(label: Label) -> str:
    if label.group != UNITS:
        return label.group
    return label.where if label.clears else f"{label.where} unit"


def legend(plan: Plan, head: str | None) -> list[str]:
    """The value of each symbol, head by head."""
    lines = []
    for h in plan.heads:
        if head in (None, h.name):
            values = {f"{p.symbol} = {p.weight}": None for p in priorities(plan, h.name) if p.symbol != "1"}
            lines.append(f"head {h.name}: {', '.join([f'b = {h.b}', *values])}")
    return lines


def grids(plan: Plan, head: str | None = None) -> Iterator[Grid]:
    """Every weight, block by block and head by head; only those of one head when it is named."""
    tensors = symbolic(plan)
    for _, together in groupby(matrices(plan), key=lambda m: m.block if m.symbol in OF_HEADS else m.name):
        parts = []
        for m in together:
            labels = labels_of(plan, m)
            parts += [(where, m, labels, picked) for where, picked in _parts(m, *labels)]
        heads = list(dict.fromkeys(where for where, *_ in parts))
        for where, m, (rows, columns), picked in sorted(parts, key=lambda part: heads.index(part[0])):
            if head in (None, where):
                cells = tuple(tuple(str(tensors[m.name][r, c]) for c in picked[1]) for r in picked[0])
                kept = (tuple(rows[r] for r in picked[0]), tuple(columns[c] for c in picked[1]))
                yield Grid(f"{_title(m, where)} ({m.name})", *kept, cells)


def _parts(
    m: Matrix, rows: Sequence[Label], columns: Sequence[Label]
) -> Iterator[tuple[str, tuple[Sequence[int], Sequence[int]]]]:
    """A matrix as a whole, or the rows (of W_O the columns) of each head."""
    every = range(len(rows)), range(len(columns))
    if m.symbol not in OF_HEADS:
        yield "", every
        return
    own = columns if m.symbol == "W_O" else rows
    for head, group in groupby(range(len(own)), key=lambda k: own[k].where):
        mine = [*group]
        yield head, (every[0], mine) if own is columns else (mine, every[1])


def _title(m: Matrix, head: str) -> str:
    if m.block is None:
        return NAMES[m.symbol]
    return f"{m.symbol} of head {head}" if head else f"{m.symbol} of block {m.block}"
