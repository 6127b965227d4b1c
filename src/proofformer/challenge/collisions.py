"""Two prefixes that leave a method in the same state, bit for bit, and a suffix that has different answers after them.

Whatever reads the state, with whatever weights, says the same after both prefixes, and is wrong on one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import combinations_with_replacement

import numpy as np
import torch
from torch import Tensor

from proofformer.challenge.instances import SMALL_BITS, middle, partner, small_rows, takes_partners
from proofformer.challenge.kernels import Kernel, State
from proofformer.errors import InputError, raised
from proofformer.problems import Problem
from proofformer.problems.answers import Answer
from proofformer.runtime import Model
from proofformer.verify.instances import Bits, Sets

MOST_READ = 4
"""Documents of the prefixes of which all there are of few columns are compared."""
MOST_COMPARED = 4096
PLACES = 8
"""The first tokens in which longer prefixes are made to differ."""


def states(model: Model, kernel: Kernel, prefixes: Bits) -> list[bytes]:
    """The states of all heads of a kernel that has one, after START and the documents of B, for each of the prefixes
    (batch, n, l).

    Nothing that is read later enters it: attention is causal, and each document of B is read before those of A.
    """
    kept: list[Tensor] = []
    state, length = kernel.state, prefixes.shape[1] + 1
    if state is None:
        raise InputError(f"the kernel {kernel.name} declares no state: compare its answers instead")

    def listening(q: Tensor, k: Tensor, v: Tensor, *, scale: float, causal: bool) -> Tensor:
        kept.append(_stated(kernel.name, state, k[:, :, :length], v[:, :, :length]))
        return kernel(q, k, v, scale=scale, causal=causal)

    b = torch.from_numpy(prefixes).to(model.device)
    with torch.inference_mode():
        # Which document follows does not matter.
        tokens = model.encoded([torch.ones_like(b[:, :1]), b], None)
        model.transformer(tokens, listening)
    read = torch.cat(kept, dim=1).cpu().numpy()
    return [one.tobytes() for one in read]


def _stated(name: str, state: State, k: Tensor, v: Tensor) -> Tensor:
    """The state (batch, numbers). Raises `InputError`, one sentence, for one that is none."""
    try:
        return state(k, v).flatten(1).double()
    except Exception as error:
        raise InputError(f"the state of {name} raises {raised(error)}, or is no tensor: mend it") from error


def collision(model: Model, kernel: Kernel) -> tuple[Sets, Bits] | None:
    """An instance (A, B) and another set B of as many documents, so that the states after both are bit-equal and the
    right answers differ; the smallest that was found. None where the kernel has no state that is known."""
    asked = model.problem
    if kernel.state is None or not takes_collisions(asked):
        return None
    return next(collisions(asked, _candidates(asked, model.max_n), lambda batch: states(model, kernel, batch)), None)


def collisions(
    asked: Problem, candidates: Iterable[tuple[Bits, Bits]], states_of: Callable[[Bits], Sequence[bytes]]
) -> Iterator[tuple[Sets, Bits]]:
    """Instances (A, B), each with another set B that leaves the same state and has another answer.

    Candidates are prefixes (batch, n, l), whose states `states_of` gives, and the documents that may follow.
    """
    for prefixes, suffixes in candidates:
        groups: dict[bytes, list[int]] = {}
        for k, one in enumerate(states_of(prefixes)):
            groups.setdefault(one, []).append(k)
        for same in groups.values():
            found = separated(asked, prefixes[same], suffixes) if len(same) > 1 else None
            if found is not None:
                yield found


def _candidates(asked: Problem, max_n: int) -> Iterator[tuple[Bits, Bits]]:
    """Prefixes (batch, n, l) to be compared, and the documents that may follow, the fewest first."""
    yield from few_prefixes(asked, max_n)
    if takes_partners(asked):
        for n in range(MOST_READ + 1, max_n):
            yield from _horizon(asked, n)


def few_prefixes(asked: Problem, max_n: int) -> Iterator[tuple[Bits, Bits]]:
    """All prefixes (batch, n, l) of a few documents with entries in a few columns, and what may follow."""
    for n in range(1, min(MOST_READ, max_n - 1) + 1):
        for bits in range(1, min(SMALL_BITS, asked.dim) + 1):
            rows = small_rows(asked, bits)
            # A state may depend on the order, but of two orders there is none that has other answers.
            codes = list(combinations_with_replacement(range(len(rows)), n))
            if 1 < len(codes) <= MOST_COMPARED:
                yield rows[np.array(codes)], rows


def _horizon(asked: Problem, n: int) -> Iterator[tuple[Bits, Bits]]:
    """Prefixes of n random documents, and the same with another document in one of the first places.

    One kind of document stands in that place alone, and its partner follows.
    """
    rng = np.random.default_rng(n)
    one, *others = middle(rng, asked.dim, n + 1)
    if not others:
        return
    prefix = np.array(others)[rng.integers(len(others), size=n)]
    batch = np.repeat(prefix[None], 1 + min(PLACES, n), axis=0)
    for place in range(len(batch) - 1):
        # The last document is read first.
        batch[1 + place, n - 1 - place] = one
    yield batch, partner(asked.kind, one[None])


def separated(asked: Problem, prefixes: Bits, suffixes: Bits) -> tuple[Sets, Bits] | None:
    """An instance and another prefix with other answers, if some document tells them apart."""
    for suffix in suffixes:
        answers = [asked.answer(suffix[None], prefix) for prefix in prefixes]
        for k, answer in enumerate(answers[1:], 1):
            if answers_differ(answer, answers[0]):
                return (suffix[None].copy(), prefixes[0].copy()), prefixes[k].copy()
    return None


def takes_collisions(asked: Problem) -> bool:
    """Whether right answers that differ exclude one another, and there is a set to be read first."""
    return asked.bichromatic and asked.gamma is None


def answers_differ(one: Answer, other: Answer) -> bool:
    """Whether they have other values, or decide otherwise: whose index has a value may depend on the order alone.

    Within a factor one answer may do for both: that is not asked here.
    """
    return bool(getattr(one, "value", one) != getattr(other, "value", other))


def prefixes_of(sets: Sequence[Bits], other: Bits) -> Bits:
    """The two prefixes (2, n, l) of an instance and its other set B."""
    return np.stack([sets[1], other])
