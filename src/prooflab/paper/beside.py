"""The published theorem beside ours: what is printed, what is compiled, and what the refuter found."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import reduce
from operator import add

from proofformer.explain.circuits import table
from prooflab.paper import CONSTRUCTIONS, Construction, Covered, Refutation, count, refute
from prooflab.paper.cells import multisets
from prooflab.paper.enclosures import ZERO
from prooflab.paper.refute import order

UNITS = {
    "Theorem 4.1": ("v_i", "the zero row", "-3 ln(n) I", "(1, .., 1): the value of a row is its number of ones"),
    "Theorem C.1": ("(v_i, 1)", "(0, .., 0, {side}(t + 1))", "{sign}3 ln(n) I", "(1, .., 1, 0)"),
    "Theorem C.2": ("(v_i / |v_i|, 1)", "(0, .., 0, {side}(t + 1))", "{sign}3 ln(n) I", "(1, .., 1, 0)"),
}
LIMIT = 4
"""n and l up to which the refuter looks for a counterexample, and wrong answers are counted."""


def constructions_for(name: str) -> tuple[Construction, ...]:
    """The readings of the published theorem that decides this problem; none where there is no such theorem."""
    return tuple(c for c in CONSTRUCTIONS if c.name == name)


def as_published(found: Refutation | Covered) -> Iterator[str]:
    """What the refuter found of one reading, in Markdown."""
    construction = found.construction
    zeros = "with zero documents" if found.zeros else "without zero documents"
    yield f"**{construction.label}**, {zeros}."
    yield ""
    if isinstance(found, Covered):
        yield f"No wrong answer among all {found.instances:,} multisets with n <= {found.max_n}, l <= {found.max_l}."
        return
    at = "" if found.t is None else f", t = {found.t}"
    says, true = ("no", "yes") if found.truth else ("yes", "no")
    rows = ", ".join(f"({', '.join(map(str, row))})" for row in found.rows)
    outputs = ", ".join(map(str, found.outputs))
    yield f"* Wrong at n = {found.n}, l = {found.dim}{at}, on the rows {rows}."
    yield f"* Outputs {outputs}, threshold 1/(n + 1) = {found.bound}: it says {says}, the answer is {true}."
    yield f"* {_row(found)}"
    yield f"* Why: {found.why}."
    yield (
        f"* It is instance {found.before + 1:,} in the order of n, l, t and rows, by running those before it "
        "and by binomial coefficients; exact arithmetic confirms its answer."
    )


def _row(found: Refutation) -> str:
    """How the row with the largest output comes by it."""
    rows, values = found.construction.softmax(found.rows, found.t)
    i = max(range(found.n), key=lambda i: found.outputs[i].hi)
    weights = rows[i]
    parts = [str(w * v) for w, v in zip(weights, values, strict=True) if v != ZERO]
    told = (", ".join(map(str, of)) for of in (weights, values))
    return (
        f"Row {i + 1}: weights {found.construction.law} = {next(told)} (the sentinel's) on values {next(told)}: "
        f"({' + '.join(parts) or 0}) / ({reduce(add, weights)}) = {found.outputs[i]}."
    )


def refuted(construction: Construction, max_n: int, max_l: int, zeros: bool) -> Iterator[str]:
    """What was found, and how many answers are wrong where all of them were counted."""
    found = refute(construction, max_n, max_l, zeros)
    yield from as_published(found)
    if isinstance(found, Refutation) and (max_n, max_l) == (LIMIT, LIMIT):
        wrong, of = wrong_of(construction, zeros)
        over = "" if found.t is None else ", over all thresholds"
        yield f"* Wrong for n, l <= {LIMIT}{over}: {wrong:,} of {of:,} multisets."


def wrong_of(construction: Construction, zeros: bool = False) -> tuple[int, int]:
    """Wrong answers and all multisets with n and l up to LIMIT, over all thresholds."""
    cells = list(order(construction, LIMIT, LIMIT))
    wrong = sum(count(construction, n, dim, t, zeros).wrong for n, dim, t in cells)
    return wrong, sum(multisets(n, dim, zeros) for n, dim, _ in cells)


def side_by_side(constructions: Sequence[Construction], b: int, max_n: int) -> Iterator[str]:
    """The unit as printed, the same unit mended, and the decision that is compiled, line by line."""
    printed = constructions[0]
    document, sentinel, product, value = UNITS[printed.theorem]
    signs = {"side": "-" if printed.sign < 0 else "", "sign": "-" if printed.sign < 0 else ""}
    scores = "the number of common ones"
    in_coq = [", ".join(f"`{name}`" for name in names) for names in printed.in_coq]
    if printed.theorem == "Theorem C.2":
        document += " (printed with the 1-norm)"
        scores = "<v_i, v_j> less what the two norms need, a whole number"
    yield from table(
        ("", f"published: {printed.theorem}", "mended in its own form", "compiled decision"),
        (
            ("sees", "every row, itself too", "other documents", "later documents: a pair once, never itself"),
            ("document row", document, "the document, and flags", "the document, and flags"),
            ("sentinel", sentinel.format(**signs), *["scores as a document that just meets the threshold"] * 2),
            ("scores", f"Q K^T = {product.format(**signs)}", scores, "a priority list: seen at all, score, documents"),
            (
                "temperature b",
                "3 ln n, in the scores",
                "ln(8 n)",
                f"{b} for n up to {max_n:,}, so that leak <= 1/16",
            ),
            ("value", value, *["1 for documents, 0 for the sentinel"] * 2),
            ("yes if", "an output is >= 1/(n + 1)", "one is >= 1/2; else all are <= 1/8", "a restored bit is 1"),
            ("range of n", "one n for each unit", "one n for each unit", "2..max_n with the same weights"),
            *([("in Coq, for all n and l", *in_coq)] if any(in_coq) else ()),
        ),
    )
