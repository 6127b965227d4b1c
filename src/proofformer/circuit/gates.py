"""Gates: one hidden ReLU layer each, exact on a stated finite domain (docs/theory.md, section 3).

A gate has a meaning (used by the interpreter) and a network (used by the planner), written apart from each other: the
tests compare the two on the whole domain. What it makes of its inputs follows from them, so no gate declares it.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any, ClassVar, NoReturn

from proofformer.circuit.networks import Network, Unit
from proofformer.circuit.signals import At, Part, Role, Row, Signal
from proofformer.errors import ProofError

Number = Fraction | int
Vector = tuple[Number, ...]
Signals = Mapping[str, Signal]
Table = tuple[tuple[int, ...], ...]


Type = tuple[int, int, int, frozenset[Role]]
"""Width, range and support of what a gate makes. Support is every kind of token on which it may be other than 0: too
wide is safe, too narrow is wrong."""


@dataclass(frozen=True)
class Gate(ABC):
    """The signal `name`, computed from the signals `inputs` of one token."""

    op: ClassVar[str]
    """What the kind of gate is called in plans and drawings."""
    does: ClassVar[str] = ""
    """What becomes of the inputs, in words; without them, its `op`."""
    lemmas: ClassVar[tuple[str, ...]] = ()
    """Names of what is proved of its network for all numbers (docs/obligations.md)."""

    name: str
    inputs: tuple[str, ...]

    def output(self, signals: Signals) -> Signal:
        """The signal it makes, by what `signals` says of its inputs. Raises `ProofError` for what it does not take."""
        missing = [name for name in self.inputs if name not in signals]
        if missing:
            raise ProofError(f"gate {self.name!r} takes {missing[0]!r}, which no node before it makes")
        inputs = [signals[name] for name in self.inputs]
        width, lo, hi, support = self._type(inputs)
        for s in inputs:
            if s.seen is not inputs[0].seen:
                self._fail(f"{s.name!r} is known to another token than {inputs[0].name!r}")
        at = At.READ if any(s.at is At.READ for s in inputs) else At.EVERY
        return Signal(self.name, width, lo, hi, at=at, support=support, seen=inputs[0].seen)

    @abstractmethod
    def meaning(self, values: Sequence[Vector]) -> Vector:
        """What it computes of the values of its inputs, exactly. Raises `ProofError` outside a restore's domain."""

    @abstractmethod
    def network(self, signals: Signals) -> Network:
        """The hidden layer that computes it."""

    def taking(self, names: Callable[[str], str]) -> Gate:
        """The same gate of other signals."""
        return replace(self, inputs=tuple(map(names, self.inputs)))

    def to_json(self, signals: Signals) -> dict[str, Any]:
        return {
            "node": "gate",
            "op": self.op,
            "inputs": list(self.inputs),
            "output": signals[self.name].to_json(),
            "table": [],
            "form": [],
            "lo": 0,
        }

    @abstractmethod
    def _type(self, inputs: Sequence[Signal]) -> Type:
        """Of the output, if it takes such inputs."""

    def _exact(self, inputs: Sequence[Signal]) -> None:
        for s in inputs:
            if s.noisy:
                self._fail(f"{s.name!r} is noisy; restore it first")

    def _two(self, inputs: Sequence[Signal]) -> tuple[Signal, Signal]:
        """Two exact signals of one width."""
        self._exact(inputs)
        if len(inputs) != 2:
            self._fail(f"takes 2 signals, got {len(inputs)}")
        a, b = inputs
        if a.width != b.width:
            self._fail(f"widths {a.width} and {b.width} differ")
        return a, b

    def _two_of_bits(self, inputs: Sequence[Signal]) -> tuple[Signal, Signal]:
        a, b = self._two(inputs)
        if not (a.is_bits and b.is_bits):
            self._fail("counts bits only")
        return a, b

    def _fail(self, why: str) -> NoReturn:
        raise ProofError(f"gate {self.name!r} ({self.op}): {why}")


