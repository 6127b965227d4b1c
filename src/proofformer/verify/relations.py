"""Relations between a model's answers that hold whatever the right answers are: the oracle is not asked.

Each relation draws an instance, asks the model about it and about another form of it, and compares.
What pairs cost is computed as `draws.costs` does, which is neither the oracle's way nor the model's.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import torch

from proofformer.errors import ProofError
from proofformer.problems import Decision, PairAnswer, Problem
from proofformer.problems.numbers import Exact, squared
from proofformer.runtime import Model
from proofformer.verify.instances import Bits, Sets, scale_for
from proofformer.verify.instances.draws import random_sets, sample
from proofformer.verify.instances.similarity import fitted
from proofformer.verify.judge import asked

Said = PairAnswer | Decision | str
"""An answer, or the error in its place."""
Broken = tuple[str, str] | None
"""What a relation demands and what came, if that is something else."""
Worth = npt.NDArray[np.float64]

LARGEST = 300
GARBAGE = (0.0, 1.0, 255.0, -1.0, float("nan"), float("inf"))


@dataclass(frozen=True)
class Compared:
    """The instance a relation started from, all that was said, whether it broke, and something to count."""

    sets: Sets
    said: tuple[Said, ...]
    broken: Broken
    note: str | None = None


def most_for(model: Model) -> int:
    """The largest n that instances have."""
    return min(model.max_n, LARGEST)


def drawn(problem: Problem, rng: np.random.Generator, most: int) -> Sets:
    """A random or adversarial instance of 2..most documents in all, mostly few."""
    small = int(2 * ((most + 1) / 2) ** rng.random())
    n = min(small, most) if rng.random() < 0.8 else int(rng.integers(2, most + 1))
    return random_sets(rng, problem, n) if rng.random() < 0.5 else sample(problem, rng, n)


def said(model: Model, sets: Sets) -> Said:
    return asked(model, model.problem.instance(*sets))


def keywords_permuted(model: Model, rng: np.random.Generator) -> Compared:
    """Columns in another order: the same answer."""
    sets = drawn(model.problem, rng, most_for(model))
    order = rng.permutation(model.problem.dim)
    both = said(model, sets), said(model, tuple(rows[:, order] for rows in sets))
    return Compared(sets, both, same(*both))


def documents_permuted(model: Model, rng: np.random.Generator) -> Compared:
    """Rows of each set in another order: an answer as good, the same one where one pair is best."""
    sets = drawn(model.problem, rng, most_for(model))
    orders = [rng.permutation(len(rows)) for rows in sets]
    second = said(model, tuple(rows[order] for rows, order in zip(sets, orders, strict=True)))

    def back(i: int, j: int) -> tuple[int, int]:
        first, last = int(orders[0][i]), int(orders[-1][j])
        return (first, last) if len(sets) == 2 or first < last else (last, first)

    both = said(model, sets), mapped(second, (len(sets[0]), len(sets[-1])), back)
    return Compared(sets, both, as_good(model.problem, sets, *both))


def sets_exchanged(model: Model, rng: np.random.Generator) -> Compared:
    """B and A in place of A and B: an answer as good, the same one where one pair is best."""
    sets = drawn(model.problem, rng, most_for(model))
    second = said(model, sets[::-1])
    both = said(model, sets), mapped(second, (len(sets[-1]), len(sets[0])), lambda i, j: (j, i))
    return Compared(sets, both, as_good(model.problem, sets, *both))


def dominated_document(model: Model, rng: np.random.Generator) -> Compared:
    """One more document, last of a set, that cannot change the answer. Where none is found, the same question again."""
    problem = model.problem
    sets = drawn(problem, rng, most_for(model) - 1)
    s = int(rng.integers(len(sets)))
    first, documents = said(model, sets), candidates(problem, rng, np.vstack(sets))
    # In one set, the new document is the second of all its pairs; one of A is the first of its, which come last.
    harmless = np.flatnonzero(harmless_among(problem, first, sets, documents, comes_last=s < len(sets) - 1))
    more = list(sets)
    if harmless.size:
        more[s] = np.vstack((sets[s], documents[harmless[0]]))
    both = first, said(model, tuple(more))
    broken = same(*both) if problem.gamma is None else as_good(problem, tuple(more), *both)
    return Compared(sets, both, broken, None if harmless.size else "no dominated document")


def some_documents(model: Model, rng: np.random.Generator) -> Compared:
    """The documents of the answer and some of the others, in their order: the same answer. Of a no, any: still no."""
    sets = drawn(model.problem, rng, most_for(model))
    first, kept = said(model, sets), [rng.random(len(rows)) < rng.random() for rows in sets]
    named = first.pair if isinstance(first, PairAnswer) and first.pair is not None else ()
    for s, row in enumerate(named):
        kept[s % len(kept)][row : row + 1] = True
    for flags in kept:
        flags[: model.problem.least_n] |= np.count_nonzero(flags) < model.problem.least_n
    if isinstance(first, Decision) and first:
        return Compared(sets, (first,), None, "yes, which fewer documents need not be")
    places = [np.flatnonzero(flags) for flags in kept]
    second = said(model, tuple(rows[flags] for rows, flags in zip(sets, kept, strict=True)))
    back = mapped(second, (len(places[0]), len(places[-1])), lambda i, j: (int(places[0][i]), int(places[-1][j])))
    return Compared(sets, (first, back), same(first, back))


def batch(model: Model, rng: np.random.Generator) -> Compared:
    """Instances of several sizes side by side, garbage in their padding: the answer that each gets alone."""
    most = most_for(model)
    # Two sets: the largest A and the largest B may be of different instances, and have to fit together.
    most = most // 2 + 1 if model.problem.bichromatic else most
    instances = [drawn(model.problem, rng, most) for _ in range(int(rng.integers(2, 7)))]
    frame = [max(sizes) for sizes in zip(*(map(len, sets) for sets in instances), strict=True)]
    alone = [said(model, sets) for sets in instances]
    together = side_by_side(model, rng, instances, frame)
    differ = [same(*both) for both in zip(alone, together, strict=True)]
    at = next((k for k, broken in enumerate(differ) if broken), 0)
    return Compared(instances[at], (*alone, *together), differ[at])


def padding(model: Model, rng: np.random.Generator) -> Compared:
    """Rows of garbage as padding, few or as many as there is room for: the answer without them."""
    sets = drawn(model.problem, rng, most_for(model) - 1)
    sizes = [len(rows) for rows in sets]
    extra = int((most_for(model) - sum(sizes)) ** rng.random())
    first = extra if len(sets) == 1 else int(rng.integers(extra + 1))
    frame = [size + more for size, more in zip(sizes, (first, extra - first), strict=False)]
    both = said(model, sets), side_by_side(model, rng, [sets], frame)[0]
    return Compared(sets, both, same(*both))


def same(first: Said, second: Said) -> Broken:
    """Broken unless the two are one and the same answer."""
    if isinstance(first, str):
        return "an answer", first
    return None if second == first else (str(first), str(second))


def as_good(problem: Problem, sets: Sets, first: Said, second: Said) -> Broken:
    """Broken unless both say what their pairs are worth and both pairs are best: one pair where no other is as good.

    With gamma: unless the two values, of which neither need be best, are within the factor.
    """
    if not (isinstance(first, PairAnswer) and isinstance(second, PairAnswer)):
        return same(first, second)
    if first.pair is None or second.pair is None or first.value is None or second.value is None:
        return same(first, second)
    table = worth(problem, sets)
    for answer, (i, j), value in ((first, first.pair, first.value), (second, second.pair, second.value)):
        inside = i < table.shape[0] and j < table.shape[1] and (len(sets) == 2 or i < j)
        if not inside or table[i, j] != cost_of(problem, value):
            return "a pair and what it is worth", str(answer)
        if problem.gamma is None and table[i, j] != table.min():
            return "a pair that no other is better than", str(answer)
    if problem.gamma is not None:
        low, high = sorted((squared(first.value), squared(second.value)))
        within = high <= squared(problem.gamma) * low
        return None if within else (f"a value within a factor {problem.gamma} of {first}", str(second))
    ties = int((table == table.min()).sum()) // (3 - len(sets))
    return None if second == first or ties > 1 else (str(first), str(second))


def worth(problem: Problem, sets: Sequence[Bits]) -> Worth:
    """What a pair costs, as in `draws.costs`; by the exact keys of a scale, where ranks of long rows leave some out."""
    table: Worth = np.asarray(scale_for(problem).table(*sets), dtype=np.float64)
    table = -table if problem.kind.largest else table
    if len(sets) == 1:
        np.fill_diagonal(table, np.inf)
    return table


def cost_of(problem: Problem, value: Exact) -> float:
    """What a pair of this value costs: exactly, for values that pairs have; rounded, for other thresholds."""
    key = float(squared(value) if problem.kind.measure == "cosine" else value)
    return -key if problem.kind.largest else key


def mapped(answer: Said, sizes: tuple[int, int], back: Callable[[int, int], tuple[int, int]]) -> Said:
    """The answer with its pair mapped back, if there is such a pair."""
    if not isinstance(answer, PairAnswer) or answer.pair is None:
        return answer
    i, j = answer.pair
    return PairAnswer(back(i, j), answer.value) if i < sizes[0] and j < sizes[1] else answer


def candidates(problem: Problem, rng: np.random.Generator, documents: Bits) -> Bits:
    """A dozen documents, in any order: copies, complements, the least and the largest, random ones; all legal."""
    top = np.uint8(problem.levels)
    copies = documents[rng.integers(len(documents), size=4)]
    ends = np.array([[0], [top]], dtype=np.uint8).repeat(problem.dim, axis=1)
    made = np.vstack((copies, top - copies[:2], ends, *random_sets(rng, problem, 4)))
    if problem.kind.is_similarity:
        made = fitted(rng, made, problem, alike=False)
    return rng.permutation(made)


def harmless_among(
    problem: Problem, first: Said, sets: Sets, documents: Bits, comes_last: bool
) -> npt.NDArray[np.bool_]:
    """For each document whether, added to the set that others are paired with, it cannot change the answer.

    `comes_last`: it is added to A, and all its pairs come after the others.
    """
    new = worth(problem, (documents, sets[1])).T if comes_last else worth(problem, (sets[0], documents))
    if isinstance(first, Decision) and first:
        return np.ones(len(documents), dtype=np.bool_)
    if problem.cut is not None and not first:
        return np.asarray(new.min(0) > cost_of(problem, problem.cut))
    table = worth(problem, sets)
    best = table.min()
    later = comes_last | (np.arange(len(new)) >= table.argmin() // table.shape[1])
    return np.asarray(((new > best) | ((new == best) & later[:, None])).all(0))


def side_by_side(model: Model, rng: np.random.Generator, batch: Sequence[Sets], frame: Sequence[int]) -> list[Said]:
    """The answers of a batch, each set of which has so many rows, those beyond an instance's own being garbage."""
    garbage = _garbage(rng, np.vstack(batch[0]))
    padded = (
        np.stack([np.vstack((sets[s], garbage(n - len(sets[s])))) for sets in batch]) for s, n in enumerate(frame)
    )
    lengths = torch.tensor([[len(rows) for rows in sets] for sets in batch])
    try:
        with torch.inference_mode():
            tensors = [torch.from_numpy(rows).to(model.device) for rows in padded]
            bits = model(*tensors, lengths=lengths if len(frame) == 2 else lengths[:, 0])
        return [*model.answers(bits, [tuple(map(len, sets)) for sets in batch])]
    except ProofError as error:
        return [f"error: {error}"] * len(batch)


def _garbage(rng: np.random.Generator, documents: Bits) -> Callable[[int], npt.NDArray[np.float32]]:
    """So many rows: copies of documents, or one number all over, which need not be an entry."""
    if rng.random() < 0.5:
        return lambda n: documents[rng.integers(len(documents), size=n)].astype(np.float32)
    number = float(rng.choice(GARBAGE))
    return lambda n: np.full((n, documents.shape[1]), number, dtype=np.float32)
