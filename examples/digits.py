"""The demo: the two most alike of 1,797 handwritten digits, found by a Transformer nobody trained.

scikit-learn ships the digits (8 x 8 pixels of 0..16). A pixel is dark, 1, where its level is at least 8: l = 64. The
script compiles closest pair, prints the numbers of the proof, verifies the model on random and adversarial inputs, asks
it for the closest pair beside the exact oracle, and draws the pair with the attention that found it.
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
from proofformer.circuit import Head, as_term
from proofformer.problems import PairAnswer
from proofformer.problems.oracle import count_closest
from proofformer.runtime import Model
from proofformer.theorems import theorem_for
from proofformer.verify import cases, verify

DARK = 8
FOLDER = Path("build/digits")


def digits() -> tuple[NDArray[np.uint8], NDArray[np.int64]]:
    """Binary pixels (1797, 64), and which digit each was meant to be."""
    from sklearn.datasets import load_digits

    data = load_digits()
    return (data.data >= DARK).astype(np.uint8), data.target


def show_proof(model: Model, seconds: float) -> None:
    """The numbers the planner chose, and how much room they leave."""
    plan, asked = model.plan, model.problem
    theorem = theorem_for(asked.name, asked.question, asked.metric)
    print(f"{theorem.section('Statement')}\n")
    attention, blocks = plan.depth
    parameters = sum(p.numel() for p in model.parameters())
    print(f"n <= {plan.max_n:,}, l = {asked.dim}, {plan.dtype.name}; compiled in {seconds:.2f} s")
    print(f"residual width {plan.layout.width}, {blocks} blocks ({attention} with attention), {parameters:,} weights")
    for name, digit_bits in plan.digits:
        radix = ", ".join(str(1 << (stop - start)) for start, stop in digit_bits)
        print(f"select {name}: T = {len(digit_bits)} round(s), R = {radix}")
    for h in plan.heads:
        head = next(n for n in plan.circuit.nodes if isinstance(n, Head) and n.name == h.name)
        order = "; ".join(f"{w:,} x ({as_term(e).label})" for w, e in zip(h.weights, head.order, strict=True))
        print(f"head {h.name}: b = {h.b}, score = {order}")
        leak, slack = float(h.leak), float(h.bounds.slack)
        print(f"  weight outside the best keys <= {leak:.4f}, slack of the restored bits {slack:.3f}")


def partner_attention(model: Model, X: NDArray[np.uint8], row: int) -> NDArray[np.float64]:
    """The partner head's softmax weights when document `row` asks: one number for each document."""
    n = len(X)
    block = model.transformer.get_submodule("blocks.0.attention")
    with torch.inference_mode():
        x = model.transformer.embed(model.tokens(torch.from_numpy(X)[None]))[0]
        at = n - row
        q, k = block.query(x[at]).double(), block.key(x[:at]).double()
        weights = torch.softmax(k @ q, dim=0).numpy()
    by_document = np.zeros(n)
    by_document[row + 1 :] = weights[1:][::-1]
    return by_document


def draw(
    X: NDArray[np.uint8], labels: NDArray[np.int64], answer: PairAnswer, weights: NDArray[np.float64], target: Path
) -> None:
    """The two digits, and which documents the first one looked at."""
    import matplotlib

    matplotlib.use("Agg")
    import matplotlib.pyplot as plt

    i, j = answer.pair or (0, 0)
    figure, (left, right, wide) = plt.subplots(1, 3, figsize=(10, 2.8), width_ratios=(1, 1, 2.6), layout="constrained")
    for axis, row in ((left, i), (right, j)):
        axis.imshow(X[row].reshape(8, 8), cmap="Greys")
        axis.set_title(f"document {row}, a {labels[row]}", fontsize=10)
        axis.set_xticks([])
        axis.set_yticks([])
    wide.axvspan(0, i + 1, color="0.9")
    wide.vlines(np.arange(len(weights)), 0, weights, color="C0", linewidth=1.5)
    wide.set_xlim(0, len(weights))
    wide.set_ylim(0, 1.1)
    side = -1 if j > len(weights) / 2 else 1
    place = "right" if side < 0 else "left"
    wide.text(j + side * 20, weights[j] - 0.05, f"{weights[j]:.4f} on document {j}", ha=place, va="top", fontsize=9)
    wide.set_xlabel("document (shaded: not seen, index not larger)", fontsize=9)
    wide.set_ylabel("attention weight")
    wide.set_title(f"partner head, document {i} asking", fontsize=10)
    target.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(target, dpi=130)


@click.command()
@click.option("--dtype", default="float32", help="float32, bfloat16 or float64.")
@click.option("--instances", default=100, help="Random, and as many adversarial, instances to verify on.")
@click.option("--figure", default="build/digits.png", type=click.Path(path_type=Path), help="Where to draw.")
def main(dtype: str, instances: int, figure: Path) -> None:
    """Compile closest pair, verify it, and find the two most alike handwritten digits."""
    X, labels = digits()
    start = perf_counter()
    model = pf.compile("closest-pair", dim=64, max_n=2048, dtype=dtype)
    show_proof(model, perf_counter() - start)
    model.save(FOLDER)
    model = pf.load(FOLDER)

    report = verify(model, cases(model, random=instances, adversarial=instances, seed=0))
    print(f"\nverified on {report.instances} instances, n up to {report.largest_n}: {report.wrong} wrong")

    start = perf_counter()
    answer = model.solve(X)
    seconds = perf_counter() - start
    expected = model.problem.answer(X)
    print(f"\n{len(X):,} handwritten digits, {X.shape[1]} pixels")
    print(f"Transformer: {answer}  ({seconds:.2f} s)")
    print(f"oracle:      {expected}")
    if not isinstance(answer, PairAnswer) or answer != expected or answer.pair is None or report.wrong:
        sys.exit(1)
    i, j = answer.pair
    print(f"document {i} is a {labels[i]}, document {j} a {labels[j]}; {count_closest(X)} pair(s) tie at this distance")
    draw(X, labels, answer, partner_attention(model, X, i), figure)
    print(f"figure: {figure}; model: {FOLDER}")


if __name__ == "__main__":
    main()
