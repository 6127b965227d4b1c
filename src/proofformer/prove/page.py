"""A theorem as a document: statement, circuit, weights in symbols, obligations, and the published theorem beside it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from proofformer.planner import Plan
from proofformer.planner.describe import short
from proofformer.planner.forms import Form, forms
from proofformer.problems import Problem
from proofformer.prove.circuits import steps, table
from proofformer.prove.duties import Duty, duties
from proofformer.prove.published_side import LIMIT, constructions_for, refuted, side_by_side, wrong_of
from proofformer.prove.rests_on import claims_of
from proofformer.theorems import statement_for, theorem_for

MANY = 6


def proof_of(asked: Problem) -> Iterator[str]:
    """The theorem's proof and source."""
    theorem = theorem_for(asked)
    yield f"**Proof.** {theorem.section('Proof')}"
    yield ""
    yield f"**Source.** {theorem.section('Source')}"
    yield ""


def document(asked: Problem, plan: Plan) -> Iterator[str]:
    """All about one problem, as text: what `prove PROBLEM` prints."""
    yield f"## {asked.label}"
    yield ""
    yield from sections(asked, plan, math=False)
    yield ""
    yield from proof_of(asked)
    yield from beside(asked, plan, links=None)


def beside(asked: Problem, plan: Plan, links: str | None) -> Iterator[str]:
    """The published theorem beside the plan of a decision, and what the refuter found of it."""
    constructions = constructions_for(asked.name)
    if not constructions or asked.metric not in (None, "cosine"):
        yield "The paper has no unit for this question."
        return
    yield f"#### Beside {constructions[0].theorem} as published"
    yield ""
    yield from side_by_side(constructions, plan.heads[0].b, plan.max_n)
    yield ""
    for construction in constructions:
        for zeros in (False, True)[: 1 + construction.takes_zeros]:
            yield from refuted(construction, LIMIT, LIMIT, zeros)
            wrong, of = wrong_of(construction, zeros)
            yield f"* Wrong for n, l <= {LIMIT}, over all thresholds: {wrong:,} of {of:,} multisets."
            yield ""


def facts(asked: Problem, plan: Plan) -> dict[str, Any]:
    """The same as JSON values."""
    from proofformer.published.table import row

    theorem = theorem_for(asked)
    readings = constructions_for(asked.name) if asked.metric in (None, "cosine") else ()
    return {
        "problem": asked.to_json(),
        "statement": statement_for(asked, plan.max_n),
        "proof": theorem.section("Proof"),
        "lemma": theorem.lemma,
        "source": theorem.section("Source"),
        "plan": plan.to_json(),
        "weights": [
            {"matrix": f.matrix, "of": f.where, "rows": f.row, "columns": f.column, "block": f.text, "tex": f.tex}
            for f in forms(plan)
        ],
        "obligations": [duty.to_json() for duty in duties(plan)],
        "claims": list(claims_of(asked)),
        "published": [row(construction, LIMIT, LIMIT) for construction in readings],
    }


def sections(asked: Problem, plan: Plan, *, math: bool, links: str | None = None) -> Iterator[str]:
    """Claim, circuit, weights and obligations of one problem in Markdown.

    `math` writes formulas for GitHub, otherwise as text; `links` is the way from the page to the folder docs, None for
    a text without links.
    """
    attention, blocks = plan.depth
    yield f"**Claim.** {statement_for(asked, plan.max_n)}"
    yield ""
    yield f"**Lemma.** {theorem_for(asked).lemma}"
    yield ""
    yield (
        f"In {plan.dtype.name}: {blocks} blocks, {attention} with attention, width {plan.layout.width}, "
        f"rounds T = {plan.rounds}."
    )
    yield ""
    yield "#### Circuit"
    yield ""
    yield from steps(plan, math)
    yield ""
    yield "#### Weights in symbols"
    yield ""
    yield from weights(plan, math)
    yield ""
    yield "#### Obligations"
    yield ""
    found = duties(plan)
    yield from obligations(found, links)
    yield ""
    named = dict.fromkeys([*claims_of(asked), *(name for duty in found for name in duty.claims)])
    yield from claims(tuple(named), links)


def weights(plan: Plan, math: bool) -> Iterator[str]:
    """The blocks of the matrices that are not zero; many that differ in numbers alone in one line."""
    alike: dict[tuple[str, ...], list[Form]] = {}
    for form in forms(plan):
        numberless = (re.sub(r"\d+", "", text) for text in (*_names(form), form.text))
        alike.setdefault((form.matrix, *numberless), []).append(form)
    rows = []
    for group in alike.values():
        for part in [group] if len(group) >= MANY else [[form] for form in group]:
            first, last = part[0], part[-1]
            names = [_span(*pair) for pair in zip(_names(first), _names(last), strict=True)]
            block = _span(f"${first.tex}$", f"${last.tex}$") if math else _span(first.text, last.text)
            rows.append((first.matrix, *names, block))
    yield from table(("matrix", "of", "rows", "columns", "block"), rows)


def _names(form: Form) -> tuple[str, str, str]:
    return form.where, form.row, form.column


def _span(first: str, last: str) -> str:
    return first if first == last else f"{first} to {last}"


def obligations(found: tuple[Duty, ...], links: str | None) -> Iterator[str]:
    """All that had to hold, with numbers, slack and how it is established."""
    rows = []
    for duty in found:
        numbers = ["" if x is None else short(x) for x in (duty.value, duty.limit, duty.slack)]
        section = f"section {duty.section}" if links is None else f"[section {duty.section}]({links}theory.md)"
        about = ", ".join(f"`{name}`" for name in duty.about)
        rows.append((about, duty.says, *numbers, f"{duty.how}; {section}"))
    head = ("of", "what has to hold", "value", "at most", "slack", "how it is established")
    yield from table(head, rows, right=("value", "at most", "slack"))


def claims(names: tuple[str, ...], links: str | None) -> Iterator[str]:
    """The inequalities for all n and l that were used, by name."""
    shown = [f"`{name}`" if links is None else f"[{name}]({links}../proofs/obligations/{name}.smt2)" for name in names]
    yield f"Inequalities for all n and l, each by shifted polynomials (sympy) and by z3 and cvc5: {', '.join(shown)}."
