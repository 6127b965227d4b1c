"""What a head prefers and a gate computes, as lines of text of known width. All lengths are in points."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from proofformer.circuit import Gate, Head
from proofformer.explain.describe import call, priorities, short, span
from proofformer.planner import Plan

INK, GREY = "#1a1a1a", "#666666"
SIZE = 8.0
LINE, PAD = 11.5, 7.0
WRAP = 110.0
"""A gate's operation goes on a line of its own when it makes its column wider than this."""


@dataclass(frozen=True)
class CardLine:
    """Text at the left, `indent` points in, and at the right. Roles: name, rank, note, plain."""

    text: str
    right: str = ""
    role: str = "plain"
    indent: float = 0.0

    @property
    def width(self) -> float:
        bold = self.role == "name"
        gap = 14.0 if self.right else 0.0
        return self.indent + text_width(self.text, bold=bold) + gap + text_width(self.right)


@dataclass(frozen=True)
class Card:
    """A box of lines; `head`: of a head, else of gates."""

    head: bool
    lines: tuple[CardLine, ...]

    @property
    def width(self) -> float:
        return max(line.width for line in self.lines) + 2 * PAD

    @property
    def height(self) -> float:
        return LINE * len(self.lines) + 2 * PAD - 2


def text_width(text: str, size: float = SIZE, bold: bool = False) -> float:
    """The width of a text in the font of the figures."""
    from matplotlib.font_manager import FontProperties
    from matplotlib.textpath import TextToPath

    font = FontProperties(family="DejaVu Sans", size=size, weight="bold" if bold else "normal")
    width, _, _ = TextToPath().get_text_width_height_descent(text, font, ismath=False)
    return float(width)


def head_card(plan: Plan, head: Head) -> Card:
    """The priorities with their weights, b, and what is read of the best keys."""
    numbers = plan.head(head.name)
    lines = [CardLine(f"head {head.name}", f"b = {numbers.b}", "name"), CardLine("prefers keys by", "weight", "note")]
    for rank, p in enumerate(priorities(plan, head.name), 1):
        lines.append(CardLine(f"{rank}  {p.label}", short(p.weight), "rank"))
    lines.append(CardLine("reads, of the best", "", "note"))
    for r in head.reads:
        whole = r.start == 0 and r.stop == plan.circuit.signals[r.signal].width
        part = "" if whole else f"[{span(r.start, r.stop)}]"
        lines.append(CardLine(f"{r.signal}{part} → {r.output}"))
    return Card(True, tuple(lines))


def gates_card(gates: Sequence[Gate], beside: Sequence[Card]) -> Card:
    """Each gate as `name = op(inputs)`, on one line where the cards `beside` it are as wide."""
    room = max(WRAP, *(card.width - 2 * PAD for card in beside)) if beside else WRAP
    lines = []
    for gate in gates:
        if text_width(f"{gate.name} = {call(gate)}") <= room:
            lines.append(CardLine(f"{gate.name} = {call(gate)}"))
        else:
            lines += [CardLine(f"{gate.name} ="), CardLine(call(gate), indent=10)]
    return Card(False, tuple(lines))
