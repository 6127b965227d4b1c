"""The index of the pages: every published theorem, in each reading, beside the decision that is compiled."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from typing import Any

from proofformer.explain.asked import DIM, Page, pages
from proofformer.explain.circuits import table
from proofformer.problems import Problem
from proofformer.theorems import statement_for
from prooflab.paper import Construction, Covered, Refutation, refute
from prooflab.paper.beside import LIMIT, constructions_for, wrong_of
from prooflab.paper.compared import SHOWN, CompiledMargin, compiled, published, temperature
from prooflab.paper.margins import Margin


def summary(linked: tuple[Page, ...] = ()) -> Iterator[str]:
    """The table as Markdown; the title and links to these pages where there are some."""
    if linked:
        yield "# Theorems"
        yield ""
        yield (
            "Written by `proofformer prove all --out docs/theorems`. One page for each theorem file: statement, proof, "
            "circuit, weights in symbols, obligations with their numbers and slack."
        )
        yield ""
        for page in linked:
            yield f"* [{page.title}]({page.stem}.md): {statement_for(page.problems[0][1], SHOWN[1])}"
        yield ""
        yield "## Published and compiled"
        yield ""
    yield (
        "Theorems of Alman & Yu (ICLR 2025, arXiv 2410.04271) with the constants printed there, in each "
        "reading where the print leaves a choice, beside the decision that is compiled. The margin is the "
        "distance of the number that decides from where the answer would change. Published: of the output "
        f"from 1/(n + 1), in the worst instance of two families, at l = {DIM}; below 0 the answer is wrong. "
        "Compiled: of every fetched bit from the end of what its gate restores, for every instance. "
        "Theorem 4.1 without zero documents holds as printed for n >= l, so for l = c log n and large n; zero "
        "documents, and the other rows, need repair, not retraction."
    )
    yield ""
    ns = [f"n = {n:,}" for n in SHOWN]
    head = ("theorem", "reading", "verdict", f"wrong, n, l <= {LIMIT}", "b", *(f"margin, {n}" for n in ns))
    body = [_cells(row) for row in rows()]
    yield from table(head, body, right=head[4:])


def rows() -> Iterator[dict[str, Any]]:
    """One JSON object for each reading, with and without zero documents, and for each compiled decision."""
    for page in pages():
        decision = next(asked for _, asked in page.problems if asked.question == "decide")
        for construction in constructions_for(page.name):
            for zeros in (False, True)[: 1 + construction.takes_zeros]:
                margins = [published(construction, decision, n, zeros) for n in SHOWN]
                yield _published(construction, zeros, margins)
        if constructions_for(page.name):
            yield _compiled(decision, [compiled(decision, n) for n in SHOWN])


@lru_cache(maxsize=64)
def _found(construction: Construction, zeros: bool) -> tuple[Refutation | Covered, int, int]:
    return refute(construction, LIMIT, LIMIT, zeros), *wrong_of(construction, zeros)


def _published(construction: Construction, zeros: bool, margins: list[Margin]) -> dict[str, Any]:
    found, wrong, of = _found(construction, zeros)
    told = [construction.reading] if construction.reading else []
    if construction.takes_zeros:
        told.append("with zero documents" if zeros else "no zero documents")
    return {
        "theorem": f"{construction.theorem}, {construction.name}",
        "reading": ", ".join(told),
        "verdict": _verdict(found),
        "wrong": wrong,
        "of": of,
        "b": [f"{temperature(n):.1f}" for n in SHOWN],
        "margins": [m.value for m in margins],
        "compiled": False,
    }


def _verdict(found: Refutation | Covered) -> str:
    if isinstance(found, Covered):
        return f"right on all {found.instances:,} instances, n <= {found.max_n}, l <= {found.max_l}"
    at = "" if found.t is None else f", t = {found.t}"
    shown = ", ".join("".join(map(str, row)) for row in found.rows)
    says = "no" if found.truth else "yes"
    return f"refuted at n = {found.n}, l = {found.dim}{at}: {shown} say {says} (instance {found.before + 1:,})"


def _compiled(decision: Problem, plans: list[CompiledMargin]) -> dict[str, Any]:
    dtypes = ", ".join(dict.fromkeys(plan.dtype for plan in plans))
    return {
        "theorem": f"{decision.name}, decision",
        "reading": f"compiled, {dtypes}",
        "verdict": "proved for every instance of 2 to max_n = n documents",
        "wrong": 0,
        "of": None,
        "b": [str(plan.b) for plan in plans],
        "margins": [plan.value for plan in plans],
        "compiled": True,
    }


def _cells(row: dict[str, Any]) -> tuple[str, ...]:
    wrong = "none" if row["compiled"] else f"{row['wrong']:,} of {row['of']:,}"
    bold = "**" if row["compiled"] else ""
    margins = [f"{value:.3g}" for value in row["margins"]]
    return (f"{bold}{row['theorem']}{bold}", row["reading"], row["verdict"], wrong, " / ".join(row["b"]), *margins)
