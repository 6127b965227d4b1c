"""Which head finds the partner? Activation patching in TransformerLens, on a model whose answer to that is known.

The script compiles the closest pair, opens it as a `TransformerBridge`, and asks about two instances: a clean one, and
one in which the second document of its closest pair is another. It runs the second with the output of one head on one
kind of token taken from the run on the first, and looks which patch brings the clean answer's second document back:
the partner head where documents ask, and the readout's head where READ does. Nothing of the plan is used until the last
column, which names the heads. Then it patches the stream before each layer, one token at a time, with the library's own
`get_act_patch_resid_pre`.

    pip install 'proofformer[transformerlens]'
    python examples/patching.py [--dim 8] [--documents 10] [--seed 0]
"""

from __future__ import annotations

import tempfile
from pathlib import Path

import click
import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from transformer_lens.patching import get_act_patch_resid_pre, make_df_from_ranges

import proofformer as pf
from proofformer.artifacts import format_named
from proofformer.artifacts.transformerlens import HookedFront
from proofformer.problems import PairAnswer

Rows = NDArray[np.uint8]


def instances(dim: int, n: int, seed: int) -> tuple[Rows, Rows]:
    """A clean instance with one closest pair (i, j) at distance 0, and one where i's only twin is another document."""
    if not 3 <= n <= 2**dim // 2:
        raise click.UsageError(f"{n} documents of {dim} bits: choose 3 to {2**dim // 2}, so that only two are equal")
    draw = np.random.default_rng(seed)
    while True:
        clean = draw.integers(0, 2, (n, dim), dtype=np.uint8)
        i, j, other = sorted(draw.choice(n, 3, replace=False))
        clean[j] = clean[i]
        corrupted = clean.copy()
        corrupted[[j, other]] = clean[[other, j]]
        distances = (clean[:, None] != clean).sum(2)[np.triu_indices(n, 1)]
        if (distances == 0).sum() == 1:
            return clean, corrupted


def second(logits: Tensor, found: HookedFront) -> int:
    """The second document of the pair that the bits at READ name."""
    bits = found.named(logits[:, -1]).j_bits[0]
    return sum(int(bit) << k for k, bit in enumerate(bits.round().tolist()))


def patched(found: HookedFront, x: Tensor, z: Tensor, layer: int, head: int, rows: slice) -> int:
    """The answer about rows `x` with the output of one head, on some tokens, taken from `z`."""

    def take(value: Tensor, hook: object) -> Tensor:
        value[:, rows, head] = z[:, rows, head]
        return value

    hooks = [(f"blocks.{layer}.attn.hook_z", take)]
    return second(found.hooked.run_with_hooks(x, fwd_hooks=hooks), found)


@click.command()
@click.option("--dim", default=8, show_default=True)
@click.option("--documents", "n", default=10, show_default=True)
@click.option("--seed", default=0, show_default=True)
def main(dim: int, n: int, seed: int) -> None:
    clean, corrupted = instances(dim, n, seed)
    with tempfile.TemporaryDirectory() as scratch:
        model = Path(scratch) / "model"
        format_named("transformerlens").write(pf.compile("closest-pair", dim=dim, max_n=n), model)
        found = pf.read(model)
    assert isinstance(found, HookedFront)
    for name, X in (("clean", clean), ("corrupted", corrupted)):
        answer = found.solve(X)
        assert isinstance(answer, PairAnswer)
        print(f"{name}: {answer}; the oracle says {found.problem.answer(X)}")
    x, y = (found.rows(torch.from_numpy(X)[None]) for X in (clean, corrupted))
    _, cache = found.hooked.run_with_cache(x)
    wanted, corrupt = (second(found.hooked(rows), found) for rows in (x, y))
    names = {where: name for name, where in found.heads.items()}
    print(f"\npatching the corrupted run (second document {corrupt}) from the clean one ({wanted}):\n")
    print("layer  head  on        second  brings it back  which is")
    for layer in range(found.hooked.cfg.n_layers):
        z = cache[f"blocks.{layer}.attn.hook_z"]
        for head in range(found.hooked.cfg.n_heads):
            for on, rows in (("documents", slice(1, -1)), ("READ", slice(-1, None))):
                got = patched(found, y, z, layer, head, rows)
                back = "yes" if got == wanted else "no"
                print(f"{layer:5}  {head:4}  {on:9} {got:6}  {back:14}  {names.get((layer, head), '(no head)')}")
    shape = (found.hooked.cfg.n_layers, n + 2)
    back = get_act_patch_resid_pre(
        found.hooked,
        y,
        cache,
        lambda logits: torch.tensor(float(second(logits, found) == wanted)),
        index_axis_names=None,  # Left to itself, it takes the width of rows for their number.
        index_df=make_df_from_ranges(shape, ["layer", "pos"]),
    )
    print("\ntokens (START, documents in reverse, READ) whose stream before the layer brings it back:\n")
    for layer, tokens in enumerate(back.view(shape)):
        print(f"{layer:5}  {' '.join('x' if token else '.' for token in tokens)}")


if __name__ == "__main__":
    main()
