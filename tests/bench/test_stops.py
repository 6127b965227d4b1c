"""A few of the commands that are stopped at random moments; `bench/stops.py` stops them 20 times with each signal."""

from itertools import product
from pathlib import Path
from random import Random
from types import ModuleType

import pytest
from tests.scripts import load_script


@pytest.fixture(scope="module")
def script() -> ModuleType:
    return load_script("bench/stops.py")


@pytest.mark.parametrize(
    ("name", "number"),
    [
        *product(("compile", "save", "campaign, one worker"), ("SIGINT", "SIGTERM", "SIGKILL")),
        ("campaign, two workers", "SIGTERM"),
    ],
)
def test_what_is_stopped_leaves_all_or_nothing(script: ModuleType, name: str, number: str, tmp_path: Path) -> None:
    signal, times = script.signal.Signals[number], 2
    models = script.prepared(tmp_path, script.WORK[name])
    found = script.stops(name, models, tmp_path, signal, times, Random(0))
    assert not [what for what in found if what.startswith("!")]
    # Some were stopped, in one of the ways that there are: otherwise this shows nothing.
    assert found[f"exit {128 + signal}"] + found[f"exit {-signal}"] + found["exit 1"] > 0
