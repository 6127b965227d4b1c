"""TransformerLens: every signal and head is where the maps say, in a rotated stream too. test_hf asks by its card."""

from fractions import Fraction
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
import torch
import transformer_lens.patching as patching
from tests.artifacts.trials import CORRUPTIONS, LENS, TURNED, Way, compiled, contents
from tests.cases import BY_NORM, CLOSEST, Case
from tests.runtime.batches import alone

import proofformer as pf
from proofformer.artifacts import artifact
from proofformer.artifacts.rotated import rotated
from proofformer.artifacts.stacked import stacked
from proofformer.artifacts.transformerlens import HookedFront
from proofformer.circuit import At, interpret, sequence
from proofformer.compiler import Spec, plan_of

DIM, MAX_N = 5, 8
DECIDES = Case("max-ip", "decide", Fraction(1, 2))
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
    assert said["until"] == found.until
    assert said["heads"] == {name: list(place) for name, place in found.heads.items()}
    sets = list(case.instances(DIM, MAX_N).values())[-1]
    circuit = found.plan.circuit
    trace = interpret(circuit, *sequence(sets, circuit.inputs))
    _, cache = found.hooked.run_with_cache(found.rows(*alone(sets)))
    assert set(found.signals) == set(found.until) == set(circuit.signals)
    hooks = [f"blocks.{k}.hook_resid_{at}" for k in range(found.hooked.cfg.n_layers) for at in ("mid", "post")]
    hooks, left = ["blocks.0.hook_resid_pre", *hooks], 0
    for name, (hook, start, stop) in found.signals.items():
        first, noisy = found.plain(cache[hook])[0, :, start:stop], circuit.signals[name].noisy
        known = [value is not None for value in trace[name]]
        if not noisy:
            assert [tuple(row) for row in first[known].tolist()] == [v for v in trace[name] if v is not None], name
        end = hooks.index(found.until[name]) + 1
        for later in hooks[hooks.index(hook) : end]:
            assert torch.equal(found.plain(cache[later])[0, known, start:stop], first[known]), (name, later)
        after = [found.plain(cache[later])[0, known, start:stop] for later in hooks[end : end + 1]]
        if after and first[known].any():
            assert not torch.equal(after[0], first[known]), name
            left += 1
    assert left > 3


@ways
@pytest.mark.parametrize("case", [CLOSEST, Case("closest-pair", bichromatic=True), DECIDES, BY_NORM], ids=str)
def test_patterns_are_read_as_the_card_says(way: Way, case: Case, tmp_path: Path) -> None:
    """Beside the strict model's own trace: heads look at the token before, those of READ at the token itself."""
    found = pf.read(way.write(compiled(case), tmp_path))
    assert isinstance(found, HookedFront)
    circuit, model = found.plan.circuit, compiled(case)
    for sets in case.instances(DIM, MAX_N).values():
        n, trace = sum(map(len, sets)), model.trace(*sets)
        names = [f"A{i}" for i in range(len(sets[0]))] + [f"B{j}" for j in range(len(sets[-1]))]
        documents = names if case.bichromatic else [str(k) for k in range(n)]
        assert trace.tokens[1:-1] == [documents[n - t] for t in range(1, n + 1)]
        _, cache = found.hooked.run_with_cache(found.rows(*alone(sets)))
        for name, (layer, number) in found.heads.items():
            pattern, strict = cache["pattern", layer][0, number], torch.from_numpy(trace.heads[name].attention)
            read = circuit.heads[name].at is At.READ
            # But for what is a key here alone: READ itself, or the token that nothing is before.
            looks = pattern[-1:, :-1] if read else pattern[1:-1, 1:-1]
            truth = strict[:, :-1] if read else strict[1:-1, :-2].nan_to_num()
            assert torch.allclose((looks / looks.sum(1, keepdim=True)).double(), truth, atol=0.02), (name, sets)


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


