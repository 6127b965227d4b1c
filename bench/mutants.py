"""Every planted bug in every head, and what caught it: for docs/mutants.md and docs/mutants-full.md.

python bench/mutants.py        an exception, and nothing is kept, when the checker certifies what answers wrongly
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import torch
from results import keep, machine

from proofformer import problem
from proofformer.circuit import Select, lower
from proofformer.planner import Plan, dtype_named, make_plan
from proofformer.problems import Problem
from proofformer.runtime import model_of
from proofformer.theorems import circuit_for
from prooflab.bugs.edits import Group, owners
from prooflab.bugs.mutator import Fate, Judgement, judge, mutants
from prooflab.bugs.trials import trials_for

DIM, SEARCH_N, DECIDE_N = 10, 32, 64
THRESHOLDS = {"ov": (None,), "min-ip": (2, 9), "max-ip": (3, 1), "closest-pair": (1, 9), "farthest-pair": (3, 1)}
"""One where the best pair can be planted at the threshold and one step off anywhere; one a step from trivial."""
LONG = ("closest-pair", 300, 1, 12)
"""A decision whose threshold takes two rows of 8 bits: problem, l, t, max_n."""
SHORT = {Fate.REFUSED: "r", Fate.WRONG: "w", Fate.INEXACT: "i", Fate.CERTIFIED: "c", Fate.SURVIVED: "s"}


@dataclass(frozen=True)
class Run:
    """All verdicts on one model."""

    problem: Problem
    plan: Plan
    form: str
    verdicts: tuple[Judgement, ...]

    def about(self, verdict: Judgement) -> str:
        """What the mutant's node belongs to."""
        return owners(self.plan.circuit).get(verdict.mutant.node, verdict.mutant.node)


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


def cell(outcomes: Counter[Fate]) -> str:
    return " ".join(f"{outcomes[o]}{short}" for o, short in SHORT.items() if outcomes[o]) or "-"


def by_head(found: list[Run]) -> list[list[str]]:
    """Heads down, kinds of mutant across, all forms together."""
    counts: dict[str, dict[Group, Counter[Fate]]] = defaultdict(lambda: defaultdict(Counter))
    for about, verdict in ((run.about(v), v) for run in found for v in run.verdicts):
        counts[about][verdict.mutant.group][verdict.outcome] += 1
    return [[head, *(cell(groups[g]) for g in Group)] for head, groups in counts.items()]


def each(found: list[Run]) -> list[list[str]]:
    """One line a mutant, one column a form; how many instances caught it. The first line is the head."""
    lines: dict[tuple[str, str], dict[str, str]] = defaultdict(dict)
    for run in found:
        for v in run.verdicts:
            lines[v.mutant.where, v.mutant.change][run.form] = SHORT[v.outcome] + (str(v.faults) if v.faults else "")
    forms = [run.form for run in found]
    told = [[*mutant, *(by_form.get(form, "") for form in forms)] for mutant, by_form in lines.items()]
    return [["where", "change", *forms], *told]


def survivors(found: dict[str, list[Run]]) -> dict[str, list[dict[str, Any]]]:
    """By kind: what the checker says of the survivors, and of which."""
    grouped: dict[tuple[Group, str], Counter[str]] = defaultdict(Counter)
    for title, run in ((title, run) for title, all_runs in found.items() for run in all_runs):
        for v in (v for v in run.verdicts if v.outcome is Fate.SURVIVED):
            grouped[v.mutant.group, v.says][f"{title}: {run.about(v)}"] += 1
    told: dict[Group, list[dict[str, Any]]] = defaultdict(list)
    for (group, says), places in sorted(grouped.items(), key=lambda item: -item[1].total()):
        told[group].append({"says": says, "where": places})
    return {group.value: told[group] for group in Group if group in told}


def main() -> None:
    torch.set_num_threads(1)
    found = {title: [run for asked, n in cases for run in runs(asked, n)] for title, cases in questions()}
    every = [v for all_runs in found.values() for run in all_runs for v in run.verdicts]
    believed = [v for v in every if v.outcome is Fate.BELIEVED]
    if believed:
        raise SystemExit(f"certified and wrong: {believed}")
    totals = Counter(v.outcome for v in every)
    told = {
        "totals": {outcome.value: totals[outcome] for outcome in Fate},
        "by_head": {title: by_head(all_runs) for title, all_runs in found.items()},
        "each": {title: each(all_runs) for title, all_runs in found.items()},
        "survivors": survivors(found),
        "machine": machine(),
    }
    keep("mutants", told)


if __name__ == "__main__":
    main()
