"""Writes docs/mutants.md and docs/mutants-full.md: every planted bug in every head, and what caught it.

python bench/mutants.py [--check]        --check: exit 1 when a survivor has no argument
"""

from __future__ import annotations

import sys
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import torch

from proofformer import problem
from proofformer.circuit import Select, lower
from proofformer.planner import Plan, dtype_named, make_plan
from proofformer.problems import Problem
from proofformer.runtime import model_of
from proofformer.theorems import circuit_for
from prooflab.bugs.edits import Group, stem
from prooflab.bugs.mutator import Outcome, Verdict, judge, mutants
from prooflab.bugs.trials import trials_for
from prooflab.classes.equivalents import why_equivalent

DIM, SEARCH_N, DECIDE_N = 10, 32, 64
THRESHOLDS = {"ov": (None,), "min-ip": (2, 9), "max-ip": (3, 1), "closest-pair": (1, 9), "farthest-pair": (3, 1)}
"""One where the best pair can be planted at the threshold and one step off anywhere; one a step from trivial."""
LONG = ("closest-pair", 300, 1, 12)
"""A decision whose threshold takes two rows of 8 bits: problem, l, t, max_n."""
SHORT = {Outcome.REFUSED: "r", Outcome.WRONG: "w", Outcome.INEXACT: "i", Outcome.SURVIVED: "s"}
DOCS = Path(__file__).resolve().parent.parent / "docs"

HEADER = f"""# Planted bugs

Written by `bench/mutants.py`. One change at a time to a compiled circuit, to one of its numbers, to the mask or to a
gate's units (float32, l = {DIM}; searches for max_n = {SEARCH_N}, in one round and in two; decisions for max_n =
{DECIDE_N}, at two thresholds, and one at l = {LONG[1]} whose threshold needs two rows; each for one set and two). A
mutant is *refused* (r) by the typing rules or the planner; or gives a *wrong* (w) answer on one of the adversarial
instances (the best pair at every place and everything else one step worse, none at the optimum, ties, pairs inside a
set that beat all across, padding anywhere); or leaves a restored signal of some token *inexact* (i), neither 0 nor 1;
or it *survives* (s), and then an argument says why nothing changed. [Every mutant](mutants-full.md).

"""

COLUMNS = """The columns: **entries** of a head dropped, exchanged, the index digit cut; **scores** reversed, inner
product for agreement; **START**'s part of a score, its threshold; **flags** of the two sets exchanged, an AND left
out, reads exchanged; **gates** that count, look up or AND; **weights** of the levels and temperature (**b**) off; a
token that sees itself (**mask**); thresholds of the **restore** gates moved.

"""


@dataclass(frozen=True)
class Run:
    """All verdicts on one model."""

    problem: Problem
    plan: Plan
    form: str
    verdicts: tuple[Verdict, ...]


def questions() -> Iterator[tuple[str, list[tuple[Problem, int]]]]:
    """Title, and the problems with their max_n that share a table."""
    for name in THRESHOLDS:
        sets = (False, True)
        yield f"{name}, search", [(problem(name, dim=DIM, bichromatic=two), SEARCH_N) for two in sets]
        yield (
            f"{name}, decide",
            [
                (problem(name, dim=DIM, question="decide", threshold=t, bichromatic=two), DECIDE_N)
                for t in THRESHOLDS[name]
                for two in sets
            ],
        )
    name, dim, t, max_n = LONG
    long = [(problem(name, dim=dim, threshold=t, bichromatic=two), max_n) for two in (False, True)]
    yield f"{name}, decide, l = {dim}", long


def runs(asked: Problem, max_n: int) -> Iterator[Run]:
    """The planner's own plan, and for a search the same circuit in two rounds."""
    circuit, search = circuit_for(asked, max_n), asked.question == "search"
    planted, others = (60, 20) if not search else (120, 20) if asked.bichromatic else (500, 40)
    trials = trials_for(asked, max_n, planted, others)
    for rounds in (1, 2) if search else (1,):
        selects = {n.name: rounds for n in circuit.nodes if isinstance(n, Select)}
        plan = make_plan(lower(circuit, selects), max_n=max_n, dtype=dtype_named("float32"))
        if trials.faults(model_of(asked, plan)) != (0, 0):
            raise SystemExit(f"{asked.label}: the model itself is wrong")
        print(f"{asked.label}, T = {rounds}: {len(trials)} instances", flush=True)
        form = "two sets" if asked.bichromatic else "one set"
        form += f", t = {asked.cut}" if asked.threshold is not None else f", T = {rounds}" if search else ""
        yield Run(asked, plan, form, tuple(judge(m, trials) for m in mutants(asked, plan)))


