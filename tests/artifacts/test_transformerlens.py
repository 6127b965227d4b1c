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
TWINS = [[1, 0, 1, 1, 0], [0, 1, 0, 0, 1], [1, 0, 1, 1, 0], [0, 0, 0, 0, 0]]


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
    _, cache = found.hooked.run_with_cache(found.rows(*alone(sets)))
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


def opened(tmp_path: Path, case: Case = CLOSEST) -> HookedFront:
    found = pf.read(LENS.placed(tmp_path, case))
    assert isinstance(found, HookedFront)
    return found


def test_the_librarys_own_tools_work(tmp_path: Path) -> None:
    """Caches, patterns, stacked weights, parts of the residual stream, hooks that change what comes after them."""
    found = opened(tmp_path)
    hooked, rows = found.hooked, found.rows(torch.tensor([TWINS]))
    logits, cache = hooked.run_with_cache(rows)
    n, layers = rows.shape[1], hooked.cfg.n_layers
    for k in range(layers):
        pattern = cache["pattern", k]
        assert pattern.shape == (1, hooked.cfg.n_heads, n, n)
        assert torch.equal(pattern, pattern.tril())
        assert torch.allclose(pattern.sum(-1), torch.ones(()))
    assert hooked.W_Q.shape == (layers, hooked.cfg.n_heads, hooked.cfg.d_model, hooked.cfg.d_head)
    parts = cache.decompose_resid(layers, mode="full", incl_embeds=False)
    assert torch.allclose(rows + parts.sum(0), cache["resid_post", layers - 1])
    layer, number = found.heads["partner"]

    def at_itself(pattern: torch.Tensor, hook: object) -> torch.Tensor:
        pattern[:, number] = torch.eye(n)
        return pattern

    hooks = [(f"blocks.{layer}.attn.hook_pattern", at_itself)]
    blind = hooked.run_with_hooks(rows, fwd_hooks=hooks)
    assert not torch.equal(blind, logits)
    assert torch.equal(hooked(rows), logits)
    hook, start, stop = found.signals["doc"]

    def emptied(stream: torch.Tensor, hook: object) -> torch.Tensor:
        stream[..., start:stop] = 0
        return stream

    assert not torch.equal(hooked.run_with_hooks(rows, fwd_hooks=[(hook, emptied)]), logits)
    assert torch.equal(hooked(rows), logits)


def test_reading_draws_nothing(tmp_path: Path) -> None:
    """The library draws weights before it gets these: the caller's random numbers do not move."""
    state = torch.get_rng_state()
    opened(tmp_path)
    assert torch.equal(torch.get_rng_state(), state)


def test_a_library_without_native_models_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import transformer_lens

    monkeypatch.delattr(transformer_lens.TransformerBridge, "boot_native")
    with pytest.raises(pf.InputError, match=r"builds no native models: pip install 'proofformer\[transformerlens\]'"):
        opened(tmp_path)
