"""Why a surviving mutant changes nothing: one written argument for each class, with its condition where it has one."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from math import floor, log

from proofformer.circuit import Head, Visible
from proofformer.planner import Plan
from proofformer.problems import Problem
from prooflab.bugs.mutator import Fate, Judgement


@dataclass(frozen=True)
class Survivor:
    """A mutant that survived, with what it was made from."""

    problem: Problem
    plan: Plan
    where: str
    change: str

    @property
    def head(self) -> Head:
        return self.plan.circuit.heads[self.where]

    @property
    def weighs(self) -> tuple[int, int]:
        """The new weight and the old one."""
        new, old = re.findall(r"weighs (\d+) instead of (\d+)", self.change)[0]
        return int(new), int(old)

    @property
    def leak(self) -> float:
        return float(self.change.rpartition(" ")[2])


@dataclass(frozen=True)
class Reason:
    """For the mutants whose place and change match in full and for which `holds` is true."""

    where: str
    change: str
    text: str
    holds: Callable[[Survivor], bool] = lambda _: True


def _kind(*measures: tuple[str, bool]) -> Callable[[Survivor], bool]:
    return lambda s: (s.problem.kind.measure, s.problem.kind.largest) in measures


def _one_set(s: Survivor) -> bool:
    return not s.problem.bichromatic


def _ov(s: Survivor) -> bool:
    return s.problem.name == "ov"


def score_range(s: Survivor, label: str) -> tuple[int, int, int]:
    """Of the score of an entry that is no index: the least on a key that may be best, START's, the most on the others.

    Others are padding, whose bits are 0, and (two sets, or no partner) documents that the head does not look for. START
    scores 0 unless it plays a document at the threshold.
    """
    kind, l, t = s.problem.kind, s.problem.dim, floor(s.problem.cut or 0)
    sign = -1 if label.startswith("least ") else 1
    if "orthogonal" in label:
        return 1, 0, 0
    if "agreement" in label:
        return -l, (sign * (l - 2 * t) if ", START " in label else 0), l
    start = sign * t if ", START " in label else 0
    if sign < 0:
        return -l, start, 0
    zeros_only = _one_set(s) and kind.measure == "inner"
    return 0, start, 0 if zeros_only else l


def _visible_still(s: Survivor) -> bool:
    """With the new weight of visibility the best document beats START, and all other keys together, in every instance.

    A document that an orthogonal partner makes best scores 0. In a prefix the best document matches every bit, START
    none that is 1, another key at most all. A pair of the worst value is the answer only where all pairs have it, and
    then it is the first: document 0 with document 1, or 0 of two sets. Any other pair that matters is a step better.
    """
    if not isinstance(s.head.order[0], Visible):
        return False
    plan, signals = s.plan.head(s.where), s.plan.circuit.signals
    terms = [(w, t) for w, t in zip(plan.weights, s.head.order, strict=True) if t.continues is None]
    (_, _), (weight, score), (last, digit) = terms
    least, start, most = score_range(s, score.label)
    if _ov(s) and s.where.startswith("partner"):
        least = 0
    lo, hi = digit.bounds(signals)
    index = last * (hi - lo)
    worst = weight * least - index
    if not _ov(s):
        first = last if _one_set(s) and s.where.startswith("partner") else 0
        worst = min(weight * least - first, worst + weight)
    over_start = s.weighs[0] + worst - weight * start
    over_others = 2 * s.weighs[0] + worst - weight * most
    return over_start >= 1 and plan.b * over_others >= log(16 * s.plan.keys)


def _either_still(s: Survivor) -> bool:
    """A document at the threshold still beats all keys that are neither documents looked for nor START."""
    _, score, second = s.plan.head(s.where).weights
    _, start, most = score_range(s, s.head.order[1].label)
    return s.weighs[0] + score * (start - most) + second >= 1


def _steps_of_two(s: Survivor) -> bool:
    """Two distances differ by 2 in agreement, which twice the weight has to outweigh the entry below for."""
    plan, order = s.plan.head(s.where), s.head.order
    lo, hi = order[-1].bounds(s.plan.circuit.signals)
    below_is_last = len(order) == 3 and not order[-1].continues
    return below_is_last and 2 * s.weighs[0] >= plan.weights[-1] * (hi - lo) + 1


ARGUMENTS = (
    Reason(
        r".*",
        r".* weighs (\d+) instead of (\d+)",
        "a larger weight outweighs the levels below all the more; the planner takes the least that is enough",
        lambda s: s.weighs[0] > s.weighs[1],
    ),
    Reason(
        r".*",
        r"b = \d+ forced past the planner, leak up to .*",
        "the planner refuses this b, for it allows a leak of 1/16 only. The gate bears 1/3 (a 1 arrives as 1/(1 + "
        "leak), at least 3/4): the rest is for kernels, and an accurate one does not need it",
        lambda s: s.leak <= 0.32,
    ),
    Reason(
        r"hit",
        r"b = 4 forced past the planner, leak up to .*",
        "agreement moves in steps of two and has weight 2, so a document is 4 below the next better one, and START 1 "
        "below a document at the threshold or 3 above one a step worse: at most e^-4 + n e^-12 leaks, though the "
        "planner, which knows steps of one alone, allows for n e^-4",
        _kind(("hamming", False), ("hamming", True)),
    ),
    Reason(
        r"(partner|best)(\.round\d+)?",
        r"'.* > start > rest' weighs .*",
        "the weight is planned for scores that fill their range on all keys, and for a gap of several steps. But START "
        "scores 0, which is inside the range or at its end, and padding scores as a zero document: with this weight "
        "the best document still beats START, and the others so far that together they leak 1/16 at most, in any row "
        "that matters: where the value is not the worst there is, or all values are and the first pair is the answer "
        "(orthogonal vectors: where the inner product is 0, the flag 1). In other rows, `found` may be lost",
        _visible_still,
    ),
    Reason(
        r"hit",
        r"'.* or is_start' weighs .*",
        "keys that the entry keeps out hurt only if one beats a document that meets the threshold: such a document "
        "scores what START does or more, and with this weight it is still above the best score there is on the others "
        "(padding scores as a zero document; of two sets also documents of A)",
        _either_still,
    ),
    Reason(
        r"partner(\.round1)?|hit",
        r"'(least )?agreement\(doc, doc\).*' weighs .*",
        "agreement moves in steps of two, so half of the weight would outweigh the index or the last entry below; the "
        "type checker sees steps of one, because START's row is 0",
        _steps_of_two,
    ),
    Reason(
        r"partner|best",
        r"'.*(inner\(doc, doc\)|agreement\(doc, doc\)|value)' weighs .*",
        "the digit is the whole index. Of one set document 0 is nobody's key and the last has no partner, of two sets "
        "one has at most max_n - 1 documents: indices that compete differ by max_n - 2 at most, which this weight "
        "outweighs by 1",
        lambda s: len(s.head.order) == 3 and s.weighs[0] == s.plan.max_n - 1,
    ),
    Reason(
        r"best.*",
        r"(drop entry|most and least exchanged in|swap) 'orthogonal'.*|'orthogonal' weighs .*",
        "the visibility flag of this head is `orthogonal`, so among visible documents the entry `orthogonal` is 1 "
        "throughout and orders nothing; it stands there because a select needs an objective",
        lambda s: (_ov(s) and "weighs" not in s.change) or _constant_entry_still(s),
    ),
    Reason(
        r"(partner|best)(\.round\d+)?",
        r"swap '.*' and 'same index digits as found'",
        "the prefix shares the level, and so the weight, of the entry above it: their order is not used",
    ),
    Reason(
        r"partner.*",
        r"'.*agreement\(doc, doc\)' loses is_start",
        "visibility puts START below every document looked for and above all other keys, whatever it scores below; the "
        "planner counts that score into the weight",
    ),
    Reason(
        r"hit",
        r"START scores -1 in '.*agreement\(doc, doc\), START at distance \d+'",
        "agreement moves in steps of two: half a step lower, START is still below documents at the threshold and above "
        "those one step worse",
    ),
    Reason(
        r"hit",
        r"(drop entry|swap) '.* or is_start'.*",
        "keys that the entry keeps out hurt only if one beats a document that meets the threshold, which scores what "
        "START does or more and is preferred by the last entry on a tie. None does: the score of padding is 0 (largest "
        "inner product in one set, threshold at least 1), no inner product is below 0 (orthogonal vectors)",
        lambda s: _ov(s) or (_one_set(s) and _kind(("inner", True))(s) and (s.problem.cut or 0) >= 1),
    ),
    Reason(
        r"hit \(gate\)",
        r"not ANDed with is_document",
        "besides documents only padding votes, and its inner product with a document is 0, less than a threshold of 1 "
        "or more; READ is seen by nobody",
        lambda s: _kind(("inner", True))(s) and (s.problem.cut or 0) >= 1,
    ),
    Reason(
        r"best",
        r"is_first in place of partner\.found",
        "each set has a document, so every document of A has a partner: found is is_first",
    ),
    Reason(
        r"best",
        r"is_document in place of partner\.found",
        "the last document, which has no partner, gets START's zeros for one and so the inner product 0: no other "
        "value is less, and on a tie document 0 comes first",
        _kind(("inner", True)),
    ),
    Reason(
        r"partner(\.round\d+)?|hit",
        r"mask inclusive.*",
        "two sets: a document of A is not flagged `second`, so it does not look at itself, and others are no `first`",
        lambda s: s.problem.bichromatic,
    ),
    Reason(
        r"hit",
        r"mask inclusive.*",
        "a document with |v| <= t has an inner product of at most t with every other, and n >= 2: the answer is yes "
        "anyway. Padding and READ are no documents",
        _kind(("inner", False)),
    ),
    Reason(
        r"hit",
        r"mask inclusive.*",
        "a document is at distance 0 from itself, which meets a threshold of 1 or more never and one of 0 when all do",
        _kind(("hamming", True)),
    ),
    Reason(
        r"best(\.round\d+)?",
        r"mask inclusive.*",
        "READ is no document: the flag was ANDed with one that READ has not, so it is invisible to itself",
    ),
    Reason(r"yes", r"mask inclusive.*", "READ is no document, so its own `hit` is 0 and adds none"),
    Reason(
        r"value\.bits \(gate\)|best\.value\.bits \(gate\)",
        r"the table of the number -1|thresholds.*",
        "orthogonal pairs alone are answered, and all their values are 0, in the shifted table too: every bit of the "
        "value that READ fetches is 0",
        _ov,
    ),
    Reason(
        r".*\.found \(gate\)",
        r"thresholds.*down.*",
        "a flag is fetched as exactly 0 where no visible key is, and else as 1 but for keys far below: nothing lies "
        "between 0 and 3/4",
    ),
    Reason(
        r".*\.found \(gate\)",
        r"thresholds.*up.*",
        "all best keys have the flag and keys without it are so far below that their weights vanish beside 1: it is "
        "fetched as 1 itself. A kernel that divides less exactly would be told apart",
    ),
    Reason(
        r"yes \(gate\)",
        r"thresholds.*down.*",
        "with no hit anywhere the mean of the hits is exactly 0; with one, it is nearly 1: nothing lies between",
    ),
)


def _constant_entry_still(s: Survivor) -> bool:
    """A weight of the entry `orthogonal`, alone in its level or with a prefix that still outweighs the digit."""
    if not _ov(s) or "weighs" not in s.change:
        return False
    plan, order = s.plan.head(s.where), s.head.order
    lo, hi = order[-1].bounds(s.plan.circuit.signals)
    prefix = any(t.continues for t in order)
    return not prefix or s.weighs[0] >= plan.weights[-1] * (hi - lo) + 1


def why_equivalent(problem: Problem, plan: Plan, verdict: Judgement) -> str | None:
    """The argument for a survivor, or None when there is none (or it did not survive)."""
    if verdict.outcome is not Fate.SURVIVED:
        return None
    survivor = Survivor(problem, plan, verdict.mutant.where, verdict.mutant.change)
    for argument in ARGUMENTS:
        fits = re.fullmatch(argument.where, survivor.where) and re.fullmatch(argument.change, survivor.change)
        if fits and argument.holds(survivor):
            return argument.text
    return None
