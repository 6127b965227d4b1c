"""Every input of a few documents: all that a model's l admits, in every order, in batches.

The judge is a table over all pairs of legal rows, made with the per-pair oracle, and knows nothing of circuits. An
instance is n rows, those of A before those of B, and instances are numbered in lexicographic order: the digits of the
number, the most significant first, are the numbers of the rows. Legal rows are numbered in lexicographic order too.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import numpy.typing as npt
import torch

from proofformer.errors import Choice, InputError, ProofError
from proofformer.problems import Problem
from proofformer.problems.arrays import Array
from proofformer.problems.kinds import Measure
from proofformer.problems.numbers import Exact, squared
from proofformer.problems.oracle import pair_value
from proofformer.runtime import Front
from proofformer.runtime.front import Fields
from proofformer.verify.checks import MOST_BITS, MOST_DOCUMENTS
from proofformer.verify.instances import Sets
from proofformer.verify.outcome import Case, Failure, Outcome, Tally

BATCH_ROWS = 1 << 13


def families(model: Front, count: int = MOST_BITS) -> list[tuple[str, int]]:
    """Each size of which all inputs can be tried, with their number; n = 2..5 with (levels + 1)^(n l) <= 2^count.

    Raises `InputError` when even two documents have too many inputs.
    """
    asked = model.problem

    def fits(n: int, dim: int) -> bool:
        return int((asked.levels + 1) ** (n * dim)) <= 1 << count

    for dim in range(asked.dim):
        if not fits(2, dim + 1):
            if not dim:
                raise InputError(f"{count} bits hold no two documents: ask for more of them")
            raise InputError(
                f"l = {asked.dim}: two documents have too many inputs to try all of them, compile the problem with ",
                Choice("dim", dim),
                " or smaller",
            )
    sizes = [n for n in range(2, min(MOST_DOCUMENTS, model.max_n) + 1) if fits(n, asked.dim)]
    return [(_name(split), len(legal_rows(asked)) ** n) for n in sizes for split in _splits(asked, n)]


def _splits(asked: Problem, n: int) -> list[tuple[int, ...]]:
    """The sizes of the sets that n documents can make."""
    return [(a, n - a) for a in range(1, n)] if asked.bichromatic else [(n,)]


def _name(sizes: tuple[int, ...]) -> str:
    return f"n = {' + '.join(map(str, sizes))}"


def run(model: Front, family: str, seed: int, start: int, stop: int) -> Outcome:
    """Instances start..stop - 1 of a family; the seed changes nothing, and the size of a batch nothing either."""
    asked = model.problem
    named = {_name(sizes): sizes for n in range(2, MOST_DOCUMENTS + 1) for sizes in _splits(asked, n)}
    sizes = named[family]
    judge, n, device = judge_for(asked), sum(sizes), model.device
    said_of_all, wrong, tally = hashlib.sha256(), 0, Tally()
    for low in range(start, stop, BATCH_ROWS // n):
        codes = digits(np.arange(low, min(low + BATCH_ROWS // n, stop)), len(judge.rows), n)
        with torch.inference_mode():
            bits = model(*(torch.from_numpy(rows).to(device) for rows in _sets(judge.rows[codes], sizes)))
        said = numbers_of(bits)
        bad = np.flatnonzero(~judge.right(codes, sizes, said))
        if len(bad) and tally.failure is None:
            k = int(bad[0])
            sets = _sets(judge.rows[codes[k]], sizes)
            case = Case(f"exhaustive: {family}", 0, low + k, sets)
            tally.failure = Failure(asked.to_json(), case, str(asked.answer(*sets)), _spelled(model, bits, k, sizes))
        wrong += len(bad)
        said_of_all.update(said.astype("<i4").tobytes())
    tally.add(said_of_all.digest(), instances=stop - start, wrong=wrong, n=n)
    return tally.outcome()


def legal_rows(asked: Problem) -> npt.NDArray[np.uint8]:
    """All rows the problem takes, (R, l), in lexicographic order."""
    base = asked.levels + 1
    rows = digits(np.arange(base**asked.dim), base, asked.dim).astype(np.uint8)
    if not asked.kind.is_similarity:
        return rows
    norms = rows.sum(axis=1)
    return rows[norms > 0 if asked.norms is None else np.isin(norms, asked.norms)]


def digits(numbers: Array, base: int, width: int) -> Array:
    """(k,) -> (k, width), the most significant digit first."""
    return numbers[:, None] // base ** np.arange(width - 1, -1, -1) % base


@dataclass(frozen=True, eq=False)
class Judge:
    """What is right for all instances of a problem, as tables over pairs of its legal rows, each (R, R).

    `ranks` has the place of a pair's value among all values, the best first, equal values in one place; `fields` what
    an answer has to say of its pair: the value, or what is shared and both norms. The best `counting` places meet the
    target or the threshold (all of them if there is none). When the optimum is at place r, answers up to `limits[r]`
    are near enough.
    """

    asked: Problem
    rows: npt.NDArray[np.uint8]
    ranks: Array
    fields: tuple[Array, ...]
    counting: int
    limits: Array

    def right(self, codes: Array, sizes: tuple[int, ...], said: Array) -> Array:
        """For instances (batch, n) of row numbers and answers (batch, fields), as in `numbers_of`: which are right."""
        two = len(sizes) == 2
        pairs = np.array([(i, j) for i in range(sizes[0]) for j in range(sizes[-1]) if two or i < j])
        lefts, rights = codes[:, pairs[:, 0]], codes[:, pairs[:, 1] + two * sizes[0]]
        ranks = self.ranks[lefts, rights]
        optimum = ranks.min(axis=1)
        exists = optimum < self.counting
        if self.asked.question == "decide":
            decided: Array = said[:, 0] == exists
            return decided
        is_named = (said[:, :1] == pairs[:, 0]) & (said[:, 1:2] == pairs[:, 1])
        named = np.arange(len(codes)), is_named.argmax(axis=1)
        # argmin takes the first of equal ones, and the pairs are in lexicographic order.
        chosen = named[1] == ranks.argmin(axis=1) if self.asked.gamma is None else ranks[named] <= self.limits[optimum]
        right: Array = is_named.any(axis=1) & chosen & (said[:, -1] == 1)
        for k, table in enumerate(self.fields):
            right &= said[:, 2 + k] == table[lefts[named], rights[named]]
        return np.where(exists, right, said[:, -1] == 0)


@lru_cache(maxsize=2)
def judge_for(asked: Problem) -> Judge:
    """The tables of a problem: every pair in whole numbers, the exact value of one pair of each kind."""
    rows, measure, largest = legal_rows(asked), asked.kind.measure, asked.kind.largest
    kinds = _whole("inner" if asked.kind.is_similarity else measure, rows)
    fields: tuple[Array, ...] = (kinds,)
    if asked.kind.is_similarity:
        norms = np.broadcast_to(rows.sum(axis=1, dtype=np.int64), kinds.shape)
        fields = (kinds, norms.T, norms)
        kinds = (kinds * (asked.dim + 1) + norms.T) * (asked.dim + 1) + norms
    _, examples, kind_of = np.unique(kinds, return_index=True, return_inverse=True)
    pairs = (divmod(int(place), len(rows)) for place in examples)
    values = [pair_value(rows[i], rows[j], measure=measure) for i, j in pairs]
    ordered = sorted(set(values), reverse=largest)
    place = {value: rank for rank, value in enumerate(ordered)}
    ranks = np.array([place[value] for value in values], dtype=np.int32)[kind_of].reshape(kinds.shape)
    bound = asked.kind.target if asked.threshold is None else asked.threshold
    counting = sum(bound is None or (v >= bound if largest else v <= bound) for v in ordered)
    return Judge(asked, rows, ranks, fields, counting, _limits(ordered, asked))


def _whole(measure: Measure, rows: Array) -> Array:
    """The value of each pair of rows (R, l), of a measure with whole values."""
    if not isinstance(measure, str):
        return np.array([[measure.of(x, y) for y in rows] for x in rows])
    values = np.zeros((len(rows), len(rows)), dtype=np.int64)
    for column in rows.T.astype(np.int64):
        x, y = column[:, None], column
        values += x * y if measure == "inner" else np.square(x - y) if measure == "sqeuclidean" else np.abs(x - y)
    return values


def _limits(ordered: list[Exact], asked: Problem) -> Array:
    """For each value, the best first, the place of the worst one within gamma of it."""
    squares, factor = [squared(value) for value in ordered], squared(1 if asked.gamma is None else asked.gamma)
    within = [[max(x, best) <= factor * min(x, best) for x in squares] for best in squares]
    return np.array([max(np.flatnonzero(near)) for near in within])


def numbers_of(bits: Fields) -> Array:
    """The whole numbers that the fields of the answers spell, (batch, fields).

    -1 in every field where some bit is neither 0 nor 1, and 0 where there is no pair.
    """
    off = (torch.cat(bits, 1) != 0) & (torch.cat(bits, 1) != 1)
    numbers = [(field.to(torch.int64) << torch.arange(field.shape[1], device=field.device)).sum(1) for field in bits]
    said = torch.stack(numbers, 1)
    said = torch.where(said[:, -1:] == 0, 0, said)
    return torch.where(off.any(1, keepdim=True), -1, said).cpu().numpy()


def _spelled(model: Front, bits: Fields, k: int, sizes: tuple[int, ...]) -> str:
    """The answer to instance k of the batch, or why it is none."""
    try:
        return str(model.answers(type(bits)(*(field[k : k + 1] for field in bits)), [sizes])[0])
    except ProofError as error:
        return f"error: {error}"


def _sets(rows: Array, sizes: tuple[int, ...]) -> Sets:
    """Rows (..., n, l) as those of one set or two."""
    return (rows,) if len(sizes) == 1 else (rows[..., : sizes[0], :], rows[..., sizes[0] :, :])
