"""Gates that nothing is proved of, as those of a user's own: tried on their domain before a model is made of them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import product
from math import prod
from random import Random

from proofformer.circuit.gates import Gate
from proofformer.circuit.signals import At, Role, Signal
from proofformer.errors import ProofError

MOST = 4096
"""Values that a gate is tried on, at most, for tokens that have the same of its inputs."""


def check_own(gate: Gate, signals: Mapping[str, Signal]) -> None:
    """Raises `ProofError` for a gate without lemmas that contradicts itself: its network computes something else than
    it means, or that is out of the range or the support that it says. All values are tried, or `MOST` of them."""
    if gate.lemmas:
        return
    inputs, output = [signals[name] for name in gate.inputs], signals[gate.name]
    net, seen = gate.network(signals), set()
    for role in sorted(Role) if output.at is At.EVERY else [Role.READ]:
        has = tuple(role in s.support for s in inputs)
        if (has, role in output.support) in seen:
            continue
        seen.add((has, role in output.support))
        for values in _domain(inputs, has):
            meant = tuple(gate.meaning(values))
            named = {(s.name, i): x for s, value in zip(inputs, values, strict=True) for i, x in enumerate(value)}
            made, told = net.apply(named), f"gate {gate.name!r} ({gate.op}) of {', '.join(map(str, values))}"
            if made != meant:
                raise ProofError(f"{told} means {meant}, but its network computes {made}: mend it")
            if len(meant) != output.width or not all(output.lo <= x <= output.hi for x in meant):
                says = f"{output.width} numbers in {output.lo}..{output.hi}"
                raise ProofError(f"{told} is {meant}, and it says that it makes {says}: mend it")
            if any(meant) and role not in output.support:
                raise ProofError(f"{told} is {meant} on {role.value} tokens, which its support leaves out: mend it")


def _domain(inputs: Sequence[Signal], has: Sequence[bool]) -> Iterator[tuple[tuple[int, ...], ...]]:
    """Values of the inputs on tokens that have some of them, the others being 0."""
    ranges = [(s.lo, s.hi) if there else (0, 0) for s, there in zip(inputs, has, strict=True) for _ in range(s.width)]
    if prod(hi - lo + 1 for lo, hi in ranges) <= MOST:
        flat: Iterator[tuple[int, ...]] = product(*(range(lo, hi + 1) for lo, hi in ranges))
    else:
        draw = Random(0)
        flat = (tuple(draw.choice((lo, hi, draw.randint(lo, hi))) for lo, hi in ranges) for _ in range(MOST))
    for numbers in flat:
        left = iter(numbers)
        yield tuple(tuple(next(left) for _ in range(s.width)) for s in inputs)
