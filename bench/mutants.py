"""Writes docs/mutants.md: every planted bug in every head, and what caught it.

python bench/mutants.py [--check]        --check: exit 1 when a survivor has no argument
"""

from __future__ import annotations

import sys
from collections import Counter
from pathlib import Path

from proofformer import problem
from proofformer.circuit import lower
from proofformer.planner import Plan, dtype_named, make_plan
from proofformer.problems import Problem
from proofformer.theorems import theorem_for
from proofformer.verify.equivalents import why_equivalent
from proofformer.verify.mutator import Outcome, judge, mutants, trials_for

DIM, MAX_N, COUNT = 10, 32, 400
TARGET = Path(__file__).resolve().parent.parent / "docs" / "mutants.md"

HEADER = """# Planted bugs

Written by `bench/mutants.py`. One change to one head or gate of a compiled circuit at a time (l = {dim},
max_n = {max_n}, float32), judged by the typing rules, by the planner, by adversarial instances against the oracle, and
by whether every restored signal is exactly a bit on every token. A survivor has an argument why nothing changed.

"""


def plans(asked: Problem) -> dict[str, Plan]:
    """The planner's own plan, and for a search the same circuit in two rounds."""
    circuit = theorem_for(asked.name, asked.question, asked.metric).circuit(dim=DIM, max_n=MAX_N)
    float32 = dtype_named("float32")
    found = {asked.label: make_plan(circuit, max_n=MAX_N, dtype=float32)}
    if found[asked.label].digits:
        rounds = {name: 2 for name, _ in found[asked.label].digits}
        found[f"{asked.label}, in two rounds"] = make_plan(lower(circuit, rounds), max_n=MAX_N, dtype=float32)
    return found


def main() -> int:
    lines, totals, unexplained = [HEADER.format(dim=DIM, max_n=MAX_N)], Counter[str](), 0
    for asked in (problem("closest-pair", dim=DIM), problem("ov", dim=DIM, question="decide")):
        trials = trials_for(asked, MAX_N, COUNT)
        for title, plan in plans(asked).items():
            lines.append(f"## {title}\n\n| where | change | outcome | |\n|---|---|---|---|\n")
            for mutant in mutants(asked, plan):
                verdict = judge(mutant, trials)
                totals[verdict.outcome.value] += 1
                why = why_equivalent(verdict)
                unexplained += verdict.outcome is Outcome.SURVIVED and why is None
                detail = why or verdict.detail
                lines.append(f"| {verdict.where} | {verdict.change} | {verdict.outcome.value} | {detail} |\n")
            lines.append("\n")
    summary = ", ".join(f"{count} {outcome}" for outcome, count in sorted(totals.items()))
    lines.insert(1, f"{totals.total()} mutants: {summary}; {unexplained} survivors without an argument.\n\n")
    TARGET.write_text("".join(lines))
    print(lines[1].strip(), f"-> {TARGET.name}")
    return int("--check" in sys.argv and unexplained > 0)


if __name__ == "__main__":
    sys.exit(main())
