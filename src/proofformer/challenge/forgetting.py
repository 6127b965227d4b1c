"""What a model with a state forgets: two prefixes after which it is in one state, and draws that it answers wrongly.

Documents of B are read, one after the other where states are compared, and then those of A ask.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import chain

import numpy as np

from proofformer.challenge.bounds import least_n, one_pass
from proofformer.challenge.collisions import answers_differ, collisions, few_prefixes, takes_collisions
from proofformer.challenge.families import MATCHED, Matching, matching, most_flips, parity_halves
from proofformer.challenge.findings import Finding, How
from proofformer.challenge.instances import middle, partner, remembered, sizes_up_to
from proofformer.challenge.recurrent import Recurrent
from proofformer.errors import InputError
from proofformer.problems import Decision, Problem
from proofformer.verify.instances import Bits, Sets
from proofformer.verify.instances.draws import generator

MOST_FLIPS = 5
"""The largest t of T4's halves, of 2^(t-1) documents each."""
FILLERS = 1024
"""Documents that may follow the first one of a stream."""
MOST_RECALLED = 512
"""Documents of a draw of T3."""
DRAWS, FIT = 16, 128
"""Instances of T3 of one size that are asked, and that a readout is fitted on."""
LONG = 256
"""Documents after which a state is looked at, and twice as many."""


def held(model: Recurrent, asked: Problem) -> int | None:
    """The bits of the state after many documents; None if it is larger after twice as many.

    Raises `InputError` for a model whose state is another when it reads the same documents again.
    """
    rows = np.resize(middle(np.random.default_rng(0), asked.dim, 2 * LONG), (2 * LONG, asked.dim))
    long, short, again = (model.bits(model.read(rows[:count])) for count in (2 * LONG, LONG, LONG))
    if short != again:
        raise InputError(
            f"{model.name} reads the same documents twice, and its state_bits differ: make it deterministic"
        )
    return 8 * len(long) if len(long) == len(short) else None


def must_fail(asked: Problem, bits: int) -> int | None:
    """An n from which on no model is always right that never has more bits of state (T1); None if none is proved."""
    if asked.name not in MATCHED or asked.gamma is not None:
        return None
    matched = matching(asked.name, dim=asked.dim, metric=asked.metric)
    if asked.question == "decide" and asked.threshold != matched.problem.threshold:
        return None
    proved = [least_n(matched.count, bits)]
    if asked.name in ("ov", "min-ip"):
        proved.append(one_pass(asked.dim, bits))
    return min((n for n in proved if n is not None), default=None)


def same_state(model: Recurrent, asked: Problem, max_n: int, read: Callable[[int], None]) -> Finding | None:
    """The first two prefixes met that leave the model in one state, to the bit, and that documents tell apart: of a few
    documents, halves of cubes (T4), and streams that differ in their first document only, of which `read` is told how
    far they are."""

    def states_of(prefixes: Bits) -> list[bytes]:
        return [model.bits(model.read(rows)) for rows in prefixes]

    small = ((*met, "small") for met in collisions(asked, few_prefixes(asked, max_n), states_of))
    halves = ((*met, "T4") for met in _halves(asked, max_n))
    for sets, other, source in chain(small, halves):
        found = collides_on(model, asked, sets, other, source)
        if found is not None:
            return found
    return _streams(model, asked, max_n, read)


def _halves(asked: Problem, max_n: int) -> Iterator[tuple[Sets, Bits]]:
    """T4's."""
    if asked.name in MATCHED:
        for t in range(2, min(MOST_FLIPS, most_flips(Matching(asked))) + 1):
            if (1 << t - 1) < max_n:
                halves = parity_halves(Matching(asked), t)
                assert halves.yes.others is not None
                yield (halves.yes.others, halves.yes.rows), halves.no.rows


