"""The card of an artifact: what it answers, why that is right, its numbers, how to use it, what the proof assumes."""

from __future__ import annotations

from collections.abc import Sequence

from proofformer.compiler import Spec
from proofformer.planner import Plan
from proofformer.planner.bounds import ASSUMPTIONS
from proofformer.theorems import statement_for, theorem_for


def card(
    spec: Spec,
    plan: Plan,
    *,
    use: Sequence[str],
    kind: str = "",
    what: Sequence[str] = (),
    notes: Sequence[str] = (),
    keep: Sequence[str] = (),
) -> bytes:
    """Markdown. `kind` is the form it has, `what` is said of it; `use` is Python, after `notes`; `keep`, what not to
    change."""
    theorem = theorem_for(spec.problem)
    attention, blocks = plan.depth
    lines = [
        f"# {spec.problem.label}, up to {spec.max_n:,} documents, {f'{kind} in ' if kind else ''}{spec.dtype}",
        "",
        " ".join(("A Transformer compiled from a proof by proofformer; no weight was trained.", *what)),
        "",
        f"**Statement.** {statement_for(spec.problem, spec.max_n)}",
        "",
        f"**Proof.** {theorem.proof}",
        "",
        f"**Lemma.** {theorem.lemma}",
        "",
        f"**Source.** {theorem.source}",
        "",
        "## Use",
        "",
        *(line for note in notes for line in (note, "")),
        "```python",
        *use,
        "```",
        "",
    ]
    if keep:
        lines += ["## Keep", "", *(f"* {rule}" for rule in keep), ""]
    lines += [
        "## Numbers",
        "",
        f"Residual width {plan.layout.width}, {blocks} blocks, {attention} of them with attention.",
        "",
        "| head | b | weights, most important first | weight outside the best keys | slack of the restored bits |",
        "|---|---|---|---|---|",
    ]
    for h in plan.heads:
        weights = ", ".join(str(w) for w in h.weights)
        lines.append(f"| {h.name} | {h.b} | {weights} | {float(h.leak):.2g} | {float(h.bounds.slack):.3f} |")
    lines += ["", "## What the proof assumes of the machine", "", *(f"* {a.says}" for a in ASSUMPTIONS), ""]
    return "\n".join(lines).encode()


def rows_taken(spec: Spec) -> str:
    """The documents that it takes, as a comment of its use."""
    problem = spec.problem
    shape = f"(n, {problem.dim}) of {'0/1' if problem.levels == 1 else f'0..{problem.levels}'}"
    if problem.bichromatic:
        return f"A, B: each {shape}, at least one row; at most {spec.max_n} rows together"
    return f"X: {shape}, 2 <= n <= {spec.max_n}"
