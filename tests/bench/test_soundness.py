"""Machines that err as much as they may answer rightly, within the bounds of the proof; and they do err."""

from dataclasses import replace
from itertools import product
from typing import Any

import pytest
import torch
from tests.scripts import load_script

import proofformer as pf
from proofformer.planner import dtype_named
from proofformer.runtime import Model
from proofformer.runtime.probe import findings

SCRIPT = load_script("bench/soundness.py")
CPU = torch.device("cpu")


@pytest.fixture(scope="module")
def decision() -> tuple[Model, list[tuple[Any, Any]]]:
    """One that spends all of its leak, with instances and their answers."""
    model = pf.compile("max-ip", dim=16, threshold=8, max_n=185, dtype="float16")
    model.probed = False
    return model, [SCRIPT.instance(model, k) for k in range(4)]


@pytest.mark.parametrize("dtype", ["float16", "bfloat16", "float32", "float64"])
def test_errors_are_as_large_as_is_allowed(dtype: str) -> None:
    for machine, k in product(SCRIPT.MACHINES, range(8)):
        SCRIPT.injected(dtype_named(dtype), machine.variant(k), keys=20)


@pytest.mark.parametrize("machine", SCRIPT.MACHINES, ids=lambda m: m.name)
def test_answers_are_right_and_what_is_fetched_within_its_bounds(machine: Any, decision: Any) -> None:
    model, given = decision
    for k, (instance, answer) in enumerate(given):
        got, heads = SCRIPT.run(model, machine.variant(k), instance)
        assert got == answer
        assert max(SCRIPT.reached(model, machine, heads)) <= 1


@pytest.mark.parametrize("machine", SCRIPT.ALONE, ids=lambda m: m.name)
def test_where_errors_are_too_large_some_answer_is_wrong(machine: Any, decision: Any) -> None:
    """Whole numbers, in layers, have no room for any; weights have much."""
    model, given = decision
    tried = [2] if machine.name == "layers" else [1 << 10, 1 << 14, 1 << 17]
    ways = [(replace(machine.variant(k), times=times), k) for times in tried for k in range(len(given))]
    assert any(SCRIPT.run(model, way, given[k][0])[0] != given[k][1] for way, k in ways)


@pytest.mark.parametrize("dtype", ["float16", "bfloat16", "float32", "float64"])
@pytest.mark.parametrize("machine", SCRIPT.ALONE, ids=lambda m: m.name)
def test_a_machine_is_named_that_errs_four_times_as_much(machine: Any, dtype: str) -> None:
    """Upwards and downwards; one that errs as much as it may is not."""
    model = pf.compile("closest-pair", dim=1, max_n=2, dtype=dtype)
    for times, more in ((4, True), (4, False), (1, True)):
        way = replace(machine, times=times, more=more)
        with way.layers(model):
            found = {b.assumption for b in findings(way.kernel(), CPU, dtype, width=3, residual=8, many=True)}
        # In bfloat16 it is seen that weights are rounded upwards, which is not to nearest.
        assert machine.of[0] in found if times > 1 else (not found or (dtype, machine.of) == ("bfloat16", ("weights",)))
