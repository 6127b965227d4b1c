"""TransformerLens: every signal and head is where the maps say, and the card asks without proofformer."""

from pathlib import Path

import pytest
import torch
from tests.artifacts.trials import LENS, asked_without_us, compiled
from tests.cases import BICHROMATIC, BY_NORM, CLOSEST, GRID, OV, Case
from tests.runtime.batches import alone

import proofformer as pf
from proofformer.artifacts.transformerlens import HookedFront
from proofformer.circuit import interpret, sequence

DIM, MAX_N = 5, 8


def test_the_card_asks_without_proofformer(tmp_path: Path) -> None:
    asked = {}
    for k, case in enumerate((CLOSEST, OV, BICHROMATIC, BY_NORM, GRID)):
        at = LENS.write(compiled(case, LENS.dtypes[k % 2]), tmp_path / str(k))
        asked[at] = (case, list(case.instances(DIM, MAX_N).values()))
    asked_without_us(asked, tmp_path)


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
