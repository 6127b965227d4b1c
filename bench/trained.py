"""Trained models that differ in what mixes their tokens, beside the compiled one, on the question of T3 with r = 1.

python bench/trained.py        # trains what bench/results/trained.json lacks: all of it takes an hour on one core

The question is recall: of each of n pairs of documents one was read; was the one that is asked for? It is `ov` between
two sets: the query is the complement of a document.
"""

from __future__ import annotations

import math
import time
from itertools import combinations
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from mixers import DIM, KERNEL, LAYERS, MIXERS, STATE, WIDTH, Reader
from results import keep, kept, machine
from torch import Tensor, nn
from torch.nn import functional as F

from proofformer.challenge.instances import hard_question
from proofformer.compiler import Spec
from proofformer.runtime import Model
from proofformer.runtime.model import compiled

TRAINED_N, SIZES = 8, (8, 16, 64)
"""Documents that are read in training, and in the tests."""
STEPS, BATCH, WARMUP, CLIP = 2500, 128, 0.1, 1.0
RATES, TAKEN = (1e-4, 3e-4, 1e-3, 3e-3, 1e-2), 2
"""What is tried, and how many of them, those of the least cross-entropy, are given all seeds."""
SWEEP_SEED, SEEDS, TESTS = 0, (1, 2, 3), 4000
"""Seeds of the trainings that choose the rate, and of those that are tested, and draws of a test."""
VALIDATING, TESTING = 1 << 20, 1 << 21
"""Seeds of draws that no training has."""
SETTINGS = {"dim": DIM, "trained n": TRAINED_N, "width": WIDTH, "layers": LAYERS, "state size": STATE, "conv": KERNEL}
SETTINGS |= {"steps": STEPS, "batch": BATCH, "warm-up": WARMUP, "clip": CLIP, "tests": TESTS, "sweep seed": SWEEP_SEED}
Draws = tuple[npt.NDArray[np.uint8], npt.NDArray[np.uint8], npt.NDArray[np.uint8]]

