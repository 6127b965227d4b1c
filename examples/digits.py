"""Two sets of handwritten digits: the eight and the one that look most alike, found by a Transformer nobody trained.

scikit-learn ships 1,797 digits of 8 x 8 pixels of 0..16. A pixel is dark, 1, where its level is at least 8: l = 64. The
script compiles the closest pair between two sets, prints the numbers of the proof, answers beside the exact oracle, and
draws the pair with the attention that found it.

    python examples/digits.py [8 1] [--dtype D] [--figure FILE]
"""

from __future__ import annotations

import sys
from pathlib import Path
from time import perf_counter

import click
import numpy as np
import torch
from numpy.typing import NDArray

import proofformer as pf
from proofformer.explain.attention import head_views
from proofformer.problems import PairAnswer
from proofformer.problems.oracle import profile
from proofformer.runtime import Model
from proofformer.runtime.tokens import labels
from proofformer.theorems import statement_for

DARK = 8
Bits = NDArray[np.uint8]


def digits(label: int) -> tuple[Bits, NDArray[np.int64]]:
    """Binary pixels (n, 64) of the digits meant to be `label`, and their numbers in scikit-learn's set."""
    from sklearn.datasets import load_digits

    data = load_digits()
    chosen = np.flatnonzero(data.target == label)
    return (data.data[chosen] >= DARK).astype(np.uint8), chosen


def show_proof(model: Model, seconds: float) -> None:
    """The statement, and the numbers the planner chose for it."""
    plan = model.plan
    attention, blocks = plan.depth
    print(f"{statement_for(model.problem, plan.max_n)}\n")
    print(f"{model.problem.label}, n <= {plan.max_n:,} in both sets, {plan.dtype.name}; compiled in {seconds:.2f} s")
    print(f"residual width {plan.layout.width}, {blocks} blocks ({attention} with attention)")
    for h in plan.heads:
        leak, slack = float(h.leak), float(h.bounds.slack)
        print(f"head {h.name}: b = {h.b}, leak <= {leak:.4f}, slack of the restored bits {slack:.3f}")


def partner_attention(model: Model, A: Bits, B: Bits, i: int) -> NDArray[np.float64]:
    """The weights of the partner head over B when document i of A asks: from the model's own queries and keys."""
    tokens = model.tokens(torch.from_numpy(A)[None], torch.from_numpy(B)[None])
    partner = next(view for view in head_views(model, tokens) if view.head.name == "partner")
    names = labels(tokens[0], model)
    weights = partner.weights(names.index(f"A{i}"))
    return np.array([weights[names.index(f"B{j}")] for j in range(len(B))])


def draw(
    titles: tuple[str, str], images: tuple[Bits, Bits], weights: NDArray[np.float64], j: int, target: Path
) -> None:
    """The two digits, where they differ, and where the partner head looked."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(11, 2.9), layout="constrained")
    *small, wide = figure.subplots(1, 4, width_ratios=(1, 1, 1, 2.6))
    a, b = (image.reshape(8, 8) for image in images)
    shown = ((titles[0], a, "Greys"), (titles[1], b, "Greys"), ("where they differ", a ^ b, "Reds"))
    for axis, (title, image, colours) in zip(small, shown, strict=True):
        axis.imshow(image, cmap=colours, vmin=0, vmax=1)
        axis.set_title(title, fontsize=10)
        axis.set_xticks([])
        axis.set_yticks([])
    wide.vlines(np.arange(len(weights)), 0, weights, color="C0", linewidth=1.5)
    wide.set_xlim(-1, len(weights))
    wide.set_ylim(0, 1.1)
    left = j > len(weights) / 2
    wide.text(
        j + (-3 if left else 3),
        weights[j] - 0.05,
        f"{weights[j]:.4f}",
        ha="right" if left else "left",
        va="top",
        fontsize=9,
    )
    wide.set_xlabel("documents of B", fontsize=9)
    wide.set_ylabel("attention weight", fontsize=9)
    wide.set_title(f"partner head: {titles[0]} asks", fontsize=10)
    target.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(target, dpi=130)


@click.command()
@click.argument("first", type=click.IntRange(0, 9), default=8)
@click.argument("second", type=click.IntRange(0, 9), default=1)
@click.option("--dtype", default="float32", show_default=True, help="float16, bfloat16, float32 or float64.")
@click.option("--figure", default="build/digits.png", show_default=True, type=click.Path(path_type=Path))
def main(first: int, second: int, dtype: str, figure: Path) -> None:
    """The digit FIRST and the digit SECOND that look most alike."""
    (A, names_a), (B, names_b) = digits(first), digits(second)
    start = perf_counter()
    model = pf.compile("closest-pair", dim=64, max_n=len(A) + len(B), bichromatic=True, dtype=dtype)
    show_proof(model, perf_counter() - start)

    start = perf_counter()
    answer, expected = model.solve(A, B), model.problem.answer(A, B)
    print(f"\n{len(A)} handwritten digits of label {first} (A), {len(B)} of label {second} (B)")
    print(f"Transformer: {answer}")
    print(f"oracle:      {expected}")
    if not isinstance(answer, PairAnswer) or answer != expected or answer.pair is None:
        sys.exit(1)
    i, j = answer.pair
    ties = profile(A, B, measure="hamming")[answer.value or 0]
    print(
        f"{names_a[i]} and {names_b[j]} of the data set differ in {answer.value} of 64 pixels; pairs that tie: {ties}"
    )
    titles = (f"A {i} (label {first})", f"B {j} (label {second})")
    draw(titles, (A[i], B[j]), partner_attention(model, A, B, i), j, figure)
    print(f"figure: {figure}")


if __name__ == "__main__":
    main()