@ways
def test_the_tools_that_the_page_lists_work(way: Way, tmp_path: Path) -> None:
    found = opened(tmp_path, way)
    hooked, rows = found.hooked, found.rows(torch.tensor([TWINS]))
    logits, cache = hooked.run_with_cache(rows)
    n, layers = rows.shape[1], hooked.cfg.n_layers
    last = cache["resid_post", layers - 1]
    assert not any(module.training for module in hooked.modules())
    assert set(hooked.run_with_cache(rows, names_filter="hook_embed")[1]) == {"embed.hook_out", "hook_embed"}
    assert torch.equal(cache["hook_embed"], rows)
    assert torch.equal(hooked(cache["resid_pre", 2], start_at_layer=2), logits)
    assert torch.equal(hooked(rows, stop_at_layer=2), cache["resid_pre", 2])
    for parts in (cache.decompose_resid(), cache.get_full_resid_decomposition()):
        assert torch.allclose(parts.sum(0), last, atol=1e-3)
    lens = cache.accumulated_resid(incl_mid=True) @ hooked.W_U + hooked.b_U
    assert [torch.equal(at[0, -1], logits[0, -1]) for at in lens] == [False] * 2 * layers + [True]
    assert cache.logit_attrs(cache.decompose_resid(), tokens=0).shape == (2 * layers + 2, 1, n)
    for k, result in enumerate(cache.stack_head_results()):
        assert torch.equal(result + hooked.b_O[k], cache["attn_out", k])
        assert torch.equal(cache["result", k][:, :, 0], result)
    assert len(cache.stack_neuron_results(layers)) == layers * hooked.cfg.d_mlp
    assert hooked.QK.svd()[1].shape == hooked.OV.svd()[1].shape == (layers, 1, hooked.cfg.d_head)
    assert hooked.all_composition_scores("Q").shape == (layers, 1, layers, 1)
    edits = ["hook_embed", *(f"blocks.0.attn.hook_{name}" for name in ("q", "k", "v", "z", "pattern"))]
    edits += [f"blocks.0.hook_{name}" for name in ("resid_pre", "resid_mid", "resid_post", "attn_out", "mlp_out")]
    for hook in (*edits, "blocks.0.mlp.hook_pre", "blocks.0.mlp.hook_post"):
        other = hooked.run_with_hooks(rows, fwd_hooks=[(hook, lambda value, hook: torch.zeros_like(value))])
        assert not torch.equal(other, logits), hook

    def summed(logits: torch.Tensor) -> torch.Tensor:
        return logits.sum()

    assert patching.get_act_patch_attn_head_out_all_pos(hooked, rows, cache, summed).shape == (layers, 1)
    at = patching.make_df_from_ranges([layers, n], ["layer", "pos"])
    back = patching.get_act_patch_resid_pre(hooked, rows, cache, summed, index_axis_names=None, index_df=at)
    assert torch.equal(back, logits.sum().expand(layers * n))
    with pytest.raises(pf.InputError, match="has no tokens: pass rows"):
        hooked(torch.zeros(1, n, dtype=torch.long))


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


def test_what_a_rotation_leaves(tmp_path: Path) -> None:
    """Queries, keys, values, patterns and what heads return, bit for bit; it says how much it mixes."""
    plain, turned = (opened(tmp_path / str(way), way) for way in (LENS, TURNED))
    one, other = (front.hooked.run_with_cache(front.rows(torch.tensor([TWINS])))[1] for front in (plain, turned))
    for k in range(plain.hooked.cfg.n_layers):
        assert all(torch.equal(one[name, k], other[name, k]) for name in ("q", "k", "v", "z", "pattern"))
        assert torch.allclose(one[f"blocks.{k}.mlp.hook_post"], other[f"blocks.{k}.mlp.hook_post"], atol=1e-2)
    written = {d for name, (_, start, stop) in plain.signals.items() if name.endswith("~") for d in range(start, stop)}
    assert int((turned.hooked.b_O[0].abs() == 2**12).sum()) == len(written)
    assert repr(turned) == f"{repr(plain)[:-1]}, rotated)"
    assert "W_E turns it back, which mixes 20 of 40 dimensions;" in LENS.form.keeps(turned)


def test_a_seed_decides_the_bytes(tmp_path: Path) -> None:
    for name, seed in (("a", 5), ("b", 5), ("c", 6)):
        LENS.form.write(compiled(CLOSEST), tmp_path / name, rotate=seed)
    a, b, c = (contents(tmp_path / name) for name in "abc")
    assert a == b
    assert a["model.safetensors"] != c["model.safetensors"]
    TURNED.say(tmp_path / "a", options={"rotate": 6})
    with pytest.raises(pf.InputError, match="was altered, so nothing is proved of it"):
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
