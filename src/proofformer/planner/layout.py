"""When each node runs, and which dimensions of the residual stream hold each signal.

Every node runs as early as its inputs allow: a head in the attention of some block k (time 2k), a gate in its MLP (time
2k + 1); inputs are there at time -1. Nodes of the READ token come last, in blocks that only READ goes through. A signal
has a slice of dimensions from the time it is born to the time it is last used. The dimensions are then given to another
signal, once an MLP has set them back to zero: blocks add to the residual stream, they do not overwrite.

Dimensions that held a noisy signal are never reused for an exact one: a leak can be subnormal, and linear layers that
take subnormal numbers for zero (bfloat16 on x86 does) cannot clear it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from proofformer.circuit.circuit import Circuit
from proofformer.circuit.gates import Gate
from proofformer.circuit.nodes import ONE, Head
from proofformer.circuit.signals import At
from proofformer.errors import ProofError


@dataclass(frozen=True)
class Slice:
    """Signal `signal` occupies residual dimensions `start..stop` from time `born` to time `died`."""

    signal: str
    start: int
    stop: int
    born: int
    died: int


@dataclass(frozen=True)
class BlockLayout:
    """What one block computes: its heads, the gates of its MLP, and the residual dimensions that the MLP sets to 0.

    `clears` lists these as (dimension, sign): a ReLU unit of this sign subtracts a number that is never below 0 (+1) or
    never above (-1).
    """

    at: At
    heads: tuple[str, ...]
    gates: tuple[str, ...]
    clears: tuple[tuple[int, int], ...]

    def to_json(self) -> dict[str, Any]:
        return {
            "at": self.at.value,
            "heads": list(self.heads),
            "gates": list(self.gates),
            "clears": [list(c) for c in self.clears],
        }


@dataclass(frozen=True)
class Layout:
    """Residual width, the slice of every signal, and the blocks."""

    width: int
    slices: tuple[Slice, ...]
    blocks: tuple[BlockLayout, ...]

    def slice_of(self, signal: str) -> Slice:
        for s in self.slices:
            if s.signal == signal:
                return s
        raise KeyError(signal)

    def to_json(self) -> dict[str, Any]:
        return {
            "width": self.width,
            "slices": [[s.signal, s.start, s.stop, s.born, s.died] for s in self.slices],
            "blocks": [b.to_json() for b in self.blocks],
        }


def inputs_of(node: Head | Gate) -> set[str]:
    """The signals a node needs."""
    if isinstance(node, Gate):
        return set(node.inputs)
    forms = [form for t in node.order for form in (t.query, t.key)]
    used = {p.signal for form in forms for row in form for p in row.parts}
    constant = any(row.constant for form in forms for row in form)
    return used | {r.signal for r in node.reads} | ({ONE} if constant else set())


def outputs_of(node: Head | Gate) -> list[str]:
    return [node.name] if isinstance(node, Gate) else [r.output for r in node.reads]


def _lowered(circuit: Circuit) -> list[Head | Gate]:
    nodes = [n for n in circuit.nodes if isinstance(n, Head | Gate)]
    if len(nodes) != len(circuit.nodes):
        raise ProofError(f"circuit {circuit.name!r} still has selects; lower it first")
    return nodes


def schedule(circuit: Circuit) -> dict[str, int]:
    """The time at which each signal is born: as early as possible."""
    born = {s.name: -1 for s in circuit.inputs}
    nodes = _lowered(circuit)
    first_read_time = 0
    for phase in (At.EVERY, At.READ):
        for node in (n for n in nodes if circuit.signals[outputs_of(n)[0]].at is phase):
            ready = max((born[s] for s in inputs_of(node)), default=-1)
            time = max(ready + 1, first_read_time if phase is At.READ else 0)
            time += time % 2 if isinstance(node, Head) else 1 - time % 2
            born |= dict.fromkeys(outputs_of(node), time)
        first_read_time = (max(born.values()) // 2 + 1) * 2
    return born


def lay_out(circuit: Circuit) -> Layout:
    """Blocks and slices for a lowered circuit."""
    born = schedule(circuit)
    nodes = _lowered(circuit)
    died = dict(born)
    for node in nodes:
        for s in inputs_of(node):
            died[s] = max(died[s], born[outputs_of(node)[0]])
    end = (max(born.values()) // 2 + 1) * 2
    for out in circuit.outputs:
        died[out.signal] = end
    slices: list[Slice] = []
    cleared: dict[int, list[tuple[int, int]]] = {}
    width = 0
    for name in sorted(born, key=lambda s: (born[s], list(born).index(s))):
        signal = circuit.signals[name]
        alike = {s.signal for s in slices if circuit.signals[s.signal].noisy is signal.noisy}
        taken = [s for s in slices if s.signal not in alike or _clear_time(s) >= born[name]]
        start = _first_fit(taken, signal.width)
        new = Slice(name, start, start + signal.width, born[name], died[name])
        for old, dims in _standing(slices, new):
            signs = ([1] if circuit.signals[old.signal].hi > 0 else []) + (
                [-1] if circuit.signals[old.signal].lo < 0 else []
            )
            cleared.setdefault(_clear_time(old), []).extend((d, s) for d in dims for s in signs)
        slices.append(new)
        width = max(width, new.stop)
    blocks = [_block(k, circuit, nodes, born, cleared) for k in range(end // 2)]
    return Layout(width, tuple(slices), tuple(blocks))


def _block(
    k: int,
    circuit: Circuit,
    nodes: list[Head | Gate],
    born: Mapping[str, int],
    cleared: Mapping[int, list[tuple[int, int]]],
) -> BlockLayout:
    heads = [n for n in nodes if isinstance(n, Head) and born[outputs_of(n)[0]] == 2 * k]
    gates = [n for n in nodes if isinstance(n, Gate) and born[n.name] == 2 * k + 1]
    made = [*(s for head in heads for s in outputs_of(head)), *(g.name for g in gates)]
    at = At.READ if any(circuit.signals[s].at is At.READ for s in made) else At.EVERY
    clears = tuple(cleared.get(2 * k + 1, ()))
    return BlockLayout(at, tuple(h.name for h in heads), tuple(g.name for g in gates), clears)


def _clear_time(s: Slice) -> int:
    """The first MLP that may zero the slice: the one that uses it last, or the first after. Not the one that writes it:
    that one still sees the slice empty."""
    time = max(s.died, s.born + 1)
    return time + (1 - time % 2)


def _first_fit(taken: list[Slice], width: int) -> int:
    """The lowest run of dimensions outside the slices taken."""
    start = 0
    for lo, hi in sorted((s.start, s.stop) for s in taken):
        if start + width <= lo:
            break
        start = max(start, hi)
    return start


def _standing(slices: list[Slice], new: Slice) -> list[tuple[Slice, list[int]]]:
    """The dead slices whose numbers still stand in the new slice's dimensions, with those dimensions."""
    left = set(range(new.start, new.stop))
    standing = []
    for s in sorted(slices, key=lambda s: -s.born):
        dims = left & set(range(s.start, s.stop))
        if dims:
            standing.append((s, sorted(dims)))
            left -= dims
    return standing
