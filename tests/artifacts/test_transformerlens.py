"""TransformerLens: every signal and head is where the maps say. test_hf asks by its card."""

from pathlib import Path

import pytest
import torch
from tests.artifacts.trials import LENS, compiled
from tests.cases import BY_NORM, CLOSEST, Case
from tests.runtime.batches import alone

import proofformer as pf
from proofformer.artifacts.transformerlens import HookedFront
from proofformer.circuit import interpret, sequence

DIM, MAX_N = 5, 8


@pytest.mark.parametrize("case", [CLOSEST, BY_NORM], ids=str)
def test_signals_and_heads_are_where_the_maps_say(case: Case, tmp_path: Path) -> None:
    """Every exact signal at its hook is what the circuit's interpreter says; a partner head looks at the partner."""
    at = LENS.write(compiled(case), tmp_path)
    found = pf.read(at)
    assert isinstance(found, HookedFront)
    said = LENS.said(at)
    assert said["signals"] == {name: list(place) for name, place in found.signals.items()}
    assert said["heads"] == {name: list(place) for name, place in found.heads.items()}
    sets = list(case.instances(DIM, MAX_N).values())[-1]
    circuit = found.plan.circuit
    trace = interpret(circuit, *sequence(sets, circuit.inputs))
    _, cache = found.hooked.run_with_cache(found.rows(*alone(sets)), start_at_layer=0)
    assert set(found.signals) == set(circuit.signals)
    for name, (hook, start, stop) in found.signals.items():
        if circuit.signals[name].noisy:
            continue
        stands = cache[hook][0, :, start:stop]
        for row, value in enumerate(trace[name]):
            if value is not None:
                assert tuple(stands[row].tolist()) == value, (name, row)
    layer, number = found.heads["partner"]
    pattern = cache[f"blocks.{layer}.attn.hook_pattern"][0, number]
    assert torch.equal(found(*alone(sets)).found, torch.ones(1, 1))
    places = trace["seen:place"]
    for row, (is_found, place) in enumerate(zip(trace["partner.found"], trace["partner.place"], strict=True)):
        if is_found == (1,):
            assert places[int(pattern[row].argmax())] == place
            assert pattern[row].max() > 0.9