PLACES = np.array(list(combinations(range(DIM), DIM // 2)))
MIDDLE = np.zeros((len(PLACES), DIM), np.uint8)
np.put_along_axis(MIDDLE, PLACES, 1, axis=1)


def draws(rng: np.random.Generator, n: int, count: int) -> Draws:
    """So many instances as `remembered` draws them: the documents, (count, n, l), the query, (count, 1, l), and the
    answers, (count,)."""
    pairs = rng.integers(len(MIDDLE), size=(count, 2 * n))
    while (again := (np.diff(np.sort(pairs, axis=1)) == 0).any(axis=1)).any():
        pairs[again] = rng.integers(len(MIDDLE), size=(int(again.sum()), 2 * n))
    pairs, each = pairs.reshape(count, n, 2), np.arange(count)
    taken, asked, answer = rng.integers(2, size=(count, n)), rng.integers(n, size=count), rng.integers(2, size=count)
    documents = np.take_along_axis(pairs, taken[..., None], axis=2)[..., 0]
    about = pairs[each, asked, np.where(answer, taken[each, asked], 1 - taken[each, asked])]
    return MIDDLE[documents], 1 - MIDDLE[about][:, None], answer.astype(np.uint8)


def trained(mixer: type[nn.Module], rate: float, seed: int, steps: int, batch: int) -> Reader:
    """A reader after so many batches of fresh draws: Adam, the rate warmed up and then let down by a cosine."""
    torch.manual_seed(seed)
    reader, rng = Reader(mixer), np.random.default_rng(seed)
    optimizer = torch.optim.Adam(reader.parameters(), lr=rate)
    warm = max(1, int(WARMUP * steps))
    schedule = torch.optim.lr_scheduler.LambdaLR(
        optimizer, lambda t: min((t + 1) / warm, (1 + math.cos(math.pi * max(0, t - warm) / (steps - warm))) / 2)
    )
    for _ in range(steps):
        documents, query, answer = map(torch.from_numpy, draws(rng, TRAINED_N, batch))
        loss = F.binary_cross_entropy_with_logits(reader(documents, query), answer.float())
        optimizer.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(reader.parameters(), CLIP)
        optimizer.step()
        schedule.step()
    return reader


@torch.no_grad()
def said(reader: Reader, drawn: Draws) -> Tensor:
    """How sure the reader is that the answer is yes, (count,)."""
    parts = zip(*(torch.from_numpy(x).split(500) for x in drawn[:2]), strict=True)
    return torch.cat([reader(documents, query) for documents, query in parts])


def right(reader: Reader, drawn: Draws) -> int:
    """How many of the draws are answered right."""
    return int(((said(reader, drawn) > 0).numpy() == drawn[2]).sum())


def right_of_compiled(model: Model, drawn: Draws) -> int:
    """How many of the draws the compiled model answers right."""
    parts = zip(*(torch.from_numpy(x).split(500) for x in drawn), strict=True)
    return sum(int((model(query, rows).decision[:, 0] == answer).sum()) for rows, query, answer in parts)


def tests(seed: int, n: int) -> Draws:
    """What every model is asked after the training of this seed."""
    return draws(np.random.default_rng((TESTING, seed, n)), n, TESTS)


def measured(found: dict[str, Any]) -> None:
    """What the numbers lack is measured, and they are kept whenever one more is there."""
    found |= {"settings": SETTINGS, "machine": machine()}
    if "compiled" not in found:
        model = compiled(Spec(hard_question("ov", DIM), max(SIZES) + 1))
        by_seed = {str(s): {str(n): right_of_compiled(model, tests(s, n)) for n in SIZES} for s in SEEDS}
        found["compiled"] = by_seed
        keep("trained", found)
    validation = draws(np.random.default_rng(VALIDATING), TRAINED_N, TESTS)
    for name, mixer in MIXERS.items():
        told = found.setdefault("models", {}).setdefault(name, {"sweep": {}, "seeds": {}, "seconds": 0})
        told["parameters"] = sum(p.numel() for p in Reader(mixer).parameters())
        told["bits"] = {str(n): 32 * LAYERS * mixer.state(n) for n in SIZES}
        for rate in (r for r in RATES if str(r) not in told["sweep"]):
            reader = timed(told, mixer, rate, SWEEP_SEED)
            loss = F.binary_cross_entropy_with_logits(said(reader, validation), torch.from_numpy(validation[2]).float())
            told["sweep"][str(rate)] = {"right": right(reader, validation), "loss": float(loss)}
            keep("trained", found)
        for rate, by_seed in ((rate, told["seeds"].setdefault(rate, {})) for rate in best(told["sweep"])):
            for seed in (s for s in SEEDS if str(s) not in by_seed):
                reader = timed(told, mixer, float(rate), seed)
                by_seed[str(seed)] = {str(n): right(reader, tests(seed, n)) for n in SIZES}
                keep("trained", found)
        if "longer" not in told:
            reader = timed(told, mixer, float(best(told["sweep"])[0]), SEEDS[0], 2 * STEPS)
            told["longer"] = {str(n): right(reader, tests(SEEDS[0], n)) for n in SIZES}
            keep("trained", found)


def best(sweep: dict[str, Any]) -> list[str]:
    """The rates of the least cross-entropy, the best one first."""
    return sorted(sweep, key=lambda rate: sweep[rate]["loss"])[:TAKEN]


def timed(told: dict[str, Any], mixer: type[nn.Module], rate: float, seed: int, steps: int | None = None) -> Reader:
    start = time.process_time()
    reader = trained(mixer, rate, seed, steps or STEPS, BATCH)
    told["seconds"] += round(time.process_time() - start)
    return reader


def main() -> None:
    torch.set_num_threads(1)
    found = kept("trained")
    measured(found if found.get("settings") == SETTINGS else {})


if __name__ == "__main__":
    main()
