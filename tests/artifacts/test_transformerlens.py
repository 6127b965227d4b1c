"""TransformerLens: every signal and head is where the maps say, in a rotated stream too. test_hf asks by its card."""

from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from tests.artifacts.trials import CORRUPTIONS, LENS, TURNED, Way, compiled, contents
from tests.cases import BY_NORM, CLOSEST, Case
from tests.runtime.batches import alone

import proofformer as pf
from proofformer.artifacts import artifact
from proofformer.artifacts.rotated import rotated
from proofformer.artifacts.stacked import stacked
from proofformer.artifacts.transformerlens import HookedFront
from proofformer.circuit import interpret, sequence
from proofformer.compiler import Spec, plan_of

DIM, MAX_N = 5, 8
TWINS = [[1, 0, 1, 1, 0], [0, 1, 0, 0, 1], [1, 0, 1, 1, 0], [0, 0, 0, 0, 0]]


ways = pytest.mark.parametrize("way", [LENS, TURNED], ids=str)


@ways
@pytest.mark.parametrize("case", [CLOSEST, BY_NORM], ids=str)
def test_signals_and_heads_are_where_the_maps_say(way: Way, case: Case, tmp_path: Path) -> None:
    """Every exact signal at its hook is what the circuit's interpreter says; a partner head looks at the partner."""
    at = way.write(compiled(case), tmp_path)
    found = pf.read(at)
    assert isinstance(found, HookedFront)
    said = way.said(at)
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
        stands = found.plain(cache[hook])[0, :, start:stop]
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


def opened(tmp_path: Path, way: Way = LENS) -> HookedFront:
    found = pf.read(way.placed(tmp_path, CLOSEST))
    assert isinstance(found, HookedFront)
    return found


@ways
def test_the_librarys_own_tools_work(way: Way, tmp_path: Path) -> None:
    """Caches, patterns, stacked weights, parts of the residual stream, hooks that change what comes after them."""
    found = opened(tmp_path, way)
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
    assert torch.allclose(cache["resid_pre", 0] + parts.sum(0), cache["resid_post", layers - 1])
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
        plain = found.plain(stream)
        plain[..., start:stop] = 0
        return found.turned(plain)

    assert not torch.equal(hooked.run_with_hooks(rows, fwd_hooks=[(hook, emptied)]), logits)
    assert torch.equal(hooked(rows), logits)


def test_reading_draws_nothing(tmp_path: Path) -> None:
    """The library draws weights before it gets these: the caller's random numbers do not move."""
    state = torch.get_rng_state()
    opened(tmp_path)
    assert torch.equal(torch.get_rng_state(), state)


@pytest.mark.parametrize(
    "library", [SimpleNamespace(), SimpleNamespace(TransformerBridge=object)], ids=["no-bridge", "no-native"]
)
def test_a_library_without_native_models_is_refused(
    library: object, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(artifact, "import_module", lambda name: library)
    with pytest.raises(pf.InputError, match=r"builds no native models: pip install 'proofformer\[transformerlens\]'"):
        opened(tmp_path)


# In another basis


@pytest.mark.parametrize("seed", [0, 1])
@pytest.mark.parametrize(
    ("name", "dtype"), [("closest-pair", "float32"), ("msd", "float64"), ("max-ip", "float64")], ids=str
)
def test_a_rotated_model_answers_right(name: str, dtype: str, seed: int, tmp_path: Path) -> None:
    LENS.form.write(pf.compile(name, dim=12, max_n=40, dtype=dtype), tmp_path / "m", rotate=seed)
    total = pf.verify(pf.read(tmp_path / "m"), random=40, adversarial=60).total
    assert (total.instances, total.wrong) == (100, 0)


def test_a_rotated_stream_holds_multiples_of_its_steps(tmp_path: Path) -> None:
    """What heads bring is rounded to a step, all else is a multiple of 2^-k, and the way back is exact."""
    found = opened(tmp_path, TURNED)
    _, cache = found.hooked.run_with_cache(found.rows(torch.tensor([TWINS])))
    signals = found.plan.circuit.signals
    noisy = {name for name in signals if signals[name].noisy}
    step = 2.0**-11
    for name, (hook, start, stop) in found.signals.items():
        stands = found.plain(cache[hook])[..., start:stop]
        assert torch.equal(stands / step, (stands / step).round())
        if name in noisy:
            assert stands.min() >= 0
            assert stands.max() <= 1.25
    for k in range(found.hooked.cfg.n_layers):
        stream = cache["resid_mid", k] / step
        assert torch.equal(stream, stream.round())


def test_rotated_weights_are_dense(tmp_path: Path) -> None:
    """Rows that read or write whole numbers have blocks of 16 numbers and more, but for the READ token's alone."""
    model = pf.compile("closest-pair", dim=34, max_n=64)
    rows = {}
    for name, options in (("plain", {}), ("turned", {"rotate": 3})):
        LENS.form.write(model, tmp_path / name, **options)
        tensors = CORRUPTIONS.as_tensors((tmp_path / name / "model.safetensors").read_bytes())
        counts = [(tensors[f"blocks.0.{part}.weight"] != 0).sum(1) for part in ("attn.q", "attn.k", "attn.v", "mlp.in")]
        rows[name] = torch.cat([c[c > 0] for c in counts])
    assert len(rows["plain"]) == len(rows["turned"])
    assert rows["plain"].median() == 1
    assert rows["turned"].median() >= 16
    plan = plan_of(Spec(model.spec.problem, 64, "float32", "inclusive"))
    turn = rotated(plan, stacked(plan, exact_root=False), 3).turn
    assert np.array_equal(turn @ turn.T, np.eye(len(turn)))


def test_a_seed_decides_the_bytes(tmp_path: Path) -> None:
    for name, seed in (("a", 5), ("b", 5), ("c", 6)):
        LENS.form.write(compiled(CLOSEST), tmp_path / name, rotate=seed)
    a, b, c = (contents(tmp_path / name) for name in "abc")
    assert a == b
    assert a["model.safetensors"] != c["model.safetensors"]
    TURNED.say(tmp_path / "a", options={"rotate": 6})
    with pytest.raises(pf.InputError, match="was altered, it is not what its spec compiles to"):
        pf.read(tmp_path / "a")


def test_sums_that_do_not_fit_are_refused(tmp_path: Path) -> None:
    model = pf.compile("msd", dim=34, max_n=64)
    with pytest.raises(
        pf.InputError,
        match=r"^this model cannot be rotated exactly in float32 \(w2 of block 0 adds up numbers of \d\d bits, and it "
        r"keeps 24\): compile it in float64, or leave rotate out$",
    ):
        LENS.form.write(model, tmp_path / "m", rotate=1)
    assert not list(tmp_path.iterdir())
