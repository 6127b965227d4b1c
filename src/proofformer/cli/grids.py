"""The symbolic matrices with names on their rows and columns, so that a head can be read from its weights."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby

from proofformer.explain.labels import UNITS, Label, labels_of, symbol_of
from proofformer.planner import Plan
from proofformer.planner.weights import Level, level_symbol, matrices, symbolic

NAMES = {"embed.weight": "embedding", "unembed.weight": "unembedding"}


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
            symbols = {level_symbol(plan, Level(h.name, e)): w for e, w in enumerate(h.weights)}
            values = [f"{symbol} = {weight}" for symbol, weight in symbols.items() if symbol != "1"]
            lines.append(f"head {h.name}: {', '.join([f'b = {h.b}', *values])}")
    return lines


def grids(plan: Plan, head: str | None = None) -> Iterator[Grid]:
    """Every weight, block by block and head by head; only those of one head when it is named."""
    tensors = symbolic(plan)
    for _, together in groupby(matrices(plan), key=lambda m: m.name.partition(".attention.")[0]):
        parts = []
        for m in together:
            labels = labels_of(plan, m)
            parts += [(where, m.name, labels, picked) for where, picked in _parts(m.name, *labels)]
        heads = list(dict.fromkeys(where for where, *_ in parts))
        for where, tensor, (rows, columns), picked in sorted(parts, key=lambda part: heads.index(part[0])):
            if head in (None, where):
                cells = tuple(tuple(str(tensors[tensor][r, c]) for c in picked[1]) for r in picked[0])
                kept = (tuple(rows[r] for r in picked[0]), tuple(columns[c] for c in picked[1]))
                yield Grid(f"{_title(tensor, where)} ({tensor})", *kept, cells)


def _parts(
    tensor: str, rows: Sequence[Label], columns: Sequence[Label]
) -> Iterator[tuple[str, tuple[Sequence[int], Sequence[int]]]]:
    """A matrix as a whole, or the rows (of W_O the columns) of each head."""
    every = range(len(rows)), range(len(columns))
    if ".attention." not in tensor:
        yield "", every
        return
    own = columns if tensor.endswith("output.weight") else rows
    for head, group in groupby(range(len(own)), key=lambda k: own[k].where):
        mine = [*group]
        yield head, (every[0], mine) if own is columns else (mine, every[1])


def _title(tensor: str, head: str) -> str:
    if tensor in NAMES:
        return NAMES[tensor]
    return f"{symbol_of(tensor)} of head {head}" if head else f"{symbol_of(tensor)} of block {tensor.split('.')[1]}"
