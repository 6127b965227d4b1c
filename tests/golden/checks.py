"""What the checks find today: digests of campaigns, and what catches each altered weight."""

from __future__ import annotations

import hashlib
import json
import tempfile
from pathlib import Path
from typing import Any
from unittest.mock import patch

from tests.cases import CASES
from tests.golden.internals import (
    Campaign,
    Model,
    Outcome,
    Shard,
    Subject,
    alterations,
    families_for,
    generator,
    mutants_check,
    run_shard,
)

import proofformer

MODELS: tuple[dict[str, Any], ...] = (
    {"name": "closest-pair", "dim": 3, "max_n": 6},
    {"name": "ov", "question": "decide", "dim": 3, "max_n": 6, "dtype": "bfloat16"},
    {"name": "farthest-pair", "dim": 2, "max_n": 7, "bichromatic": True, "dtype": "float64"},
    {"name": "msd", "dim": 3, "max_n": 6},
    {"name": "max-ip", "threshold": 1, "dim": 2, "max_n": 7, "bichromatic": True, "dtype": "float16"},
    {"name": "closest-pair", "metric": "sqeuclidean", "levels": 2, "dim": 2, "max_n": 6},
)
MUTATED: tuple[dict[str, Any], ...] = (
    {"name": "farthest-pair", "dim": 5, "max_n": 6},
    {"name": "ov", "question": "decide", "dim": 5, "max_n": 9, "bichromatic": True, "dtype": "bfloat16"},
    {"name": "closest-pair", "dim": 3, "max_n": 6, "bichromatic": True, "dtype": "float64"},
    {"name": "msd", "dim": 4, "max_n": 6, "bichromatic": True},
    {"name": "max-ip", "threshold": 2, "dim": 3, "max_n": 7, "bichromatic": True, "dtype": "float16"},
    {"name": "closest-pair", "metric": "sqeuclidean", "levels": 2, "dim": 2, "max_n": 6, "bichromatic": True},
)
"""Mostly of two sets, whose instances are made fastest."""
COUNTS = {"random": 60, "adversarial": 60, "metamorphic": 40, "exhaustive": 13}
"""Of these, exhaustive counts bits, not instances."""
CIRCUITS, ALTERED = 10, 30


def campaigns() -> dict[str, Any]:
    """model, check, family -> counts, and one digest of its shards."""
    found: dict[str, Any] = {}
    with tempfile.TemporaryDirectory() as folder:
        for k, asked in enumerate(MODELS):
            path = Path(folder, str(k))
            proofformer.compile(**asked).save(path)
            found |= _lines(_name(asked), Campaign.of([Subject.of(str(path))], COUNTS, seed=k))
    return found | _lines("no model", Campaign.of([], {"circuits": CIRCUITS}, seed=0))


def mutants() -> dict[str, Any]:
    """model -> altered weight -> what catches it, or certified, or survived."""
    # The check first asks whether the model itself is right on every instance: the campaigns do, and it takes longer.
    with patch.object(mutants_check, "fails", return_value=False):
        return {_name(asked): _verdicts(proofformer.compile(**asked)) for asked in MUTATED}


def families() -> dict[str, str]:
    """problem, family -> a digest of some of its instances."""
    found = {}
    for case in CASES:
        asked = case.problem(8)
        for family in families_for(asked):
            digest = hashlib.sha256()
            for number in range(4):
                sizes = (5 + number, 4) if asked.bichromatic else (9 + number,)
                for rows in family.make(generator(0, family.name, number), asked, sizes):
                    digest.update(f"{rows.shape} {rows.dtype}".encode() + rows.tobytes())
            found[f"{asked.label}: {family.name}"] = digest.hexdigest()[:16]
    return found


def _name(asked: dict[str, Any]) -> str:
    return " ".join([asked["name"], *(f"{name}={value}" for name, value in asked.items() if name != "name")])


def _verdicts(model: Model) -> dict[str, str]:
    return {str(a): mutants_check.judge(model, a)[0] for a in alterations(model, 0, ALTERED)}


def _lines(name: str, campaign: Campaign) -> dict[str, Any]:
    """The shards of each family added up, in their order."""
    found: dict[str, Any] = {}
    digests: dict[str, Any] = {}
    for shard in campaign.shards:
        outcome, _ = run_shard(campaign.subjects[shard.model], shard)
        key = f"{name}: {shard.check}, {shard.family}"
        line = found.setdefault(key, {"instances": 0, "wrong": 0, "largest_n": 0})
        line["instances"] += outcome.instances
        line["wrong"] += outcome.wrong
        line["largest_n"] = max(line["largest_n"], outcome.largest_n)
        digests.setdefault(key, hashlib.sha256()).update(record(shard, outcome))
    return {key: {**line, "sha256": digests[key].hexdigest()} for key, line in found.items()}


def record(shard: Shard, outcome: Outcome) -> bytes:
    """A shard and all it found, without the hash of the model's config: how a model is stored is not what is frozen."""
    of_shard = (shard.check, shard.family, shard.seed, shard.start, shard.stop)
    return json.dumps([of_shard, outcome.to_json()], sort_keys=True).encode() + b"\n"
