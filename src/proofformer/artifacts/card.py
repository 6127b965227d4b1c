"""The model card that goes into every model folder."""

from __future__ import annotations

from proofformer.planner import Plan
from proofformer.planner.bounds import ASSUMPTIONS
from proofformer.problems import Problem
from proofformer.theorems import statement_for, theorem_for


def model_card(problem: Problem, plan: Plan) -> str:
    """Markdown: what the model answers, why it is right, its numbers, what the proof assumes, how to run it."""
    theorem = theorem_for(problem)
    attention, blocks = plan.depth
    lines = [
        f"# {problem.label}, up to {plan.max_n:,} documents, {plan.dtype.name}",
        "",
        "A Transformer compiled from a proof by proofformer; no weight was trained.",
        "",
        f"**Statement.** {statement_for(problem, plan.max_n)}",
        "",
        f"**Proof.** {theorem.proof}",
        "",
        f"**Lemma.** {theorem.lemma}",
        "",
        f"**Source.** {theorem.source}",
        "",
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
    lines += ["", "## What the proof assumes of the machine", "", *(f"* {a}" for a in ASSUMPTIONS)]
    lines += [
        "",
        "## Use",
        "",
        "```python",
        "import proofformer",
        "",
        "model = proofformer.load(PATH_OF_THIS_FOLDER)",
        *_use(problem, plan),
        "```",
        "",
    ]
    return "\n".join(lines)


def _use(problem: Problem, plan: Plan) -> list[str]:
    shape = f"(n, {problem.dim}) of {'0/1' if problem.levels == 1 else f'0..{problem.levels}'}"
    if problem.bichromatic:
        return [f"answer = model.solve(A, B)  # each {shape}, at least one row; at most {plan.max_n} rows together"]
    return [f"answer = model.solve(X)  # X: {shape}, 2 <= n <= {plan.max_n}"]
