"""The blocks of a model as one picture: what each head prefers and each gate computes, over the residual stream.

Time runs from left to right. Above stand the heads and gates of each block in words; below, each signal is a bar from
where it is made to where it is last taken. Each head and each gate is a vertical line: rings on what it takes, arrows
on what it makes. All lengths are in points, heights from the top.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import TYPE_CHECKING

from proofformer.circuit import At, Gate, Head
from proofformer.explain.looks import GREY, INK, LINE, PAD, SIZE, Card, gates_card, head_card, text_width
from proofformer.planner import Plan
from proofformer.planner.layout import inputs_of, outputs_of

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

HEAD, GATE, NOISY = "#0072B2", "#00795a", "#a9b4bd"
NOISY_DASHES = (0, (1.2, 1))
PALE, READ_PALE, READ = "#f0f3f6", "#fdeedd", "#b04a00"
MARGIN, GAP, LANE, WIRE = 14.0, 8.0, 14.0, 14.0
TITLE, HEADER, NAMES, LEGEND = 48.0, 22.0, 20.0, 16.0


@dataclass(frozen=True)
class Wire:
    """A head or a gate as a vertical line at `x`."""

    node: Head | Gate
    x: float

    @property
    def colour(self) -> str:
        return HEAD if isinstance(self.node, Head) else GATE


@dataclass(frozen=True)
class Column:
    """A block: its cards above, its wires below."""

    number: int
    read: bool
    cards: tuple[Card, ...]
    wires: tuple[Wire, ...]
    left: float
    right: float


def draw_model(plan: Plan, label: str) -> Figure:
    """The figure of a plan; `label` says in words what it answers."""
    from matplotlib.figure import Figure

    lanes = [s.name for s in plan.circuit.inputs]
    left = MARGIN + max(text_width(_name(plan, s)) for s in lanes) + 26
    columns: list[Column] = []
    for k in range(len(plan.layout.blocks)):
        columns.append(_column(plan, k, columns[-1].right + GAP if columns else left))
        lanes += [s for wire in columns[-1].wires for s in outputs_of(wire.node)]
    fields = {out.signal: out.field for out in plan.circuit.outputs}
    end = columns[-1].right + GAP + 6
    title = f"{label}, n = 2..{plan.max_n:,}, {plan.dtype.name}"
    answers = max(text_width(f, bold=True) for f in (*fields.values(), "answer"))
    width = max(end + 8 + answers, MARGIN + text_width(title, 12, bold=True)) + MARGIN
    legend = _legend(width)
    below = TITLE + HEADER + max(sum(c.height + GAP for c in column.cards) for column in columns) + NAMES
    bottom = below + LANE * len(lanes) + 6
    rows = {name: below + LANE * (k + 0.5) for k, name in enumerate(lanes)}

    height = bottom + 8 + LEGEND * (1 + legend[-1][1]) + 4
    figure = Figure(figsize=(width / 72, height / 72), facecolor="white")
    axes = figure.add_axes((0, 0, 1, 1))
    axes.set_xlim(0, width)
    axes.set_ylim(height, 0)
    axes.axis("off")
    attention, blocks = plan.depth
    facts = f"{blocks} blocks, {attention} with attention; residual stream of {plan.layout.width} dimensions"
    axes.text(MARGIN, 24, title, size=12, weight="bold", color=INK, va="baseline")
    axes.text(MARGIN, 39, facts, size=SIZE + 0.5, color=GREY, va="baseline")
    header = TITLE + HEADER - 8
    axes.text(left - 12, header, "tokens", size=SIZE + 1, weight="bold", color=INK, ha="right")
    axes.text(end + 8, header, "answer", size=SIZE + 1, weight="bold", color=INK)
    for column in columns:
        _draw_column(axes, column, bottom)
    _draw_bars(axes, plan, columns, rows, left - 12, end)
    for signal, field in fields.items():
        axes.text(end + 8, rows[signal], field, size=SIZE, weight="bold", color=INK, va="center_baseline")
    for column in columns:
        for wire in column.wires:
            _draw_wire(axes, wire, rows, below - 6)
    _draw_legend(axes, bottom + 8, legend)
    return figure


def _column(plan: Plan, k: int, left: float) -> Column:
    block = plan.layout.blocks[k]
    heads = [plan.circuit.heads[name] for name in block.heads]
    gates = [plan.circuit.gates[name] for name in block.gates]
    cards = [head_card(plan, head) for head in heads]
    if gates:
        cards.append(gates_card(gates, cards))
    nodes: list[Head | Gate] = [*heads, *gates]
    read = block.at is At.READ
    # Names stand to the left of their bars: the first line is far enough in for all names to stay inside the column.
    names = [max(text_width(_name(plan, s)) for s in outputs_of(node)) for node in nodes]
    first = PAD + 10 + max(name - WIRE * i for i, name in enumerate(names))
    texts = max(_title_width(k, read), *(card.width for card in cards))
    # The names of heads stand side by side above their wires.
    room = max(WIRE, *(text_width(head.name, bold=True) + 8 for head in heads)) if len(heads) > 1 else WIRE
    steps = [*([room] * len(heads)), *([WIRE] * len(gates))]
    width = max(texts + 2 * PAD, first + sum(steps))
    spare = (width - first - sum(steps)) / len(nodes)
    places = accumulate((step + spare for step in steps[:-1]), initial=left + first)
    wires = tuple(Wire(node, x) for node, x in zip(nodes, places, strict=True))
    return Column(k, read, tuple(cards), wires, left, left + width)


def _title_width(k: int, read: bool) -> float:
    return text_width(f"block {k}", SIZE + 1, bold=True) + 6 + text_width(_where(read))


def _where(read: bool) -> str:
    return "READ only" if read else "every token"


def _name(plan: Plan, signal: str) -> str:
    width = plan.circuit.signals[signal].width
    return signal if width == 1 else f"{signal} [{width}]"


def _draw_column(axes: Axes, column: Column, bottom: float) -> None:
    from matplotlib.patches import Rectangle

    ink = READ if column.read else INK
    where = (column.left, TITLE), column.right - column.left, bottom - TITLE
    axes.add_patch(Rectangle(*where, facecolor=READ_PALE if column.read else PALE, edgecolor="none", zorder=0))
    if column.read:
        axes.add_patch(Rectangle(*where, facecolor="none", edgecolor=READ, linewidth=0.8, linestyle=(0, (4, 3))))
    y = TITLE + HEADER - 8
    title = f"block {column.number}"
    axes.text(column.left + PAD, y, title, size=SIZE + 1, weight="bold", color=ink)
    x = column.left + PAD + text_width(title, SIZE + 1, bold=True) + 6
    axes.text(x, y, _where(column.read), size=SIZE, color=ink)
    top = TITLE + HEADER
    for card in column.cards:
        _draw_card(axes, card, column, top)
        top += card.height + GAP


def _draw_card(axes: Axes, card: Card, column: Column, top: float) -> None:
    from matplotlib.patches import FancyBboxPatch

    colour = HEAD if card.head else GATE
    left, right = column.left + PAD, column.right - PAD
    shape = f"round,pad=0,rounding_size={4 if card.head else 0.01}"
    box = FancyBboxPatch(
        (left, top), right - left, card.height, boxstyle=shape, facecolor="white", edgecolor=colour, linewidth=1
    )
    axes.add_patch(box)
    for k, line in enumerate(card.lines):
        y = top + PAD + LINE * k + 7
        ink = {"name": colour, "note": GREY}.get(line.role, INK)
        weight = "bold" if line.role == "name" else "normal"
        axes.text(left + PAD + line.indent, y, line.text, size=SIZE, color=ink, weight=weight)
        axes.text(right - PAD, y, line.right, size=SIZE, color=ink, ha="right")


def _draw_bars(
    axes: Axes, plan: Plan, columns: Sequence[Column], rows: dict[str, float], first: float, end: float
) -> None:
    """A bar for each signal, from the wire that makes it to the last that takes it."""
    made = {s.name: first for s in plan.circuit.inputs}
    last = dict(made)
    for wire in (w for column in columns for w in column.wires):
        made |= dict.fromkeys(outputs_of(wire.node), wire.x)
        last |= dict.fromkeys([*inputs_of(wire.node), *outputs_of(wire.node)], wire.x)
    last |= {out.signal: end for out in plan.circuit.outputs}
    for name, y in rows.items():
        signal = plan.circuit.signals[name]
        start, stop = made[name], last[name]
        text = _name(plan, name)
        axes.text(start - 7, y, text, size=SIZE, color=INK, ha="right", va="center_baseline", zorder=4)
        if stop == start:
            axes.text(start + 4, y, "not used", size=SIZE - 1, color=GREY, va="center_baseline", zorder=4)
            continue
        colour = NOISY if signal.noisy else READ if signal.at is At.READ else INK
        style = NOISY_DASHES if signal.noisy else "solid"
        axes.plot([start, stop], [y, y], color=colour, linewidth=2.2, linestyle=style, solid_capstyle="butt", zorder=2)


def _draw_wire(axes: Axes, wire: Wire, rows: dict[str, float], top: float) -> None:
    takes, makes = sorted(inputs_of(wire.node), key=rows.__getitem__), outputs_of(wire.node)
    reached = [rows[s] for s in (*takes, *makes)]
    head = isinstance(wire.node, Head)
    axes.plot([wire.x] * 2, [top if head else min(reached), max(reached)], color=wire.colour, linewidth=1.1, zorder=3)
    if head:
        axes.text(wire.x, top - 3, wire.node.name, size=SIZE, color=HEAD, weight="bold", ha="center")
    _marks(axes, [wire.x] * len(takes), [rows[s] for s in takes], wire.colour, made=False)
    _marks(axes, [wire.x] * len(makes), [rows[s] for s in makes], wire.colour, made=True)


def _marks(axes: Axes, xs: Sequence[float], ys: Sequence[float], colour: str, *, made: bool) -> None:
    marker, size, face = (">", 6.0, colour) if made else ("o", 4.6, "white")
    axes.plot(xs, ys, marker, markersize=size, markerfacecolor=face, markeredgecolor=colour, linestyle="none", zorder=5)


KEY = 24.0
LEGEND_KEYS = (
    ("a head", HEAD, 1.1),
    ("a gate", GATE, 1.1),
    ("takes a signal", INK, 0),
    ("makes it", INK, 0),
    ("noisy, as a head returns it", NOISY, 2.2),
    ("on the READ token only", READ, 2.2),
)


def _legend(width: float) -> list[tuple[float, int]]:
    """The left edge and the line of each entry, in as many lines as `width` asks for."""
    places, x, line = [], MARGIN, 0
    for text, _, _ in LEGEND_KEYS:
        wide = KEY + text_width(text)
        if x > MARGIN and x + wide > width - MARGIN:
            x, line = MARGIN, line + 1
        places.append((x, line))
        x += wide + 18
    return places


def _draw_legend(axes: Axes, top: float, places: Sequence[tuple[float, int]]) -> None:
    for (text, colour, width), (x, line) in zip(LEGEND_KEYS, places, strict=True):
        y = top + LEGEND * (line + 0.5)
        if width:
            style = NOISY_DASHES if colour == NOISY else "solid"
            axes.plot([x, x + KEY - 6], [y, y], color=colour, linestyle=style, linewidth=width)
        else:
            _marks(axes, [x + KEY / 2 - 3], [y], colour, made=text == "makes it")
        axes.text(x + KEY, y, text, size=SIZE, color=INK, va="center_baseline")
