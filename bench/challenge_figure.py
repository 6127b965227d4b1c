"""Draws docs/challenge.svg from the numbers that docs/challenge.json and docs/trained.json have, and the bounds.

python bench/challenge_figure.py
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from proofformer.challenge.bounds import error_floor, log2_choices, middle, widest_blocks
from proofformer.challenge.findings import How
from proofformer.challenge.states import default_states

DOCS = Path(__file__).resolve().parent.parent / "docs"
FIGURE = DOCS / "challenge.svg"
DIM = 64
"""Keywords of the documents of the bounds."""
SIZES = [1 << k for k in range(5, 25)]
FLOORS = {"20,480 bits": 20480, "1 MiB": 1 << 23, "16 MiB": 1 << 27}
GREY = "0.6"


def errors(axes: Any, found: dict[str, Any]) -> None:
    """How often each kernel is wrong, at its best temperatures and thresholds."""
    for name, told in found["kernels"].items():
        by_n = told["wrong"][How.CALIBRATED.value]
        rates = [100 * count / found["trials"] for count in by_n.values()]
        best = name in ("softmax", "topk", "hybrid")
        axes.plot(list(map(int, by_n)), rates, marker="o" if best else ".", linewidth=2.5 if best else 1.2, label=name)
    axes.axhline(50, color=GREY, linestyle=":", linewidth=1)
    axes.set_xscale("log", base=2)
    axes.set(
        title="Kernels in the place of softmax, calibrated",
        xlabel=f"documents read, l = {found['dim']}",
        ylabel=f"wrong answers of {found['trials']}",
        ylim=(-2, 60),
    )
    axes.legend(fontsize=7, loc="upper left", ncols=2)


def bits_needed(axes: Any) -> None:
    """T1, and what stock models keep."""
    axes.loglog(SIZES, [float(log2_choices(middle(DIM), n)) for n in SIZES], linewidth=2.5, color="black")
    axes.annotate(
        "needed: log2 C(N, n)", (SIZES[6], float(log2_choices(middle(DIM), SIZES[8]))), fontsize=8, rotation=18
    )
    kept: dict[int, list[str]] = {}
    for size in default_states("bfloat16"):
        if not size.bits_per_token:
            kept.setdefault(size.bits, []).append(size.name)
    for k, (bits, names) in enumerate(sorted(kept.items())):
        axes.axhline(bits, color=f"C{k}", linewidth=1)
        above = k % 2
        at = (SIZES[0], bits * (1.2 if above else 0.85))
        axes.annotate(", ".join(names), at, fontsize=7, color=f"C{k}", va="bottom" if above else "top")
    axes.set(title=f"Bits of state, l = {DIM}: proved for any weights", xlabel="documents read", ylabel="bits")
    axes.set_ylim(top=3e10)


def recall(axes: Any, found: dict[str, Any]) -> None:
    """The floor of T3, and what trained models do long before it."""
    for k, (label, bits) in enumerate(FLOORS.items()):
        floor = [100 * float(error_floor(bits, n, widest_blocks(DIM, n))) for n in SIZES]
        axes.plot(SIZES, floor, color="black", linestyle=("-", "--", ":")[k], label=f"floor of T3, {label}, l = {DIM}")
    of = found["settings"]["tests"]
    for k, (name, told) in enumerate(found["models"].items()):
        # At the better of two rates, which stands first: the mean of three seeds, from the least to the largest.
        seeds = list(next(iter(told["seeds"].values())).values())
        sizes = sorted(map(int, seeds[0]))
        wrong = [[100 - 100 * by_n[str(n)] / of for by_n in seeds] for n in sizes]
        means = [sum(rates) / len(rates) for rates in wrong]
        bars = [[mean - min(rates) for mean, rates in zip(means, wrong, strict=True)]]
        bars.append([max(rates) - mean for mean, rates in zip(means, wrong, strict=True)])
        style: dict[str, Any] = {"color": f"C{k}", "marker": ".", "linewidth": 1.2, "capsize": 2}
        axes.errorbar(sizes, means, yerr=bars, label=f"{name}, trained, l = {found['settings']['dim']}", **style)
    told = f"compiled, l = {found['settings']['dim']}"
    axes.plot(sizes, [0] * len(sizes), color="black", marker="o", markersize=4, linestyle="", label=told)
    axes.set_xscale("log", base=2)
    axes.set(title="Recall", xlabel="documents read", ylabel="wrong, %", ylim=(-2, 85))
    axes.set_yticks(range(0, 60, 10))
    axes.legend(fontsize=6, loc="upper left", ncols=2)


def main() -> None:
    from matplotlib import rc_context
    from matplotlib.figure import Figure

    found, trained = (json.loads((DOCS / name).read_text()) for name in ("challenge.json", "trained.json"))
    drawing = Figure(figsize=(11, 6), layout="constrained")
    panels = drawing.subplot_mosaic([["errors", "bits"], ["errors", "recall"]])
    errors(panels["errors"], found)
    bits_needed(panels["bits"])
    recall(panels["recall"], trained)
    with rc_context({"svg.hashsalt": "the same names in every file"}):
        drawing.savefig(FIGURE, metadata={"Date": None})


if __name__ == "__main__":
    main()
