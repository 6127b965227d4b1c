"""Which adversarial family is the first to catch which class of mutant."""

from __future__ import annotations

import zlib
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch

from proofformer import compile as compile_problem
from proofformer.errors import InputError, ProofError
from proofformer.runtime import Model
from proofformer.verify.checks.adversarial import purposes
from proofformer.verify.instances import Sets, families_for
from proofformer.verify.instances.draws import split
from proofformer.verify.instances.edges import edge_families
from proofformer.verify.recorder import Recorded
from proofformer.verify.weights import alterations, altered
from prooflab.bugs.edits import owners
from prooflab.bugs.mutator import mutants

QUESTIONS: tuple[tuple[str, dict[str, Any]], ...] = (
    ("closest-pair", {}),
    ("closest-pair", {"bichromatic": True}),
    ("farthest-pair", {}),
    ("ov", {}),
    ("ov", {"bichromatic": True, "question": "decide"}),
    ("ov", {"question": "decide"}),
    ("min-ip", {}),
    ("max-ip", {"bichromatic": True}),
    ("min-ip", {"threshold": 2}),
    ("max-ip", {"threshold": 3, "bichromatic": True}),
    ("closest-pair", {"metric": "cityblock", "levels": 3}),
    ("farthest-pair", {"metric": "sqeuclidean", "levels": 2, "bichromatic": True}),
    ("msd", {}),
    ("lsd", {"bichromatic": True}),
    ("msd", {"threshold": "1/2"}),
)
DIM, MAX_N, OF_EACH, WEIGHTS = 8, 40, 24, 250


@dataclass(frozen=True)
class Mutated:
    """A mutant that can be built, and its class in words."""

    kind: str
    model: Model


def every_mutant(model: Model, seed: int, weights: int) -> Iterator[Mutated]:
    """Bugs planted in the circuit, the numbers, the mask and the gates; and altered weights."""
    of = owners(model.plan.circuit)
    for mutant in mutants(model.problem, model.plan):
        try:
            yield Mutated(f"{mutant.group}: {of.get(mutant.node, mutant.node)}", mutant.make())
        except (ProofError, InputError):
            continue
    for alteration in alterations(model, seed, weights):
        part = ".".join(alteration.tensor.split(".")[2:-1]) or alteration.tensor.split(".")[0]
        yield Mutated(f"weights: {part} {alteration.change}", altered(model, alteration))


def drawn(model: Model, count: int) -> dict[str, list[Sets]]:
    """So many instances of each family, of at most max_n documents."""
    asked, found = model.problem, {}
    for family in families_for(asked):
        rngs = [np.random.default_rng((zlib.crc32(family.name.encode()), k)) for k in range(count)]
        sizes = [split(rng, int(rng.integers(2, model.max_n + 1)), asked.bichromatic) for rng in rngs]
        found[family.name] = [family.make(rng, asked, s) for rng, s in zip(rngs, sizes, strict=True)]
    for edge in edge_families(asked):
        rngs = [np.random.default_rng((zlib.crc32(edge.name.encode()), k)) for k in range(count)]
        found[edge.name] = [edge.make(rng, asked, model.plan) for rng in rngs]
    return found


def recorded(model: Model, instances: list[Sets]) -> Recorded | list[Recorded]:
    """One batch, or where the two sets together would be too large, one for each instance."""
    try:
        return Recorded.of(model, instances, 0)
    except InputError:
        return [Recorded.of(model, [sets], k) for k, sets in enumerate(instances)]


def wrong_answers(model: Model, batch: Recorded | list[Recorded]) -> list[bool]:
    """For each instance, whether the mutant answers it differently."""
    if isinstance(batch, list):
        return [answer for one in batch for answer in wrong_answers(model, one)]
    with torch.inference_mode():
        output = model.transformer(batch.tokens, model.attention)
    if output.shape != batch.output.shape:
        return [True] * len(output)
    return ((output != batch.output) & batch.matters).any(1).tolist()


def first_to_catch(scale: float = 1.0) -> dict[str, dict[str, Any]]:
    """For each family: mutants it catches, those it catches before all other families, and in which class mostly."""
    caught: Counter[str] = Counter()
    first: dict[str, Counter[str]] = defaultdict(Counter)
    alone: dict[str, Counter[str]] = defaultdict(Counter)
    purpose: dict[str, str] = {}
    tried: Counter[str] = Counter()
    questions = QUESTIONS if scale >= 1 else QUESTIONS[:1]
    for seed, (name, more) in enumerate(questions):
        model = compile_problem(
            name, dim=DIM, max_n=MAX_N, **({"metric": "cosine"} if name in ("msd", "lsd") else {}), **more
        )
        purpose |= {k: v for k, v in purposes(model).items() if k not in purpose}
        batches = {family: recorded(model, sets) for family, sets in drawn(model, OF_EACH).items()}
        for mutated in every_mutant(model, seed, round(WEIGHTS * min(1, scale * 10))):
            when = {}
            for family, batch in batches.items():
                wrong = wrong_answers(mutated.model, batch)
                if any(wrong):
                    when[family] = wrong.index(True), -sum(wrong)
            for family in batches:
                tried[family] += 1
            for family in when:
                caught[family] += 1
            if len(when) == 1:
                [only] = when
                alone[only][mutated.kind] += 1
            best = [family for family in when if when[family] == min(when.values())]
            if len(best) == 1:
                first[best[0]][mutated.kind] += 1
        print(f"first to catch: {model.problem.label}: {sum(1 for _ in batches)} families", flush=True)
    firsts = sum(first.values(), Counter())
    return {
        family: {
            "purpose": purpose[family],
            "caught": round(100 * caught[family] / tried[family]),
            "tried": tried[family],
            "first": first[family].total(),
            "class": _own(first[family], firsts),
            "only": alone[family].total(),
            "only class": (alone[family].most_common(1) or [("", 0)])[0][0],
        }
        for family in tried
    }


def _own(mine: Counter[str], all_of_them: Counter[str]) -> str:
    """The class that is common here and not elsewhere."""
    return max(mine, key=lambda kind: mine[kind] ** 2 / all_of_them[kind], default="")
