"""Replacements of attention in the compiled model of orthogonal vectors: how often they are wrong, and how small; stock
recurrent models: when they have forgotten; and the compiled hybrid.

python bench/challenge.py [kernels] [models] [hybrid]
"""

from __future__ import annotations

import json
import subprocess
import sys
from itertools import product
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter
from typing import Any

import numpy as np
import torch
from results import measure

from proofformer.challenge.findings import How, with_kernel
from proofformer.challenge.forgetting import fitted, wrong_on
from proofformer.challenge.instances import hard_question, remembered
from proofformer.challenge.kernels import BUILT_IN, Kernel
from proofformer.challenge.recurrent import stock_model
from proofformer.challenge.search import best_settings, searched
from proofformer.challenge.stock import NAMES
from proofformer.challenge.verdicts import Verdict
from proofformer.compiler import Spec
from proofformer.runtime import Model
from proofformer.runtime.model import compiled
from proofformer.verify.instances import Sets
from proofformer.verify.instances.draws import generator, sample
from proofformer.verify.judge import fails

PROBLEM, DIM = "ov", 16
SIZES = tuple(1 << k for k in range(10))
"""Documents that are read before the one that asks."""
TRIALS, FIT = 100, 16
SMALLEST_DIMS, SMALLEST_N = (2, 3, 16), 80
LAYERS, LEAST_LAYERS = (1, 4), {"rwkv": 2}
HYBRID_N, HYBRID_TRIALS = 512, 2000


def instances(model: Model, n: int, count: int, seed: int) -> list[Sets]:
    return remembered(np.random.default_rng((seed, n)), model.problem, n, count)


def wrong(asking: Model, drawn: list[Sets]) -> int:
    """How many of the instances, all of one size, are answered wrongly."""
    a, b = (torch.from_numpy(np.stack(rows)) for rows in zip(*drawn, strict=True))
    said = asking(a, b).decision[:, 0].tolist()
    right = [float(bool(asking.problem.answer(*sets))) for sets in drawn]
    return sum(x != y for x, y in zip(said, right, strict=True))


def errors(model: Model, kernel: Kernel) -> dict[str, dict[str, int]]:
    """By how the kernel is asked, and by n."""
    found: dict[str, dict[str, int]] = {How.AS_IS.value: {}, How.CALIBRATED.value: {}}
    for n in SIZES:
        test, fit = instances(model, n, TRIALS, 0), instances(model, n, FIT, 1)
        settings = best_settings(model, kernel, fit)
        found[How.AS_IS.value][str(n)] = wrong(with_kernel(model, kernel), test)
        found[How.CALIBRATED.value][str(n)] = wrong(with_kernel(model, kernel, settings), test)
        print(kernel.name, n, *(by_n[str(n)] for by_n in found.values()), flush=True)
    return found


def smallest(kernel: Kernel) -> dict[str, Any]:
    """The verdict, and the finding of each kind, in the fewest dimensions that have one."""
    found: dict[str, Any] = {"verdict": None, "tried": 0, "findings": {}}
    for dim in SMALLEST_DIMS:
        seen = searched(compiled(Spec(hard_question(PROBLEM, dim), SMALLEST_N)), kernel)
        found["verdict"], found["tried"] = seen.verdict.value, found["tried"] + seen.tried + seen.fitted
        for finding in seen.findings:
            found["findings"].setdefault(finding.how.value, {"dim": dim} | finding.to_json())
        print(kernel.name, dim, seen.verdict, flush=True)
        if len(found["findings"]) == 2 + (kernel.state is not None):
            break
    return found


def kernels() -> dict[str, Any]:
    model = compiled(Spec(hard_question(PROBLEM, DIM), max(SIZES) + 1))
    return {
        kernel.name: {"says": kernel.says, "cost": kernel.cost, "wrong": errors(model, kernel), **smallest(kernel)}
        for kernel in BUILT_IN.values()
    }


def models() -> list[dict[str, Any]]:
    """Each stock class with few layers and more, in both dtypes: as the command finds it, and replays it elsewhere."""
    found = []
    for name, layers, dtype in product(NAMES, LAYERS, ("float32", "bfloat16")):
        layers = max(layers, LEAST_LAYERS.get(name, 1))
        with TemporaryDirectory() as folder:
            witness = f"{folder}/witness"
            asked = [name, "--layers", str(layers), "--dtype", dtype, "--dim", str(DIM)]
            start = perf_counter()
            told = command(*asked, "-o", witness)
            seconds = perf_counter() - start
            told = {key: told[key] for key in ("model", "made", "verdict", "state_bits", "must_fail")} | {
                "dtype": dtype,
                "read": told["findings"][0]["documents"][1],
                "seconds": seconds,
                "replayed": command("--replay", witness)["verdict"],
            }
        if told["verdict"] != Verdict.COLLISION.value:
            told["wrong"] = forgets(name, layers, dtype)
        found.append(told)
        print(name, layers, dtype, told["verdict"], told["read"], f"{seconds:.0f} s", flush=True)
    return found


def command(*words: str) -> dict[str, Any]:
    """What the command says, in a process of its own."""
    said = subprocess.run(
        [str(Path(sys.executable).with_name("proofformer")), "challenge", *words, "--json"],
        capture_output=True,
        text=True,
    )
    if said.returncode > 1:
        raise SystemExit(said.stderr)
    told: dict[str, Any] = json.loads(said.stdout)
    return told


def forgets(name: str, layers: int, dtype: str) -> dict[str, int]:
    """Of draws of T3 with a readout that was fitted, how many are answered wrongly, by n."""
    model, asked = stock_model(name, DIM, dtype, layers=layers), hard_question(PROBLEM, DIM)
    found = {}
    for n in SIZES:
        fitted(model, asked, n + 1)
        draws = remembered(generator(0, "bench", n), asked, n, TRIALS)
        found[str(n)] = sum(wrong_on(model, asked, sets) is not None for sets in draws)
    return found


def layers_of(model: Model) -> list[dict[str, Any]]:
    """What the layers of the hybrid are, and the bits that READ's keep."""
    layers = []
    for block in model.transformer.blocks:
        if block.attention is not None:
            heads, values = block.attention.heads, block.attention.value.out_features
            state = (2 * heads + values) * 32 if block.read else None
            layers.append({"is": "recurrent, READ" if block.read else "full attention", "heads": heads, "state": state})
        if block.mlp is not None:
            layers.append({"is": "MLP, READ" if block.read else "MLP", "heads": 0, "state": None})
    return layers


def hybrid() -> dict[str, Any]:
    """The compiled hybrid: what its layers are, and its wrong answers on draws of `verify`'s families and of T3."""
    model = compiled(Spec(hard_question(PROBLEM, DIM), HYBRID_N))
    asking, rng = with_kernel(model, BUILT_IN["hybrid"]), np.random.default_rng(0)
    some = [sample(model.problem, rng, int(n)) for n in rng.integers(2, HYBRID_N + 1, HYBRID_TRIALS // 2)]
    for n in SIZES[:-1]:
        some += instances(model, n, -(-HYBRID_TRIALS // (2 * len(SIZES[:-1]))), 2)
    return {
        "max_n": HYBRID_N,
        "asked": len(some),
        "wrong": sum(fails(asking, sets) for sets in some),
        "layers": layers_of(model),
    }


PARTS = {"kernels": kernels, "models": models, "hybrid": hybrid}

if __name__ == "__main__":
    torch.set_num_threads(1)
    measure("challenge", PARTS, ("transformers",))
