"""Time against tokens: formulas through orthogonal vectors. Writes docs/why-quadratic.md and its figure.

python bench/quadratic.py
"""

from __future__ import annotations

import os
import platform
from dataclasses import dataclass
from pathlib import Path
from random import Random
from statistics import median
from time import perf_counter
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from sat import random_formula

from proofformer.explain.figure_files import write_figure
from proofformer.reductions import Formula, Question
from proofformer.reductions.reduction import solve
from proofformer.reductions.sat import half_assignments
from proofformer.runtime.on_demand import OnDemand

if TYPE_CHECKING:
    from matplotlib.figure import Figure

DOCS = Path(__file__).resolve().parent.parent / "docs"
TEMPLATE, TARGET, FIGURE = (DOCS / f"why-quadratic{end}" for end in (".template.md", ".md", ".svg"))
VARIABLES, CLAUSES, REPEATS, FITTED = range(8, 31, 2), 112, 5, 4
"""So many clauses for every number of variables: l is the same for all. The slope is fitted to the largest few."""


@dataclass(frozen=True)
class Measured:
    variables: int
    documents: int
    satisfiable: bool
    seconds: float

    @property
    def tokens(self) -> int:
        """Documents, START and READ."""
        return self.documents + 2


def measure(variables: int) -> Measured:
    """The median time of the model's answer to one formula, all half-assignments kept."""
    formula = random_formula(Random(variables), variables, CLAUSES / variables)
    formula = Formula(variables, formula.clauses[:CLAUSES])
    times, documents = list[float](), list[int]()

    def oracle(asked: Question) -> Any:
        model = OnDemand().model(asked.problem, asked.instance.n)
        documents.append(asked.instance.n)
        for _ in range(REPEATS):
            start = perf_counter()
            answer = model.solve(asked.instance)
            times.append(perf_counter() - start)
        return answer

    assignment = solve(half_assignments(settle=False), formula, oracle)
    if assignment is not None and not formula.holds(assignment):
        raise SystemExit(f"{variables} variables: the assignment does not satisfy the formula")
    return Measured(variables, sum(documents), assignment is not None, median(times))


def slope(found: list[Measured]) -> float:
    """Of log seconds against log tokens, over the largest."""
    last = found[-FITTED:]
    return float(np.polyfit(np.log([m.tokens for m in last]), np.log([m.seconds for m in last]), 1)[0])


def draw(found: list[Measured]) -> Figure:
    from matplotlib.figure import Figure
    from matplotlib.ticker import FuncFormatter

    figure = Figure(figsize=(7.6, 3.8), layout="constrained")
    axes = figure.add_subplot()
    tokens, seconds = [m.tokens for m in found], [m.seconds for m in found]
    axes.loglog(tokens, seconds, marker="o", color="#009e73", linewidth=2, label="measured, median of 5")
    last = found[-1]
    line = [last.seconds * (t / last.tokens) ** 2 for t in tokens]
    axes.loglog(tokens, line, linestyle=":", color="#777777", label="slope 2")
    for m in found:
        axes.annotate(
            f"N = {m.variables}", (m.tokens, m.seconds), textcoords="offset points", xytext=(7, -10), fontsize=8
        )
    axes.set_xlim(right=2 * tokens[-1])
    axes.set_ylim(bottom=min(seconds) / 3, top=max(seconds) * 3)
    axes.set_xlabel("tokens, 2 x 2^(N/2) + 2", fontsize=9)
    axes.set_ylabel("seconds for one answer", fontsize=9)
    axes.tick_params(labelsize=8.5)
    for axis in (axes.xaxis, axes.yaxis):
        axis.set_major_formatter(FuncFormatter(lambda x, _: f"{x:,g}"))
    axes.grid(color="#dddddd", linewidth=0.5)
    axes.legend(fontsize=8.5, frameon=False, loc="upper left")
    return figure


def main() -> None:
    found = [measure(variables) for variables in VARIABLES]
    for m in found:
        print(f"N = {m.variables}: {m.tokens:,} tokens, {m.seconds:.4f} s", flush=True)
    rows = ["| variables N | tokens | satisfiable | seconds |", "|--:|--:|---|--:|"]
    for m in found:
        rows.append(f"| {m.variables} | {m.tokens:,} | {'yes' if m.satisfiable else 'no'} | {m.seconds:.3g} |")
    machine = f"{platform.machine()}, {os.cpu_count()} cores, torch {torch.__version__.split('+')[0]}, CPU, float32"
    summary = (
        f"{CLAUSES} random clauses of three variables, every half-assignment kept, no clause settled early; {machine}. "
        f"Over the last {FITTED} sizes the time grows as tokens to the power **{slope(found):.2f}**, and towards 2: in "
        "smaller ones what each token costs outweighs the pairs."
    )
    write_figure(FIGURE, lambda: draw(found))
    text = TEMPLATE.read_text()
    for name, part in (
        ("figure", f"![Seconds against tokens]({FIGURE.name})"),
        ("summary", summary),
        ("table", "\n".join(rows)),
    ):
        text = text.replace(f"{{{name}}}", part)
    TARGET.write_text(text)


if __name__ == "__main__":
    main()
