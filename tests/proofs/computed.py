"""Instances that a float64 model and the network of proofs/coq/Net.v both evaluate: as files in which Coq proves that
the network over the real numbers puts out the bits that torch found."""

from __future__ import annotations

import random
from collections.abc import Iterable
from pathlib import Path

import torch

from proofformer import problem
from proofformer.artifacts.coq_file import definition
from proofformer.artifacts.model_folder import CONFIG, WEIGHTS
from proofformer.check import network_of, read_json, statement_of
from proofformer.problems import Problem
from proofformer.runtime.attention import sdpa
from proofformer.runtime.model import Model, compile_model

Instance = tuple[list[list[int]], list[int]]
"""The input signals of all tokens, and the bits that torch put out."""

DIM, MAX_N = 4, 5
QUESTIONS: tuple[Problem, ...] = (
    *(problem(name, dim=DIM) for name in ("closest-pair", "farthest-pair", "min-ip", "max-ip", "ov")),
    *(problem(name, dim=DIM, question="decide", threshold=2) for name in ("closest-pair", "farthest-pair")),
    *(problem(name, dim=DIM, question="decide", threshold=1) for name in ("min-ip", "max-ip")),
    problem("ov", dim=DIM, question="decide"),
)
HEADER = """From Coq Require Import Reals ZArith List.
From Proofformer Require Import Net Enclose.
Import ListNotations.
Open Scope Z_scope.
"""


def instances(model: Model, count: int, rng: random.Random) -> list[Instance]:
    """2 to max_n documents each, some of them alike or empty, with padding; what torch puts out is 0 or 1."""
    sizes = [rng.randint(2, model.max_n) for _ in range(count)]
    rows = torch.zeros(count, model.max_n, model.problem.dim, dtype=torch.uint8)
    for k in range(count):
        ones, kinds = rng.random(), rng.randint(1, model.max_n)
        few = [[int(rng.random() < ones) for _ in range(model.problem.dim)] for _ in range(kinds)]
        rows[k] = torch.tensor([rng.choice(few) for _ in range(model.max_n)])
    lengths = torch.tensor(sizes)
    tokens, bits = model.tokens(rows, lengths=lengths), torch.cat(tuple(model(rows, lengths=lengths)), dim=-1)
    assert bool(((bits == 0) | (bits == 1)).all()), "torch put out what is no bit"
    return list(zip(tokens.to(torch.int64).tolist(), bits.to(torch.int64).tolist(), strict=True))


def compared(of: Problem, count: int, folder: Path, seed: int = 0, flip: bool = False) -> str:
    """A file of Coq: the weights of a float64 model as they are stored, and the theorem that its network puts out, on
    each instance, what torch did (`flip`: on the last one, but for one bit)."""
    model = compile_model(of, max_n=MAX_N, dtype="float64")
    model.attention = sdpa
    model.save(folder)
    told = read_json((folder / CONFIG).read_bytes(), CONFIG)
    network = network_of(told, (folder / WEIGHTS).read_bytes(), statement_of(told))
    assert all(block.heads <= 1 for block in network.blocks), "`definition` writes one head for a block"
    tried = instances(model, count, random.Random(seed))
    if flip:
        tried[-1][1][seed % len(tried[-1][1])] ^= 1
    listed = ";\n  ".join(f"({_list(map(_list, tokens))}, {_list(bits)})" for tokens, bits in tried)
    return "\n".join(
        [
            HEADER + "\n".join(definition(network)),
            f"Definition instances : list (list (list Z) * list Z) := [\n  {listed}].",
            "Theorem the_same_bits : Forall (fun e => outputs W (map input (fst e)) = map IZR (snd e)) instances.",
            "Proof. apply agrees_sound. vm_cast_no_check (eq_refl true). Qed.",
            "",
        ]
    )


def _list(items: Iterable[object]) -> str:
    return f"[{'; '.join(map(str, items))}]"