def cell(outcomes: Counter[Outcome]) -> str:
    return " ".join(f"{outcomes[o]}{SHORT[o]}" for o in Outcome if outcomes[o]) or "-"


def table(found: list[Run]) -> Iterator[str]:
    """Heads down, kinds of mutant across, all forms together."""
    counts: dict[str, dict[Group, Counter[Outcome]]] = defaultdict(lambda: defaultdict(Counter))
    for verdict in (v for run in found for v in run.verdicts):
        counts[stem(verdict.mutant.where)][verdict.mutant.group][verdict.outcome] += 1
    yield "| | " + " | ".join(Group) + " |\n|---|" + "---|" * len(Group) + "\n"
    for head, groups in counts.items():
        yield f"| {head} | " + " | ".join(cell(groups[g]) for g in Group) + " |\n"


def full(found: list[Run]) -> Iterator[str]:
    """One line a mutant, one column a form; how many instances caught it."""
    lines: dict[tuple[str, str], dict[str, str]] = defaultdict(dict)
    for run in found:
        for v in run.verdicts:
            caught = "" if v.outcome in (Outcome.REFUSED, Outcome.SURVIVED) else v.detail.split()[0]
            lines[v.mutant.where, v.mutant.change][run.form] = SHORT[v.outcome] + caught
    forms = [run.form for run in found]
    yield "| where | change | " + " | ".join(forms) + " |\n|---|---|" + "---|" * len(forms) + "\n"
    for (where, change), by_form in lines.items():
        yield f"| {where} | {change} | " + " | ".join(by_form.get(f, "") for f in forms) + " |\n"


def survivors(found: dict[str, list[Run]]) -> tuple[list[str], int]:
    """The arguments with what they explain, and how many survivors have none."""
    grouped: dict[str, Counter[str]] = defaultdict(Counter)
    unexplained = 0
    for title, run in ((title, run) for title, all_runs in found.items() for run in all_runs):
        for verdict in (v for v in run.verdicts if v.outcome is Outcome.SURVIVED):
            why = why_equivalent(run.problem, run.plan, verdict)
            unexplained += why is None
            grouped[why or "NO ARGUMENT"][f"{title}: {stem(verdict.mutant.where)}"] += 1
    lines = ["## Why the survivors changed nothing\n\n"]
    for why, places in sorted(grouped.items(), key=lambda item: -item[1].total()):
        where = "; ".join(f"{place} ({count})" for place, count in places.items())
        lines.append(f"* **{places.total()}**: {why}.\n  <br>{where}\n")
    return lines, unexplained


def main() -> int:
    torch.set_num_threads(1)
    found = {title: [run for asked, n in cases for run in runs(asked, n)] for title, cases in questions()}
    totals = Counter(v.outcome for all_runs in found.values() for run in all_runs for v in run.verdicts)
    explained, unexplained = survivors(found)
    counts = ", ".join(f"{totals[o]} {o.value}" for o in Outcome)
    summary = f"**{totals.total()} mutants: {counts}; {unexplained} survivors without an argument.**\n\n"
    body = [HEADER, summary, COLUMNS]
    everything = [
        "# Every planted bug\n\nWritten by `bench/mutants.py`; [the summary](mutants.md) explains the letters.\n\n"
    ]
    for title, all_runs in found.items():
        body += [f"## {title}\n\n", *table(all_runs), "\n"]
        everything += [f"## {title}\n\n", *full(all_runs), "\n"]
    (DOCS / "mutants.md").write_text("".join(body + explained))
    (DOCS / "mutants-full.md").write_text("".join(everything).rstrip("\n") + "\n")
    print(summary.strip("*\n"), "-> docs/mutants.md, docs/mutants-full.md")
    return int("--check" in sys.argv and unexplained > 0)


if __name__ == "__main__":
    sys.exit(main())
