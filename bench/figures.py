"""Draws the figures of docs from what bench/results has, for `render.py`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from results import kept, slope

from proofformer.challenge.bounds import error_floor, log2_choices, middle, widest_blocks
from proofformer.challenge.findings import How
from proofformer.challenge.states import default_states
from proofformer.explain.figure_files import write_figure
from proofformer.explain.frontier import draw_frontiers
from proofformer.limits import Corner

if TYPE_CHECKING:
    from matplotlib.figure import Figure

Results = Mapping[str, Any]
DIM = 64
"""Keywords of the documents of the bounds."""
SIZES = [1 << k for k in range(5, 25)]
FLOORS = {"20,480 bits": 20480, "1 MiB": 1 << 23, "16 MiB": 1 << 27}
GREY = "0.6"


def diagram() -> Figure:
    """The first model of docs/how-it-works.md."""
    from how_it_works import run

    from proofformer.explain.diagram import draw_model

    model = run("closest-pair").model
    return draw_model(model.plan, model.problem.label)


def speed(found: Results) -> Figure:
    """Seconds of closest pair against n at l = 64, both on logarithmic scales."""
    from matplotlib.figure import Figure

    by_size = {int(n): times for l, n, times in ((*key.split(), t) for key, t in found["peers"].items()) if l == "64"}
    sizes = list(by_size)
    drawing = Figure(figsize=(7, 4.5), layout="constrained")
    axes = drawing.subplots()
    for name in by_size[sizes[0]]:
        times = [by_size[n].get(name) for n in sizes]
        if None not in times:
            wide, grows = 2.5 if "engine" in name else 1.2, slope(sizes[-2:], times[-2:])
            axes.loglog(sizes, times, marker="o", linewidth=wide, label=f"{name}: n^{grows:.1f} in the end")
    axes.set(xlabel="documents (l = 64)", ylabel="seconds, one thread")
    axes.set_xticks(sizes, [f"{n:,}" for n in sizes])
    axes.minorticks_off()
    axes.legend(fontsize=7)
    return drawing


def quadratic(found: Results) -> Figure:
    """Seconds of one answer against tokens, beside a line of slope 2."""
    from matplotlib.figure import Figure
    from matplotlib.ticker import FuncFormatter

    figure = Figure(figsize=(7.6, 3.8), layout="constrained")
    axes = figure.add_subplot()
    sizes = found["times"]["sizes"]
    tokens, seconds = ([size[what] for size in sizes] for what in ("tokens", "seconds"))
    axes.loglog(tokens, seconds, marker="o", color="#009e73", linewidth=2, label="measured, median of 5")
    line = [seconds[-1] * (t / tokens[-1]) ** 2 for t in tokens]
    axes.loglog(tokens, line, linestyle=":", color="#777777", label="slope 2")
    for size, at in zip(sizes, zip(tokens, seconds, strict=True), strict=True):
        axes.annotate(f"N = {size['variables']}", at, textcoords="offset points", xytext=(7, -10), fontsize=8)
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


def challenge(found: Results, trained: Results) -> Figure:
    """Wrong answers of kernels; bits that are needed, and what models keep; recall of trained models."""
    from matplotlib.figure import Figure

    drawing = Figure(figsize=(11, 6), layout="constrained")
    panels = drawing.subplot_mosaic([["errors", "bits"], ["errors", "recall"]])
    errors(panels["errors"], found)
    bits_needed(panels["bits"])
    recall(panels["recall"], trained)
    return drawing


def capability(found: Results) -> Figure:
    """How far four searches go, by l."""
    shown = {
        title: {dtype: [Corner(*corner) for corner in corners] for dtype, corners in by_dtype.items()}
        for title, by_dtype in found["frontiers"].items()
    }
    return draw_frontiers(shown)


FIGURES: dict[str, tuple[tuple[str, ...], Callable[..., Figure]]] = {
    "diagram.svg": ((), diagram),
    "speed.svg": (("speed",), speed),
    "why-quadratic.svg": (("quadratic",), quadratic),
    "capability.svg": (("capability",), capability),
    "challenge.svg": (("challenge", "trained"), challenge),
}
"""Each with the results that it shows."""


def draw(name: str, folder: Path) -> None:
    from matplotlib import rcParams

    needs, make = FIGURES[name]

    def drawn() -> Figure:
        rcParams["text.parse_math"] = True  # as powers on logarithmic axes are written; `write_figure` puts it back
        return make(*map(kept, needs))

    write_figure(folder / name, drawn)
