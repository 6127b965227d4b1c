"""Models with one weight changed, of which Coq is asked whether its check accepts them."""

from __future__ import annotations

import random
import re
import subprocess
from collections.abc import Sequence
from pathlib import Path

import torch
from tests.check.tampering import Model, checked

from proofformer.artifacts.coq_file import coq_file

THEOREM = re.compile(
    r"\(\*\* (?:Two sets of d|D)ocuments of .*\*\)\nTheorem this_model_is_exact : (answers|decides) (.*)\.\n"
)
HEADER = "From Coq Require Import ZArith List.\nFrom Proofformer Require Import Net Spec Check Sound.\n"


def one_weight(model: Model, rng: random.Random) -> Model:
    """One weight, 0 or not, made another whole number."""
    config, tensors = model
    name = rng.choice(sorted(tensors))
    flat = tensors[name].clone().flatten()
    zero = rng.random() < 0.3 or not bool(flat.any())
    at = rng.choice(torch.nonzero((flat == 0) if zero else (flat != 0)).flatten().tolist() or [0])
    was = flat[at].item()
    flat[at] = rng.choice([w for w in (was - 4, was - 1, was + 1, was + 4, -was, 2 * was, 0) if w != was])
    return config, tensors | {name: flat.reshape(tensors[name].shape)}


def warmer(model: Model) -> Model:
    """All scores a quarter of what they are."""
    config, tensors = model
    return config, {name: t / 4 if name.endswith("query.weight") else t for name, t in tensors.items()}


def accepted(models: Sequence[Model], build: Path, folder: Path) -> list[bool]:
    """Whether Coq's check accepts each: all are asked in one file."""
    parts, questions = [HEADER + "Import ListNotations. Open Scope Z_scope."], []
    for k, model in enumerate(models):
        checked(folder / "altered", model)
        text = coq_file(folder / "altered")
        said = THEOREM.search(text)
        assert said is not None
        check = {"answers": "check", "decides": "check_decision"}[said[1]]
        definitions = text[text.index("Definition block_0") : said.start()]
        parts.append(f"Module M{k}.\n{definitions}End M{k}.")
        questions.append(f"{check} {said[2].replace(' W', '')} M{k}.W")
    parts.append(f"Eval vm_compute in [{'; '.join(questions)}].")
    file = folder / "Altered.v"
    file.write_text("\n".join(parts) + "\n")
    words = ["coqc", "-q", "-R", str(build), "Proofformer", str(file)]
    done = subprocess.run(words, capture_output=True, text=True, check=True)
    told = re.findall("true|false", done.stdout)
    assert len(told) == len(models)
    return [word == "true" for word in told]
