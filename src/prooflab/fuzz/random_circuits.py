"""Random circuits: any nodes that the typing rules accept, not only those of theorems.

A node is drawn, and kept when the rules accept it: a rule that accepts too much shows as a circuit that runs wrongly.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from proofformer.circuit import (
    At,
    Circuit,
    CountAnd,
    CountXor,
    Gate,
    Head,
    Lookup,
    Maximum,
    Node,
    Output,
    Read,
    Relu,
    Restore,
    Select,
    Signal,
    Term,
    Visible,
)
from proofformer.circuit.lower import least_digit, prefix_of
from proofformer.circuit.signals import Form, form_range
from proofformer.errors import ProofError
from prooflab.fuzz.random_scores import Draws

MOST_DIM = 6
MOST_N = 40
LARGEST = 60
"""A number with a wider range is looked up in a window of this size."""


def random_circuit(rng: np.random.Generator) -> tuple[Circuit, int, bool, int]:
    """A well-typed circuit, with the dim of its documents, whether it takes two sets, and the largest n."""
    drawn = sketch(rng)
    return drawn.circuit(), drawn.doc.width, drawn.first is not drawn.second, drawn.max_n


def sketch(rng: np.random.Generator) -> Sketch:
    """A random circuit whose outputs are still to be drawn."""
    dim, bichromatic = int(rng.integers(1, MOST_DIM + 1)), bool(rng.integers(2))
    drawn = Sketch(rng, dim, bichromatic, int(rng.integers(2, 10 if rng.random() < 0.7 else MOST_N + 1)))
    for _ in range(int(rng.integers(3, 12))):
        drawn.grow()
    return drawn


class Sketch(Draws):
    """A circuit being drawn: its nodes so far, and what they make."""

    def put(self, node: Node) -> None:
        self.scope.add(node)

    def grow(self) -> None:
        """Add what one draw makes, with whatever restores it; try again when the rules refuse it."""
        heads = (self.fetch, self.fetch, self.look, self.look, self.rounds, self.wild)
        gates = (self.restore, self.count, self.count, self.lookup, self.lookup, self.relu, self.maximum, self.maximum)
        choice = (self.select, self.select, self.select, *heads, *gates)
        for _ in range(20):
            before = self.scope.fork()
            try:
                choice[self.below(len(choice))]()
            except ProofError:
                self.scope = before
            else:
                return

    def select(self) -> None:
        name, at = self.name(), (At.EVERY if self.chance(0.65) else At.READ)
        by = self.pick(self.flags()).name if at is At.EVERY or self.chance(0.1) else None
        reads = tuple(self.read(self.pick(self.bits()), f"{name}.{k}") for k in range(self.below(4)))
        order = tuple(self.terms(at))
        self.put(Select(name, at, self.pick(self.flags()).name, by, order, reads, f"{name}.found"))

    def head(self, at: At, order: Sequence[Term], read: Sequence[tuple[str, int, int]]) -> str:
        name = self.name()
        reads = (Read(*signal, f"{name}~{k}") for k, signal in enumerate(read))
        self.put(Head(name, at, tuple(order), tuple(reads)))
        for k in range(len(read)):
            if self.chance(0.85):
                self.restored(self.scope.signals[f"{name}~{k}"])
        return name

    def some(self, signals: Sequence[Signal]) -> list[tuple[str, int, int]]:
        """What a head reads of up to three signals."""
        reads = [self.read(self.pick(signals), "") for _ in range(1 + self.below(3))]
        return [(r.signal, r.start, r.stop) for r in reads]

    def fetch(self) -> None:
        """A head with one best key, that of the least or the greatest index: reads anything."""
        at, width, cut = self.any_at(), self.place.width, self.below(self.place.width)
        index = [least_digit(0, width)] if not cut else [least_digit(cut, width), least_digit(0, cut)]
        index = [t.times(int(self.rng.choice((1, 1, -1)))) for t in index]
        self.head(at, [Visible(self.pick(self.flags()).name), *self.terms(at, 0), *index], self.some(self.bits()))

    def look(self) -> None:
        """A head that reads what one of its entries is a number of."""
        at, read = self.any_at(), self.pick(self.bits())
        number, place = self.number(read), self.below(2)
        order: list[Term] = [*self.terms(at, 0)]
        order.insert(min(place, len(order)), number)
        if self.chance(0.3):
            order.insert(0, Visible(self.pick(self.flags()).name))
        known = sorted(number.determines(self.scope.signals))
        self.head(at, order, [(s, i, i + 1) for s, i in known[: 1 + self.below(3)]])

    def wild(self) -> None:
        """A head of any entries that reads anything: seldom legal."""
        at = self.any_at()
        order: list[Term] = [*self.terms(at), Visible(self.pick(self.flags()).name)]
        if self.chance(0.5):
            order.append(least_digit(self.below(self.place.width), self.place.width))
        self.head(at, [order[i] for i in self.rng.permutation(len(order))], self.some(self.bits()))

    def rounds(self) -> None:
        """A head for some bits of the index, and one that continues it below a score or more, as lowering does; now and
        then with other entries, an ANDed digit, or other bits, which is seldom legal."""
        width, at = self.place.width, self.any_at()
        cut = self.below(width)
        above: list[Term] = [*self.terms(at, 0)]
        if self.chance(0.8):
            above.insert(0, Visible(self.pick(self.flags()).name))
        before, digit = self.name(), self.name()
        reads = (Read(self.place.name, cut, width, f"{before}~"),)
        self.put(Head(before, at, (*above, least_digit(cut, width)), reads))
        anded = [self.pick(self.bits(at))] if self.chance(0.1) else []
        self.put(Restore(digit, (f"{before}~", *(s.name for s in anded))))
        if self.chance(0.1):
            above.insert(self.below(len(above) + 1), self.term(at))
        odd = min(cut, int(self.chance(0.1)))
        order = [*above, prefix_of([(digit, cut - odd, width - odd)], before)]
        if self.chance(0.2):
            order.append(self.term(at))
        if cut and self.chance(0.8):
            order.append(least_digit(0, cut))
        self.head(at, order, self.some([self.place, self.pick(self.bits())]))

    def any_at(self) -> At:
        return At.EVERY if self.chance(0.7) else At.READ

    def restore(self) -> None:
        self.restored(self.pick(self.noisy()))

    def restored(self, noisy: Signal) -> None:
        """The bits of a noisy signal, half of the time ANDed with others."""
        at = self.place_to_be([noisy])
        bits = [s for s in self.bits(at) if s.width in (1, noisy.width)]
        flags = [] if self.chance(0.5) else [self.pick(self.flags() if self.chance(0.5) else bits)]
        self.put(Restore(self.name(), (noisy.name, *(s.name for s in flags))))

    def count(self) -> None:
        a, b = self.alike(self.bits(At.READ), At.READ)
        kind = CountAnd if self.chance(0.5) else CountXor
        self.put(kind(self.name(), (a.name, b.name)))

    def maximum(self) -> None:
        a, b = self.alike(self.exact(At.READ), At.READ)
        self.put(Maximum(self.name(), (a.name, b.name)))

    def _form(self) -> Form:
        """Rows of any exact signals."""
        at = At.READ if self.chance(0.3) else At.EVERY
        return self.rows(at, int(self.rng.choice((1, 2, 3), p=(0.6, 0.25, 0.15))))

    def lookup(self) -> None:
        """A table of small numbers or of bits, at times the binary digits; for the whole range, or for a part of it."""
        form = self._form()
        low, high = form_range(form, self.scope.signals)
        start, stop = low, high + 1
        if self.chance(0.4) or stop - start > LARGEST:
            start = low - 2 + self.below(min(high - low + 3, LARGEST))
            stop = max(low, start) + 1 + self.below(min(high + 3 - start, LARGEST))
        width = 1 + self.below(3)
        style = self.below(3)
        table = self.rng.integers(*((0, 2) if style else (-3, 4)), (stop - start, width)).tolist()
        if style == 2:
            table = [[v >> i & 1 for i in range(width)] for v in range(start, stop)]
        reached = table[max(low - start, 0) : high + 1 - start]
        self.put(Lookup(self.name(), form, tuple(map(tuple, reached)), max(low, start)))

    def relu(self) -> None:
        form = self._form()
        self.put(Relu(self.name(), form))

    def circuit(self) -> Circuit:
        """The circuit so far, with some bits of READ for its answer. Checked anew, as a whole."""
        bits = [s for s in self.exact(At.READ) if s.is_bits]
        fields = [f"field{k}" for k in range(1 + self.below(3)) for _ in range(1 + self.below(2))]
        outputs = tuple(Output(field, self.pick(bits).name) for field in fields)
        return Circuit("random", self.inputs, tuple(self.nodes), outputs)


def kinds_of(circuit: Circuit) -> list[str]:
    """The kind of each node: select, head, or the gate's op."""
    return [n.op if isinstance(n, Gate) else type(n).__name__.lower() for n in circuit.nodes]
