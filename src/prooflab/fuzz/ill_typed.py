"""Random circuits with one violation of the typing rules planted. Building one must raise `ProofError`."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from proofformer.circuit import (
    At,
    Circuit,
    CountAnd,
    CountXor,
    Gate,
    Lookup,
    Maximum,
    Output,
    Part,
    Read,
    Relu,
    Restore,
    Role,
    Row,
    Signal,
    Term,
    Visible,
    inner,
    most,
    total,
)
from proofformer.circuit.lower import least_digit
from proofformer.circuit.nodes import Entry
from proofformer.circuit.signals import affine, constants
from prooflab.fuzz.random_circuits import sketch
from prooflab.fuzz.sites import Make, Site, key_of, start_of

COUNTS: tuple[type[Gate], ...] = (CountAnd, CountXor)
OF_TWO: tuple[type[Gate], ...] = (*COUNTS, Maximum)


@dataclass(frozen=True)
class IllTyped:
    """Calling it builds the circuit with the violation."""

    violation: str
    build: Callable[[], Circuit]

    def __call__(self) -> Circuit:
        return self.build()


def _missing(x: Site) -> Make:
    ghost = Signal("ghost", 1, 0, 1)
    return x.s.pick(
        [
            x.made(x.unique(most(ghost))),
            x.made(x.unique(start_of(ghost))),
            x.made(x.head(Visible("ghost"), x.index())),
            x.made(x.head(x.seen(), x.index(), read=ghost)),
            x.gate(CountAnd, ghost, ghost),
            x.select(among="ghost"),
            x.select(by="ghost"),
        ]
    )


def _undetermined(x: Site) -> Make:
    """Nothing but the whole index below the visibility of one kind of document makes the best key one.

    Seen by role: documents of dim 1 that are seen by their only bit agree in it, and so do two seen by their index.
    """
    width, seen, near = x.s.place.width, Visible(x.s.second.name), x.near()
    orders: list[tuple[Entry, ...]] = [(near,), (seen, near), (near, x.index()), (near, seen, x.index())]
    orders += [(seen, inner(x.s.place, x.s.place)), (most(x.signals["site.role"]), x.index())]
    # A sum does not tell which of its parts is which.
    orders += [(Term("sum", constants([1]), (total(x.s.doc),)),)] if x.s.doc.width > 1 else []
    orders += [(seen, Term("sum", constants([1]), (total(x.s.place),)))] if width > 1 else []
    orders += [(seen, near, least_digit(0, width - 1)), (seen, near, least_digit(1, width))] if width > 1 else []
    return x.made(x.head(*x.s.pick(orders)))


def _component(x: Site) -> Make:
    s = x.exact() if x.s.chance(0.5) else x.bit()
    beyond = Part(s.name, x.s.pick([-1, s.width, s.width + 3]), 1)
    spans = [(0, x.s.doc.width + 1), (1, 1), (-1, 1), (x.s.doc.width, x.s.doc.width + 1)]
    bit = x.bit()
    return x.s.pick(
        [
            x.made(x.unique(Term("beyond", constants([1]), (Row(0, (Part(bit.name, bit.width, 1),)),)))),
            x.made(x.unique(Term("before", (Row(0, (Part(bit.name, -1, 1),)),), constants([1])))),
            x.made(x.head(x.seen(), x.index(), span=x.s.pick(spans))),
            x.made(Relu("bad", (Row(0, (beyond,)),))),
            x.made(Lookup("bad", (Row(0, (beyond,)),), ((0,), (1,)), 0)),
        ]
    )


def _table(x: Site) -> Make:
    s = x.any_of(lambda s: not s.noisy and s.width == 1 and s.lo < s.hi)
    right = s.hi - s.lo + 1
    tables = [((0,),) * (right + 1), ((0,),) * (right - 1) + ((0, 1),), ((),) * right, ()]
    return x.made(Lookup("bad", (Row(0, s[:]),), x.s.pick(tables), s.lo))


def _flag(x: Site) -> Make:
    s = x.no_flag()
    changes = [{"among": s.name}, {"by": s.name}, {"by": s.name, "at": At.READ}]
    return x.s.pick([x.made(x.head(Visible(s.name), x.index())), x.select(**x.s.pick(changes))])


def _at_every(x: Site) -> Make:
    """What READ alone has, for tokens that have it not."""
    s = x.of_read()
    makes = [
        x.made(x.unique(key_of(s), at=At.READ)),
        x.made(x.unique(start_of(s))),
        x.made(x.head(x.seen(), x.index(), read=s, at=At.READ)),
        x.select(order=(start_of(s),)),
        x.select(among="site.flag"),
        x.select(by="site.flag"),
        x.made(x.head(Visible("site.flag"), x.index(), at=At.READ)),
        x.select(reads=(Read(s.name, 0, 1, "bad.0"),)),
    ]
    return x.s.pick(makes)


def _twice(x: Site) -> Make:
    name = x.s.pick([*x.signals])
    head = x.s.pick([*x.s.scope.heads])
    return x.s.pick(
        [
            x.made(CountAnd(name, (x.s.doc.name, x.s.doc.name))),
            x.made(replace(x.unique(), name=head)),
            x.made(replace(x.unique(), reads=(Read("doc", 0, 1, name),))),
            x.made(replace(x.unique(), reads=(Read("doc", 0, 1, "bad~"), Read("place", 0, 1, "bad~")))),
            x.select(found=name),
            x.select(found="bad.0"),
        ]
    )


def _prefix(x: Site) -> Make:
    wrong: list[Make] = [
        x.two_rounds(continues="ghost"),
        x.two_rounds(continues="site.every"),
        x.two_rounds(other=True),
    ]
    wrong.append(x.two_rounds(anded=True))
    wrong.append(x.select(order=(replace(x.near(), continues="site.doc"),)))
    wrong += [x.two_rounds(skew=1)] if x.s.place.width > 1 else []
    return x.s.pick(wrong)


def _arity(x: Site) -> Make:
    a, b = x.bit(), x.bit()
    return x.s.pick(
        [
            x.gate(x.s.pick(OF_TWO), a),
            x.gate(x.s.pick(OF_TWO), a, a, a),
            x.made(Relu("bad", ())),
            x.gate(Restore, x.noisy(), b, b),
        ]
    )


def _empty(x: Site) -> Make:
    return x.s.pick(
        [
            x.made(replace(x.unique(), order=())),
            x.made(replace(x.unique(), reads=())),
            x.made(x.unique(Term("empty", (), ()))),
            x.select(order=()),
            x.select(by=None),
        ]
    )


def _gap(x: Site) -> Make:
    term = x.near()
    return x.made(x.unique(replace(term, gap=x.s.pick([0, -1, term.step + 1, 2 * term.step]))))


def _lengths(x: Site) -> Make:
    term = x.near()
    return x.made(
        x.unique(
            replace(term, query=(*term.query, Row(1))) if x.s.chance(0.5) else replace(term, key=(*term.key, Row(1)))
        )
    )


def _widths(x: Site) -> Make:
    a = x.any_of(lambda s: not s.noisy and s.is_bits)
    b = x.any_of(lambda s: not s.noisy and s.is_bits and s.width != a.width)
    return x.gate(x.s.pick(OF_TWO), a, b)


def _anded(x: Site) -> Make:
    noisy = x.noisy()
    odd = x.any_of(lambda s: s.noisy or not s.is_bits or s.width not in (1, noisy.width))
    return x.gate(Restore, noisy, odd)


def _noisy_gate(x: Site) -> Make:
    s = x.noisy()
    return x.s.pick(
        [
            x.gate(x.s.pick(OF_TWO), s, s),
            x.made(Relu("bad", affine(s[:]))),
            x.made(Lookup("bad", affine(s[:1]), ((0,), (1,)), 0)),
        ]
    )


NODES: dict[str, Callable[[Site], Make]] = {
    "scores a noisy key": lambda x: x.made(x.unique(key_of(x.every_noisy()), at=At.READ)),
    "scores a noisy query": lambda x: x.made(x.unique(start_of(x.noisy()), at=At.READ)),
    "reads a noisy signal": lambda x: x.made(x.head(x.seen(), x.index(), read=x.every_noisy())),
    "reads an integer": lambda x: x.made(x.head(x.seen(), x.index(), read=x.integer())),
    "reads what best keys differ in": _undetermined,
    "restores an exact signal": lambda x: x.gate(Restore, x.exact()),
    "ANDs what is no bit": _anded,
    "counts integers": lambda x: x.gate(x.s.pick(COUNTS), *[x.integer()] * 2),
    "computes of a noisy signal": _noisy_gate,
    "table too short, too long or uneven": _table,
    "has no such signal": _missing,
    "has no such component": _component,
    "READ's signal at every token": _at_every,
    "name twice": _twice,
    "no flag of one kind of document": _flag,
    "prefix of no best key": _prefix,
    "gap that is not there": _gap,
    "lengths differ": _lengths,
    "widths differ": _widths,
    "wrong number of inputs": _arity,
    "nothing to ask or to read": _empty,
}
"""Violations by a node."""


def _bad_outputs(x: Site) -> Sequence[Output]:
    good = Output("bad", x.bit().name)
    number = x.any_of(lambda s: s.noisy or not s.is_bits)
    return x.s.pick(
        [[Output("bad", number.name)], [Output("bad", "ghost")], [good, Output("between", "doc"), good], []]
    )


def _bad_inputs(x: Site) -> Iterable[Signal]:
    inputs, k = x.s.inputs, x.s.below(len(x.s.inputs))
    needed = [s for s in inputs if s.name not in ("one", "is_start", "place")]
    changed = replace(inputs[k], noisy=True) if x.s.chance(0.5) else replace(inputs[k], at=At.READ)
    start = replace(x.s.is_start, support=x.s.pick([frozenset(Role), frozenset({Role.PAD})]))
    place = replace(x.s.place, support=x.s.pick([frozenset(Role), frozenset({Role.START, Role.SECOND})]))
    # An index that does not tell apart the documents that the site's heads see.
    elsewhere = replace(x.s.place, support=frozenset({Role.SECOND}))
    return x.s.pick(
        [
            [*inputs, inputs[k]],
            [changed if s is inputs[k] else s for s in inputs],
            needed,
            [start if s is x.s.is_start or s.name == "is_start" else s for s in inputs],
            [place if s.name == "place" else s for s in inputs],
            [elsewhere if s.name == "place" else s for s in inputs],
        ]
    )


VIOLATIONS = (*NODES, "outputs that are no bits", "inputs that are not what they are called")


def ill_typed(rng: np.random.Generator) -> IllTyped:
    """A random circuit with one of `VIOLATIONS` among its nodes, its inputs or its outputs."""
    violation = VIOLATIONS[int(rng.integers(len(VIOLATIONS)))]
    site = Site(sketch(rng))
    inputs, nodes, outputs = site.s.inputs, tuple(site.s.nodes), site.s.circuit().outputs
    if violation in NODES:
        make = NODES[violation](site)
        return IllTyped(violation, lambda: Circuit("bad", inputs, (*nodes, *make()), outputs))
    if violation == VIOLATIONS[-1]:
        inputs = tuple(_bad_inputs(site))
    else:
        outputs = tuple(_bad_outputs(site))
    return IllTyped(violation, lambda: Circuit("bad", inputs, nodes, outputs))
