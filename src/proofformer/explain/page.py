"""A theorem as a document: statement, circuit, weights in symbols, obligations, and the published theorem beside it."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Iterator
from itertools import groupby
from typing import TYPE_CHECKING, Any, Protocol

from proofformer.circuit.form_gates import Lookup
from proofformer.explain.asked import Page
from proofformer.explain.circuits import steps, table
from proofformer.explain.describe import TOKENS, short
from proofformer.explain.duties import Duty, claims_of, duties
from proofformer.explain.labels import families
from proofformer.explain.lookups import BENDS, KNOTS, legend
from proofformer.explain.network import network
from proofformer.explain.symbols import SymbolBlock, symbol_blocks
from proofformer.planner import Plan
from proofformer.problems import Problem
from proofformer.theorems import statement_for, theorem_for

if TYPE_CHECKING:
    from matplotlib.figure import Figure

MANY = 6
LEMMAS = "proofs/coq/Obligations.v"
"""Where the claims for all n and l are lemmas of Coq."""


class Paper(Protocol):
    """What is known of the published theorems: a part of the laboratory, handed in by whoever asks for a page."""

    def decides(self, name: str) -> bool: ...

    def beside(self, asked: Problem, plan: Plan) -> Iterator[str]: ...

    def readings_of(self, asked: Problem) -> list[dict[str, Any]]: ...

    def summary(self, linked: tuple[Page, ...] = ()) -> Iterator[str]: ...

    def margins_figure(self, decision: Problem) -> Figure: ...


def source_of(asked: Problem) -> Iterator[str]:
    """Where the theorem comes from."""
    yield f"**Source.** {theorem_for(asked).source}"
    yield ""


def document(asked: Problem, plan: Plan, paper: Paper) -> Iterator[str]:
    """All about one problem, as text: what `prove PROBLEM` prints."""
    yield f"## {asked.label}"
    yield ""
    yield from sections(asked, plan, math=False)
    yield ""
    yield from source_of(asked)
    yield from paper.beside(asked, plan)


def facts(asked: Problem, plan: Plan, paper: Paper) -> dict[str, Any]:
    """The same as JSON values."""
    theorem = theorem_for(asked)
    return {
        "problem": asked.to_json(),
        "statement": statement_for(asked, plan.max_n),
        "proof": theorem.proof,
        "lemma": theorem.lemma,
        "source": theorem.source,
        "plan": plan.to_json(),
        "weights": [
            {"matrix": f.matrix, "of": f.where, "rows": f.row, "columns": f.column, "block": f.text, "tex": f.tex}
            for f in symbol_blocks(plan)
        ],
        "obligations": [duty.to_json() for duty in duties(plan)],
        "claims": list(claims_of(asked)),
        "published": paper.readings_of(asked),
    }


def sections(asked: Problem, plan: Plan, *, math: bool, links: str | None = None) -> Iterator[str]:
    """Claim, circuit, weights and obligations of one problem in Markdown.

    `math` writes formulas for GitHub, otherwise as text; `links` is the way from the page to the folder docs, None for
    a text without links.
    """
    attention, blocks = plan.depth
    theorem, theory = theorem_for(asked), "theory" if links is None else f"[theory]({links}theory.md)"
    yield f"**Claim.** {statement_for(asked, plan.max_n)}"
    yield ""
    yield (
        "The network with these weights gives the circuit's answer on every machine that meets the assumptions of "
        f"{theory}, section 6."
    )
    yield ""
    yield f"**Lemma.** {theorem.lemma}"
    yield ""
    yield f"**Proof.** {theorem.proof}"
    yield ""
    yield (
        f"In {plan.dtype.name}: {blocks} blocks, {attention} with attention, width {plan.layout.width}, "
        f"rounds T = {plan.rounds}."
    )
    yield ""
    yield "#### Circuit"
    yield ""
    yield (
        "The weight of an entry is (range of all below it + gap) / step, where `up(..)` rounds up to at most 4 "
        f"significant bits ({theory}, section 4)."
    )
    yield ""
    yield from steps(plan, math)
    yield ""
    yield "#### Weights in symbols"
    yield ""
    yield from network(asked, plan)
    yield ""
    yield from weights(plan, math, f"{theory}, section 3")
    yield "#### Obligations"
    yield ""
    found = duties(plan)
    yield from obligations(found, links)
    yield ""
    named = dict.fromkeys([*claims_of(asked), *(name for duty in found for name in duty.claims)])
    yield from claims(tuple(named), links)


def weights(plan: Plan, math: bool, section: str) -> Iterator[str]:
    """The blocks of the matrices that are not zero, a table for each block of the model; lookups by their rule."""
    forms, written = [*symbol_blocks(plan)], 0
    for k, part in groupby(forms, key=lambda form: form.block):
        if k is not None:
            yield from (f"Block {k}, at {TOKENS[plan.layout.blocks[k].at]}:", "")
        rows = [*_rows(plan, part, math)]
        written += len(rows)
        yield from (*table(("matrix", "of", "rows", "columns", "block"), rows), "")
    ruled = {form.where for form in forms if form.tokens[1] in (BENDS, KNOTS)}
    if ruled:
        gates = (gate for name, gate in plan.circuit.gates.items() if name in ruled and isinstance(gate, Lookup))
        yield from (*legend(gates, section), "")
    if written < len(forms):
        yield "`a to b` stands for all between, alike but for their numbers: `proofformer prove .. --json` has each."
        yield ""
    if any(form.listed for form in forms):
        yield (
            "Where only the size and the entries of a block are told, `model.safetensors` of the compiled model has "
            "its numbers, and `inspect --matrices` spells them for small l."
        )
        yield ""


def _rows(plan: Plan, forms: Iterable[SymbolBlock], math: bool) -> Iterator[tuple[str, ...]]:
    """Of the table; many blocks that differ in numbers alone in one."""
    family = families(plan)
    alike: dict[Hashable, list[SymbolBlock]] = {}
    for form in forms:
        key = (form.matrix, *(family.get(name, name) for name in form.names), form.shape)
        alike.setdefault(key, []).append(form)
    for group in alike.values():
        for part in [group] if len(group) >= MANY else [[form] for form in group]:
            first, last = part[0], part[-1]
            names = [_span(*pair) for pair in zip(first.names, last.names, strict=True)]
            block = _span(f"${first.tex}$", f"${last.tex}$") if math else _span(first.text, last.text)
            yield (first.matrix, *names, block)


def _span(first: str, last: str) -> str:
    return first if first == last else f"{first} to {last}"


def obligations(found: tuple[Duty, ...], links: str | None) -> Iterator[str]:
    """All that had to hold, with numbers, slack and how it is established."""
    rows = []
    for duty in found:
        numbers = ["" if x is None else short(x) for x in (duty.value, duty.limit, duty.slack)]
        section = f"section {duty.section}" if links is None else f"[section {duty.section}]({links}theory.md)"
        about = ", ".join(f"`{name}`" for name in duty.about)
        rows.append((about, duty.says, *numbers, f"{duty.how}; {section}", ", ".join(map(_lemma, duty.claims))))
    head = ("of", "what has to hold", "value", "at most", "slack", "how it is established", "lemmas in Coq")
    yield from table(head, rows, right=("value", "at most", "slack"))


def claims(names: tuple[str, ...], links: str | None) -> Iterator[str]:
    """The inequalities for all n and l that were used, by their names in Coq."""
    file = f"`{LEMMAS}`" if links is None else f"[{LEMMAS}]({links}../{LEMMAS})"
    yield (
        f"Lemmas of {file}, for all n and l, each by Coq and by shifted polynomials (sympy): "
        f"{', '.join(map(_lemma, names))}."
    )


def _lemma(claim: str) -> str:
    """What Coq calls it."""
    return f"`{claim.replace('-', '_')}`"
