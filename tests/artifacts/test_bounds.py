"""What a file says is looked at before anything is made of it: sizes, long integers and deep nesting in JSON."""

from __future__ import annotations

import json
import shutil
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import proofformer
from proofformer.errors import InputError
from proofformer.verify.outcome import replay

ABOUT = {"source": "random", "seed": 0, "number": 0, "expected": "", "got": ""}
LONG = "1" * 5000
DEEP = "[" * 100_000


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("bounds") / "model"
    proofformer.compile("closest-pair", dim=4, max_n=8).save(folder)
    return folder


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('"dim": 4', '"dim": 1000000000'),
        ('"dim": 4', '"dim": 1000000000000000000000'),
        ('"dim": 4', '"dim": 65537'),
        ('"dim": 4', f'"dim": {LONG[:4000]}'),
        ('"dim": 4', f'"dim": {LONG}'),
        ('"max_n": 8', '"max_n": 1000000000000'),
        ('"max_n": 8', f'"max_n": {LONG}'),
        ('"levels": 1', '"levels": 1000000000'),
        ('"version": 4', f'"version": {LONG}'),
        ('"norms": null', f'"norms": {DEEP}'),
        ('"options": {}', f'"options": {DEEP}{"]" * len(DEEP)}'),
        ('"gamma": null', '"gamma": 1e400'),
    ],
)
def test_a_config_is_refused_at_once(model: Path, tmp_path: Path, old: str, new: str) -> None:
    shutil.copytree(model, tmp_path / "m")
    config = tmp_path / "m/config.json"
    text = config.read_text()
    text = json.dumps(json.loads(text))
    assert old in text
    config.write_text(text.replace(old, new, 1))
    start = time.perf_counter()
    with pytest.raises(InputError, match=r"config\.json"):
        proofformer.load(tmp_path / "m")
    assert time.perf_counter() - start < 5


@pytest.mark.parametrize(
    "about",
    [
        json.dumps(ABOUT).replace('"seed": 0', f'"seed": {LONG}'),
        json.dumps(ABOUT).replace('"seed": 0', f'"seed": {DEEP}'),
        json.dumps(ABOUT | {"seed": "x"}),
        json.dumps(ABOUT | {"number": 1.5}),
        json.dumps([ABOUT]),
        DEEP,
        "1",
    ],
)
def test_what_a_failure_says_is_looked_at(tmp_path: Path, about: Any) -> None:
    np.savez(tmp_path / "f.npz", rows=np.zeros((2, 4), np.uint8), about=np.array(about))
    with pytest.raises(InputError, match="is no failure"):
        replay(tmp_path / "f.npz")


@pytest.mark.parametrize("count", [10**20, 10**5000, 10_000_001, 2**64], ids=range(4))
def test_more_instances_than_can_be_are_refused_at_once(model: Path, count: int) -> None:
    with pytest.raises(InputError, match="ask for at most 10,000,000"):
        proofformer.verify(proofformer.load(model), random=count)
