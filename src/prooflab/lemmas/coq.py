"""Claims as lemmas of Coq, over its real numbers: proofs/coq/Obligations.v, by the tactics of Inequalities.v."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from textwrap import wrap

from proofformer.errors import ProofError
from prooflab.lemmas.claim import Body, Expr, Inequality, Lemma, Option, Variable

PROOFS = {
    "lookup-of-one-value-more": "cases; split; unfold relu; "
    "[rewrite Rmax_right by lra | rewrite Rmax_left by lra]; ring.",
    "e-to-the-y": "intros. assert (H1 : v ^ 16 <= 1 ^ 16) by (apply pow_incr; lra). rewrite pow1 in H1. lra.",
    "weight-outside": "cases. assert (0 <= F * leak * (h + 1)) by not_negative. "
    "over (F * leak * (h + 1) * W - outside * (1 - h)) (1 - h).",
    "documents-at-the-threshold-win": "cases. assert (0 < w) by nra. "
    "assert (w * g <= w * (start - misses)) by (apply Rmult_le_compat_l; lra). split; nra.",
    "leak-of-visible-keys": "cases. over (x * ((s - m) * (1 - x) + (s * x - rest * (1 - x)))) (1 - x).",
    "more-best-keys-leak-less": "cases. over (leak * (best - 1)) best.",
    "e-to-the-z": "cases. over (z * (j + (1 - v))) (j + 1).",
    "whole-numbers-at-a-root": "cases; split; "
    "[over ((r + 1) * ((m - within) * (m + within)) + r * (2 * m + 1)) (r + 1) "
    "| over ((r + 1) * ((beyond - (m + 1)) * (beyond + (m + 1))) + (2 * m + 1)) (r + 1)].",
}
"""Of the claims whose proofs neither tactic finds."""
HEADER = """(** The inequalities of docs/obligations.md, for real numbers: `python bench/obligations.py` writes them. *)

From Coq Require Import Reals Lra Psatz.
From Proofformer Require Import Net Inequalities.
Open Scope R_scope.
"""


def lemma_name(claim: Lemma) -> str:
    """What the claim is called in Coq."""
    return claim.name.replace("-", "_")


def lemmas(claims: Sequence[Lemma]) -> str:
    """Obligations.v: each claim in words, as a statement and with its proof; then the axioms that they rest on."""
    parts = [f"{_said(claim)}\n{statement(claim)}\n{_filled(f'Proof. {_proof(claim)} Qed.')}\n" for claim in claims]
    every = _filled(f"Definition obligations := ({', '.join(map(lemma_name, claims))}).")
    return "\n".join([HEADER, *parts, every, "Print Assumptions obligations.", ""])


def statement(claim: Lemma) -> str:
    """The lemma of the claim, up to its proof."""
    body = claim.body()
    names = " ".join(v.symbol.name for v in body.variables)
    given = [text for v in body.variables if (text := _within(v))] + [_relation(r) for r in body.assumed]
    shown = " /\\ ".join(map(_relation, body.shown))
    head = f"Lemma {lemma_name(claim)}" + (f" ({names} : R)" if names else "")
    return _filled(f"{head} : " + " -> ".join([*given, shown]) + ".")


def _said(claim: Lemma) -> str:
    return "\n".join(wrap(f"(** {claim.statement} *)", 116, subsequent_indent="    "))


def _proof(claim: Lemma) -> str:
    """By one tactic; where what is shown has quotients, with the quotient that left - right is."""
    import sympy

    body = claim.body()
    sides = [sympy.sympify(side) for r in body.shown for side in (r.left, r.right)]
    if claim.name in PROOFS or not any(p.exp.is_negative for x in sides for p in x.atoms(sympy.Pow)):
        return PROOFS.get(claim.name, "obligation.")
    bounds = ["?" for v in body.variables if _within(v)] + ["_" for _ in body.assumed]
    steps = [f"- over ({_term(above)}) ({_term(below)})." for above, below in map(partial(_over, body), body.shown)]
    return f"intros {' '.join(bounds)}; cases. repeat split. {' '.join(steps)}"


def _over(body: Body, r: Inequality) -> tuple[Expr, Expr]:
    """left - right as a quotient whose lower part is positive: where every variable is just above its first bound."""
    import sympy

    above, below = sympy.fraction(sympy.together(r.left - r.right))
    at = below
    for v in reversed(body.variables):
        at = sympy.sympify(at).subs(v.symbol, (v.options[0][0] or 0) + sympy.Rational(1, 7))
    sign = -1 if at < 0 else 1
    return sympy.expand(sign * above), sympy.factor(sign * below)


def _filled(text: str) -> str:
    return "\n".join(wrap(text, 116, subsequent_indent="  ", break_long_words=False, break_on_hyphens=False))


def _within(variable: Variable) -> str:
    cases = [_option(variable.symbol.name, option) for option in variable.options]
    joined = " \\/ ".join(cases)
    return "" if "" in cases else joined if len(cases) == 1 else f"({joined})"


def _option(name: str, option: Option) -> str:
    low, high = option
    if low is not None and low == high:
        return f"{name} = {_term(low)}"
    if low is not None and high is not None:
        return f"{_term(low)} <= {name} <= {_term(high)}"
    return f"{_term(low)} <= {name}" if low is not None else "" if high is None else f"{name} <= {_term(high)}"


def _relation(r: Inequality) -> str:
    return f"{_term(r.left)} {r.sign} {_term(r.right)}"


def _term(x: Expr) -> str:
    """As tight as a summand."""
    import sympy

    x = sympy.sympify(x)
    if x.is_Add:
        parts = [_factor(y) for y in x.as_ordered_terms()]
        return " + ".join(parts).replace("+ - ", "- ")
    return _factor(x)


def _factor(x: Expr) -> str:
    import sympy

    if x.is_Symbol:
        return str(x.name)
    if x.is_Rational:
        size = _number(abs(x.p)) if x.q == 1 else f"{_number(abs(x.p))} / {_number(x.q)}"
        return f"- ({size})" if x.p < 0 and x.q != 1 else f"- {size}" if x.p < 0 else size
    if x.is_Mul:
        if x.could_extract_minus_sign():
            return (
                f"- {_atom(-x)}" if (-x).is_Add else f"- ({_factor(-x)})" if not (-x).is_Symbol else f"- {_factor(-x)}"
            )
        above, below = sympy.fraction(x)
        if below != 1:
            return f"{_atom(above)} / {_atom(below)}"
        return " * ".join(_atom(y) for y in x.as_ordered_factors())
    return _atom(x)


def _atom(x: Expr) -> str:

    if x.is_Symbol or (x.is_Integer and x >= 0):
        return str(x.name) if x.is_Symbol else _number(x.p)
    if x.is_Pow and x.exp.is_Integer and x.exp < 0:
        return f"(1 / {_atom(x.base**-x.exp)})"
    if x.is_Pow and x.exp.is_Integer:
        return f"{_atom(x.base)} ^ {x.exp}"
    if x.is_Function and x.func.__name__ == "relu":
        return f"relu ({_term(x.args[0])})"
    if x.is_Add or x.is_Mul or x.is_Rational:
        return f"({_term(x)})"
    raise ProofError(f"{x} is no quotient of polynomials: state the claim with polynomials, quotients and relus")


def _number(p: int) -> str:
    """Large powers of two as such."""
    if p > 1 << 20 and p & (p - 1) == 0:
        return f"(2 ^ {p.bit_length() - 1})"
    return str(p)