def _streams(model: Recurrent, asked: Problem, max_n: int, read: Callable[[int], None]) -> Finding | None:
    """Streams that differ in their first document, with random ones after it: what decays has decayed in the end.

    With constant ones the two states may stay a last bit apart for ever.
    """
    rng = np.random.default_rng(0)
    rows = middle(rng, asked.dim, FILLERS)
    one, query = rows[:1], partner(asked.kind, rows[:1])
    right = asked.answer(query, one)
    others = np.array([row for row in rows[1:] if answers_differ(asked.answer(query, row[None]), right)])
    if not len(others):
        return None
    stream = others[rng.integers(len(others), size=max_n - 1)]
    states = [model.step(model.start(), first) for first in (one, stream[:1])]
    for n in range(1, max_n):
        read(n)
        if n > 1:
            states = [model.step(state, stream[n - 1 : n]) for state in states]
        if model.bits(states[0]) == model.bits(states[1]):
            sets, other = (query, np.concatenate((one, stream[1:n]))), stream[:n].copy()
            found = collides_on(model, asked, sets, other, "stream")
            if found is None:
                raise InputError(
                    f"two states of {model.name} that are read by turns are mixed up: let start and step make new ones"
                )
            return found
    return None


def collides_on(model: Recurrent, asked: Problem, sets: Sets, other: Bits, source: str) -> Finding | None:
    """What is found, if both prefixes leave the model in one state and the right answers differ.

    Raises `InputError` where the model then answers them otherwise: its state is more than it says.
    """
    if not takes_collisions(asked) or sets[1].shape != other.shape:
        return None
    expected = [asked.answer(sets[0], rows) for rows in (sets[1], other)]
    if not answers_differ(*expected):
        return None
    asks = model.answers and not model.fits and asked.question == "decide"
    kept, said = [], []
    # One after the other: states may share memory.
    for rows in (sets[1], other):
        state = model.read(rows)
        kept.append(model.bits(state))
        said.append(str(Decision(model.answer(state, sets[0]))) if asks else "")
    if kept[0] != kept[1]:
        return None
    if said[0] != said[1]:
        raise InputError(f"{model.name} answers otherwise with the same state_bits: let them hold all that it keeps")
    got = said[0]
    told = [str(answer) for answer in expected]
    return Finding(How.COLLISION, source, sets, told[0], got, None, other=other, other_expected=told[1])


def wrong_recall(model: Recurrent, asked: Problem, max_n: int, seed: int) -> tuple[Finding | None, int]:
    """The first draw of T3 that the model answers wrongly, the fewest documents first, and how many it was asked."""
    tried = 0
    if not model.answers or asked.question != "decide":
        return None, 0
    for n in sizes_up_to(min(max_n, MOST_RECALLED)):
        draws = remembered(generator(seed, "T3", n), asked, n - 1, DRAWS)
        if not draws:
            break
        fitted(model, asked, n)
        for sets in draws:
            tried += 1
            found = wrong_on(model, asked, sets)
            if found is not None:
                return found, tried
    return None, tried


def fitted(model: Recurrent, asked: Problem, n: int) -> None:
    """Have the model choose its readout for n documents in all, if it does, on draws of the same kind."""
    if model.fits:
        pool = remembered(generator(0, "readout", n), asked, n - 1, FIT)
        model.fit([(sets[0], sets[1]) for sets in pool], [bool(asked.answer(*sets)) for sets in pool])


def wrong_on(model: Recurrent, asked: Problem, sets: Sets) -> Finding | None:
    """What is found, if the model answers the instance wrongly."""
    right, said = bool(asked.answer(*sets)), model.answer(model.step(model.start(), sets[1]), sets[0])
    if said == right:
        return None
    how = How.CALIBRATED if model.fits else How.AS_IS
    return Finding(how, "T3", sets, str(Decision(right)), str(Decision(said)), None)


def remembers(model: Recurrent, asked: Problem, finding: Finding) -> Finding | None:
    """What is left of a finding with this model here."""
    if finding.other is not None:
        return collides_on(model, asked, finding.sets, finding.other, finding.source)
    if not model.answers:
        return None
    fitted(model, asked, finding.n)
    return wrong_on(model, asked, finding.sets)
