"""How many models have their theorem in Coq, what that takes, and what Coq says of altered ones: for docs/trust.md.

python bench/coq.py [PART ..]        after `make proofs`, which leaves the proof in build/proofs
"""

from __future__ import annotations

import os
import random
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from results import ROOT, measure, seconds

sys.path.insert(0, str(ROOT))

from tests.check.tampering import checked, compiled, right
from tests.proofs.altered import accepted, one_weight
from tests.proofs.computed import MAX_N
from tests.proofs.computed import QUESTIONS as COMPUTED
from tests.proofs.computed import compared as file_of

from proofformer import problem
from proofformer.artifacts.coq_file import coq_file
from proofformer.check import CERTIFIED
from proofformer.compiler import INCLUSIVE, STRICT, Spec

PROOF = ROOT / "build" / "proofs"
QUESTIONS: dict[str, dict[str, Any]] = {
    **{name: {"name": name} for name in ("closest-pair", "farthest-pair", "min-ip", "max-ip", "ov")},
    "ov, two sets": {"name": "ov", "bichromatic": True},
    "closest-pair, at most 5": {"name": "closest-pair", "question": "decide", "threshold": 5},
    "max-ip, at least 5": {"name": "max-ip", "question": "decide", "threshold": 5},
}
"""What is asked, by what the page calls it."""
SIZES = [(l, max_n, "float32") for l in (8, 64) for max_n in (64, 4096)]
MORE = [
    *((l, 1 << 20, dtype) for l in (8, 64) for dtype in ("float32", "float64", "float16", "bfloat16")),
    *((64, 4096, dtype) for dtype in ("float64", "float16", "bfloat16")),
    (64, 1 << 16, "float32"),
    (256, 4096, "float32"),
]
"""l, max_n and dtype: of each question, and what else of the closest pair."""
ALTERED = 150
"""Models of each question, of l = 8 and max_n = 64, with one weight changed."""
COUNT = 20
"""Instances of each question that torch and Coq both evaluate."""


def lines() -> dict[str, int]:
    """Of each file of the proof."""
    return {file.stem: file.read_text().count("\n") for file in sorted((ROOT / "proofs" / "coq").glob("*.v"))}


def start() -> float:
    """Seconds of a core in which coqc reads the proof, and does nothing."""
    with tempfile.TemporaryDirectory() as scratch:
        file = Path(scratch) / "empty.v"
        file.write_text("From Coq Require Import ZArith List.\nFrom Proofformer Require Import Net Spec Check Sound.\n")
        return _coqc(file)


def version() -> str:
    """Of Coq."""
    return subprocess.run(["coqc", "--print-version"], capture_output=True, text=True, check=True).stdout.split()[0]


def _coqc(file: Path) -> float:
    words = ["coqc", "-q", "-R", str(PROOF), "Proofformer", str(file)]
    return seconds(lambda: subprocess.run(words, capture_output=True, check=True), lambda: sum(os.times()[2:4]))


def proved() -> list[dict[str, Any]]:
    """Models, and the seconds of a core that coqc took for each, with those that it takes to start."""
    asked = [(name, STRICT, *size) for name in QUESTIONS for size in SIZES]
    asked += [("closest-pair", mask, *size) for size in MORE for mask in (STRICT, INCLUSIVE)]
    return [
        _proved(name, Spec(problem(**QUESTIONS[name], dim=l), max_n, dtype, mask))
        for name, mask, l, max_n, dtype in asked
    ]


def _proved(name: str, spec: Spec) -> dict[str, Any]:
    with tempfile.TemporaryDirectory() as scratch:
        folder, file = Path(scratch) / "model", Path(scratch) / "model.v"
        assert checked(folder, compiled(spec))["code"] == CERTIFIED
        text = coq_file(folder)
        file.write_text(text)
        took = _coqc(file)
    size = {"model": name, "l": spec.problem.dim, "max_n": spec.max_n, "dtype": spec.dtype, "mask": spec.mask}
    print(size, took, flush=True)
    return size | {"seconds": took, "kilobytes": len(text) // 1000}


def altered() -> dict[str, dict[str, int]]:
    """By question: altered models that Coq refused, and those it accepted, which all are right if the proof is."""
    told = {}
    for name in QUESTIONS:
        rng, model = random.Random(name), compiled(Spec(problem(**QUESTIONS[name], dim=8), 64))
        models = [one_weight(model, rng) for _ in range(ALTERED)]
        with tempfile.TemporaryDirectory() as scratch:
            yes = accepted(models, PROOF, Path(scratch))
            known = [checked(Path(scratch) / "altered", m)["code"] == CERTIFIED for m in models]
        answers = [right(m) for m, so in zip(models, yes, strict=True) if so]
        told[name] = {
            "altered": len(models),
            "refused": yes.count(False),
            "accepted, right": answers.count(True),
            "accepted, wrong": answers.count(False),
            "accepted, not certified": sum(y and not k for k, y in zip(known, yes, strict=True)),
            "refused, and certified": sum(k and not y for k, y in zip(known, yes, strict=True)),
        }
        print(name, told[name], flush=True)
    return told


def compared() -> list[dict[str, Any]]:
    """Questions, and on how many instances Coq proves that its network puts out what the float64 model did."""
    told = []
    for of in COMPUTED:
        with tempfile.TemporaryDirectory() as scratch:
            file = Path(scratch) / "compared.v"
            file.write_text(file_of(of, COUNT, Path(scratch) / "model"))
            took = _coqc(file)
        told.append({"question": of.label, "max_n": MAX_N, "instances": COUNT, "seconds": took})
        print(told[-1], flush=True)
    return told


if __name__ == "__main__":
    parts = {"lines": lines, "version": version, "start": start, "proved": proved, "altered": altered}
    measure("coq", parts | {"compared": compared})