class Restore(Gate):
    """Noisy bits y to bits; with a second input, exact bits v (as many as y, or one for all), these ANDed with v."""

    op, does = "restore", "restored to bits"
    lemmas = (
        "restore-of-a-zero",
        "restore-of-a-one",
        "restore-in-floating-point",
        "restore-and-of-a-zero",
        "restore-and-of-a-one",
    )

    def _type(self, inputs: Sequence[Signal]) -> Type:
        if not 1 <= len(inputs) <= 2:
            self._fail(f"takes 2 signals, got {len(inputs)}")
        noisy, *rest = inputs
        if not noisy.noisy:
            self._fail(f"{noisy.name!r} is exact already; only a head's output is restored")
        for v in rest:
            if v.noisy or not v.is_bits or v.width not in (1, noisy.width):
                self._fail(f"{v.name!r} is not an exact bit, so it cannot be ANDed")
        return noisy.width, 0, 1, frozenset.intersection(*(s.support for s in inputs))

    def meaning(self, values: Sequence[Vector]) -> Vector:
        noisy, bits = values[0], values[1] if len(values) == 2 else (1,)
        flags = bits * len(noisy) if len(bits) == 1 else bits
        return tuple(self._bit(y) * v for y, v in zip(noisy, flags, strict=True))

    def _bit(self, y: Number) -> int:
        if y <= Fraction(1, 2):
            return 0
        if Fraction(3, 4) <= y <= Fraction(5, 4):
            return 1
        raise ProofError(f"gate {self.name!r} got {y}: neither at most 1/2 nor within 3/4..5/4, so it is no bit")

    def network(self, signals: Signals) -> Network:
        """`bit(y) = relu(4y-2) - relu(4y-3)`; with a bit v, `bit(y) - bit(y-v)`.

        Nothing here needs two sums to be rounded alike, which linear layers do not promise: 4y-2 and 4y-3 are exact
        where they matter, and with v = 1 both units of `bit(y-v)` are below zero by 1 or more, however they are
        rounded.
        """
        y = self.inputs[0]
        width = signals[y].width
        units = []
        for i in range(width):
            rows: list[tuple[Part, ...]] = [(Part(y, i, 4),)]
            if len(self.inputs) == 2:
                v = signals[self.inputs[1]]
                rows.append((Part(y, i, 4), Part(v.name, i if v.width > 1 else 0, -4)))
            for parts, sign in zip(rows, (1, -1), strict=False):
                units += [Unit(Row(-2, parts), ((i, sign),)), Unit(Row(-3, parts), ((i, -sign),))]
        return Network(tuple(units), (0,) * width)


class CountAnd(Gate):
    """`<a, b>` of two vectors of bits: how many ones they share."""

    op, does = "count_and", "the number of common ones"
    lemmas = ("count-and-of-bits",)

    def _type(self, inputs: Sequence[Signal]) -> Type:
        a, b = self._two_of_bits(inputs)
        return 1, 0, a.width, a.support & b.support

    def meaning(self, values: Sequence[Vector]) -> Vector:
        return (sum(a * b for a, b in zip(*values, strict=True)),)

    def network(self, signals: Signals) -> Network:
        a, b = self.inputs
        rows = (Row(-1, (Part(a, i, 1), Part(b, i, 1))) for i in range(signals[a].width))
        return Network(tuple(Unit(row, ((0, 1),)) for row in rows), (0,))


class CountXor(Gate):
    """The Hamming distance of two vectors of bits: in how many they differ."""

    op, does = "count_xor", "the number of differing bits"
    lemmas = ("count-xor-of-bits",)

    def _type(self, inputs: Sequence[Signal]) -> Type:
        a, b = self._two_of_bits(inputs)
        return 1, 0, a.width, a.support | b.support

    def meaning(self, values: Sequence[Vector]) -> Vector:
        return (sum(max(a - b, b - a) for a, b in zip(*values, strict=True)),)

    def network(self, signals: Signals) -> Network:
        a, b = self.inputs
        rows = (Row(0, (Part(a, i, sign), Part(b, i, -sign))) for i in range(signals[a].width) for sign in (1, -1))
        return Network(tuple(Unit(row, ((0, 1),)) for row in rows), (0,))


class Maximum(Gate):
    """The larger of two numbers, component by component."""

    op, does = "maximum", "the larger of both"
    lemmas = ("maximum-of-two",)

    def _type(self, inputs: Sequence[Signal]) -> Type:
        a, b = self._two(inputs)
        return a.width, max(a.lo, b.lo), max(a.hi, b.hi), a.support | b.support

    def meaning(self, values: Sequence[Vector]) -> Vector:
        return tuple(max(a, b) for a, b in zip(*values, strict=True))

    def network(self, signals: Signals) -> Network:
        """`max(a, b) = lo + relu(b - lo) + relu(a - b)`."""
        a, b = (signals[name] for name in self.inputs)
        units = []
        for i in range(a.width):
            units.append(Unit(Row(-b.lo, (Part(b.name, i, 1),)), ((i, 1),)))
            units.append(Unit(Row(0, (Part(a.name, i, 1), Part(b.name, i, -1))), ((i, 1),)))
        return Network(tuple(units), (b.lo,) * a.width)
