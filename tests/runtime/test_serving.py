"""When the engine runs a network, and when the attention that was asked for does."""

from __future__ import annotations

import copy
import pickle
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from typing import Any

import numba
import numpy as np
import pytest
import torch
from numba.core import caching
from torch import Tensor, nn
from torch.overrides import TorchFunctionMode

import proofformer as pf
from proofformer.errors import InputError
from proofformer.runtime import Model, serving
from proofformer.runtime.attention import BACKENDS, auto, fast, reference, sdpa
from proofformer.runtime.engine import network, sparse
from proofformer.runtime.serving import WARM

N = 4096
ROWS = np.random.default_rng(0).integers(0, 2, (N, 12))
RIGHT = pf.problem("closest-pair", dim=12).answer(ROWS)


def made() -> Model:
    return pf.compile("closest-pair", dim=12, max_n=N)


@pytest.fixture
def served(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The sizes of the instances that the engine ran."""
    sizes: list[int] = []
    call = network.Engine.stream

    def stream(self: network.Engine, tokens: Tensor) -> Any:
        sizes.append(len(tokens) - 2)
        return call(self, tokens)

    monkeypatch.setattr(network.Engine, "stream", stream)
    return sizes


def test_from_the_crossing_on(served: list[int]) -> None:
    model = made()
    assert model.attention is auto
    for n in (2, WARM - 1, WARM, N):
        assert model.solve(ROWS[:n]) == model.problem.answer(ROWS[:n])
    assert served == [WARM, N]
    batch = torch.tensor(np.stack([ROWS[:WARM]] * 2))
    assert torch.equal(*model(batch, lengths=[WARM, 9]).i_bits[:, None] * 0)
    assert served == [WARM, N, WARM, WARM]


def python(code: str) -> str:
    """What a new process prints."""
    words = [sys.executable, "-c", f'import sys; sys.path.insert(0, "src")\n{code}']
    return subprocess.run(words, capture_output=True, text=True, check=True).stdout


def test_kernels_are_loaded_when_waiting_has_cost_as_much() -> None:
    """By sizes below the crossing never, by the third of one size, by the first of a larger one."""
    said = python("""
import numpy as np, proofformer as pf
from proofformer.runtime import serving
serving.LOADING = 3 * 600**2
print(serving.Serving()._loaded(1040**2))
for sizes in ([511] * 9, [600] * 4):
    m = pf.compile("closest-pair", dim=4, max_n=3000)
    for n in sizes:
        m.solve(np.eye(4)[np.arange(n) % 4])
        print("numba" in sys.modules)
""")
    assert said.split() == list(map(str, [True, *[False] * 9, False, False, True, True]))
    assert 4096**2 < serving.LOADING < 20_000**2


def test_fast_is_from_the_smallest_on(served: list[int]) -> None:
    model = made()
    model.attention = fast
    for n in (2, 3, 40):
        assert model.solve(ROWS[:n]) == model.problem.answer(ROWS[:n])
    assert served == [2, 3, 40]


@pytest.mark.parametrize("name", ["sdpa", "reference"])
def test_another_attention_is_the_one_that_runs(name: str, served: list[int]) -> None:
    model = made()
    model.attention = BACKENDS[name]
    assert model.solve(ROWS[:600]) == model.problem.answer(ROWS[:600])
    assert not served


def test_a_broken_attention_is_seen_to_fail() -> None:
    def broken(q: Tensor, k: Tensor, v: Tensor, *, scale: float, causal: bool) -> Tensor:
        return sdpa(q, k, v, scale=scale, causal=causal) * (0.3 if causal else 1.0)

    model = made()
    model.attention, model.probed = broken, False
    with pytest.raises(pf.ProofError):
        model.solve(ROWS)


def test_hooks_on_all_modules_are_heard(served: list[int]) -> None:
    handle = torch.nn.modules.module.register_module_forward_hook(lambda *a: None)
    try:
        assert made().solve(ROWS[:WARM]) == made().problem.answer(ROWS[:WARM])
    finally:
        handle.remove()
    assert not served


def test_without_numba(monkeypatch: pytest.MonkeyPatch, served: list[int]) -> None:
    monkeypatch.setattr(serving, "find_spec", lambda name: None)
    model = made()
    assert model.solve(ROWS) == RIGHT
    assert not served
    model.attention = fast
    with pytest.raises(InputError, match=r"numba is not installed: pip install 'proofformer\[fast\]', or choose sdpa"):
        model.solve(ROWS)


def test_it_is_no_part_of_a_model(served: list[int]) -> None:
    model = made()
    names = list(model.state_dict())
    assert model.solve(ROWS) == RIGHT
    assert list(model.state_dict()) == names
    for other in (copy.deepcopy(model), copy.copy(model), pickle.loads(pickle.dumps(model))):
        assert other.solve(ROWS) == RIGHT
    assert len(served) == 4


def test_maps_and_compiled_code_run_the_network_itself(served: list[int]) -> None:
    model, batch = made(), torch.tensor(ROWS[None, None, :WARM])
    expected = model(batch[0])
    served.clear()
    assert torch.equal(torch.vmap(model)(batch).i_bits[0], expected.i_bits)
    assert not served


@pytest.mark.parametrize("entry", [9, 300, 0.25, -1, float(1 << 20)])
@pytest.mark.parametrize("name", ["closest-pair", "max-ip"])
def test_entries_that_the_problem_does_not_have_mean_the_same_nothing(name: str, entry: float) -> None:
    """In particular, none is taken for one that it has."""
    model = pf.compile(name, dim=5, max_n=40)
    x = torch.randint(0, 2, (1, 30, 5), generator=torch.Generator().manual_seed(1)).double()
    x[0, 3, 2] = x[0, 17, 0] = entry
    found = []
    for kernel in (sdpa, fast):
        model.attention = kernel
        found.append(torch.cat(model(x), -1))
    torch.testing.assert_close(*found, atol=1e-3, rtol=1e-3)


def test_by_itself_each_is_softmax() -> None:
    q, k, v = torch.randn(3, 1, 2, 9, 4)
    for kernel in (auto, fast):
        found = kernel(q, k, v, scale=1.0, causal=True)
        torch.testing.assert_close(found, reference(q, k, v, scale=1.0, causal=True))


def test_progress_comes_to_its_end() -> None:
    model, told = made(), list[tuple[int, int]]()
    model.progress = lambda done, of: told.append((done, of))
    assert model.solve(ROWS) == RIGHT
    tokens = N + 2
    assert told == sorted(told)
    assert len(told) >= 4
    assert told[-1] == (tokens * (tokens - 1) // 2,) * 2


def test_kernels_that_are_compiled_are_seen(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    made().solve(ROWS)
    assert not serving.to_compile()
    with monkeypatch.context() as of_before:
        of_before.setattr(serving, "engine_sources", lambda: "0" * 64)
        assert serving.to_compile()
    monkeypatch.setenv("NUMBA_CACHE_DIR", str(tmp_path))
    assert serving.to_compile()


def test_threads_that_ask_one_model_at_once() -> None:
    model = made()
    instances = [np.random.default_rng(k).integers(0, 2, (700 + 100 * k, 12)) for k in range(6)]
    with ThreadPoolExecutor(3) as pool:
        found = list(pool.map(model.solve, instances))
    assert found == [model.problem.answer(rows) for rows in instances]


def test_who_interrupts_the_making_of_an_engine_leaves_none_behind(monkeypatch: pytest.MonkeyPatch) -> None:
    model = made()
    model.attention, model.probed = fast, False
    model.solve(ROWS[:40])
    model.transformer.unembed.weight.zero_()

    def interrupted(self: network.Engine, transformer: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(network.Engine, "__init__", interrupted)
        with pytest.raises(KeyboardInterrupt):
            model.solve(ROWS[:40])
    rows = torch.tensor(ROWS[None, :40])
    bits = model(rows)
    model.attention = sdpa
    assert all(map(torch.equal, bits, model(rows)))


@pytest.fixture
def kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A new folder where kernels are kept."""
    monkeypatch.setattr(numba.config, "CACHE_DIR", str(tmp_path))
    return tmp_path


def hits() -> int:
    """How often a kernel, which is right, is not compiled but found where it was kept."""
    add, out = sparse.kernel(sparse._of_one.py_func), np.empty(2)
    add(*sparse.Sparse.of(np.eye(2), np.float32).parts, np.eye(2), 0, out)
    assert out.tolist() == [1, 0]
    return sum(add.stats.cache_hits.values())


def test_kernels_are_compiled_anew_when_any_file_of_theirs_is_another(
    kept: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """numba itself looks at the file of the kernel that is called, and not of those compiled into it."""
    assert [hits(), hits()] == [0, 1]
    monkeypatch.setattr(sparse, "engine_sources", lambda: "others")
    assert hits() == 0


def test_kernels_that_are_damaged_are_compiled_anew(kept: Path) -> None:
    hits()
    for kind in ("nbi", "nbc"):
        [*files] = kept.rglob(f"*_of_one*.{kind}")
        for file in files:
            file.write_bytes(file.read_bytes()[:100])
        assert files
        assert hits() == 0
        assert all(len(file.read_bytes()) > 100 for file in kept.rglob(f"*_of_one*.{kind}"))


def test_kernels_that_can_be_kept_nowhere_are_compiled_each_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(caching.CacheImpl, "_locator_classes", [])
    assert [hits(), hits()] == [0, 0]


class Other(nn.Linear):
    """A layer that answers otherwise."""

    def forward(self, x: Tensor) -> Tensor:
        return 0 * super().forward(x)


class Nought(nn.Module):
    """A parametrization that answers otherwise."""

    def forward(self, weight: Tensor) -> Tensor:
        return 0 * weight


def roles_exchanged(attention: Any) -> None:
    """The same parameters in the same order, of which two are others' now."""
    layers = [attention.query, attention.key, attention.value, attention.output]
    for name in ("query", "key", "value", "output"):
        delattr(attention, name)
    for name, layer in zip(("value", "key", "query", "output"), layers, strict=True):
        setattr(attention, name, layer)


LAYERS = "its layers are not those that were compiled"
CHANGES = {
    "last.weight.mul_(0)": "",
    "last.weight.data[:] = 0": "",
    "last.weight = nn.Parameter(torch.zeros_like(last.weight), requires_grad=False)": "",
    "for part in t.blocks: part.read = True": "",
    "roles_exchanged(block.attention)": "",
    "block.register_forward_hook(lambda *a: None)": "hooks listen to it",
    "t.embed.register_forward_pre_hook(lambda *a: None)": "hooks listen to it",
    "last.forward = last.forward": "hooks listen to it",
    "block.think = lambda x: x": "hooks listen to it",
    "t.embed.weight.requires_grad_(True)": "gradients are asked for",
    "last.__class__ = Other": LAYERS,
    "t.unembed = Other(last.in_features, last.out_features, bias=False); t.unembed.weight = last.weight": LAYERS,
    "nn.utils.parametrize.register_parametrization(last, 'weight', Nought())": LAYERS,
    "block.inclusive = True": LAYERS,
    "last.weight = nn.Parameter(torch.cat([last.weight] * 2, 1), requires_grad=False)": LAYERS,
    # As many parameters as before, of other layers.
    "block.attention.query.bias, block.mlp.hidden.bias = block.mlp.hidden.bias, None": LAYERS,
    "block.attention.query.weight[0, 0] = torch.nan": "its weights are not all finite",
}
"""What is done to a network, and why the engine leaves it alone then; without a reason, it runs the new one."""


@pytest.mark.parametrize("used", [False, True])
@pytest.mark.parametrize("change", CHANGES)
def test_a_network_that_became_another(change: str, used: bool, served: list[int]) -> None:
    """Before the first use and after it."""
    model, rows = made(), torch.tensor(ROWS[None, :40])
    before = model(rows)
    model.attention, model.probed = fast, False
    if used:
        model(rows)
    t = model.transformer
    with torch.no_grad():
        exec(change, globals() | {"t": t, "last": t.unembed, "block": t.blocks[0]})
    if not CHANGES[change]:
        after = model(rows)
        model.attention = sdpa
        assert all(map(torch.equal, after, model(rows)))
        assert not all(map(torch.equal, before, after))
        return
    with pytest.raises(InputError, match=CHANGES[change]), torch.enable_grad():
        model.forward(rows)
    model.attention = auto
    served.clear()
    with suppress(InputError, RuntimeError), torch.enable_grad():
        model.forward(torch.tensor(ROWS[None, :WARM]))
    assert not served


def test_more_heads_are_another_network() -> None:
    model = pf.compile("msd", metric="jaccard", norms="1-3", dim=3, max_n=40, dtype="float64")
    rows = torch.tensor(np.array([[1, 0, 0], [1, 1, 0], [0, 1, 0], [1, 1, 1]])[None, np.arange(40) % 4])
    model.attention = fast
    before = model(rows)
    block = next(
        block for block in model.transformer.blocks if block.attention is not None and block.attention.heads > 1
    )
    block.attention.heads = 1
    after = model(rows)
    model.attention = sdpa
    assert all(map(torch.equal, after, model(rows)))
    assert not all(map(torch.equal, before, after))


def test_a_class_with_a_method_of_somebody_elses(monkeypatch: pytest.MonkeyPatch) -> None:
    model = made()
    model.attention = fast
    monkeypatch.setattr(nn.Linear, "forward", lambda self, x: 0 * torch.nn.functional.linear(x, self.weight, self.bias))
    with pytest.raises(InputError, match="its layers are not those that were compiled"):
        model.solve(ROWS[:40])


def test_who_overrides_functions_is_heard() -> None:
    class Counting(TorchFunctionMode):
        calls = 0

        def __torch_function__(self, f: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
            Counting.calls += f is torch.nn.functional.scaled_dot_product_attention
            return f(*args, **(kwargs or {}))

    model = made()
    with Counting():
        model(torch.tensor(ROWS[None, :WARM]))
    assert Counting.calls > 0
    model.attention = fast
    with torch.device("cpu"):
        assert model.solve(ROWS) == RIGHT


@pytest.mark.parametrize("dtype", ["bfloat16", "float16"])
def test_edited_weights_of_a_narrow_type_are_rounded_as_there(dtype: str, served: list[int]) -> None:
    """Which the engine would not do: it runs what was compiled, and copies of it."""
    model = pf.compile("closest-pair", dim=6, max_n=1100, dtype=dtype)
    rows = np.random.default_rng(0).integers(0, 2, (1000, 6))
    for copied in (model, copy.deepcopy(model), pickle.loads(pickle.dumps(model))):
        assert copied.solve(rows) == model.problem.answer(rows)
    assert served == [1000] * 3
    weight = model.transformer.blocks[0].mlp.output.bias
    weight[0], model.probed = 1025, False
    bits = model(torch.tensor(rows[None]))
    assert len(served) == 3
    model.attention = sdpa
    assert all(
        torch.equal(one.nan_to_num(), other.nan_to_num())
        for one, other in zip(bits, model(torch.tensor(rows[None])), strict=True)
    )
    model.attention = fast
    with pytest.raises(InputError, match="its weights were edited"):
        model.solve(rows)


def test_a_recorded_network_is_the_network_itself() -> None:
    from torch.fx.experimental.proxy_tensor import make_fx

    model, (one, another) = made(), (torch.tensor(ROWS[None, k : k + WARM]) for k in (0, 900))
    model(one)
    recorded = make_fx(lambda x: torch.cat(model.forward(x), -1))(one)
    assert torch.equal(recorded(another), torch.cat(model(another), -1))


def test_threads_after_an_edit_have_the_new_weights() -> None:
    rows = torch.tensor(ROWS[None, :40])
    models = [made() for _ in range(10)]
    sys.setswitchinterval(1e-6)
    try:
        for model in models:
            model.attention, model.probed = fast, False
            model(rows)
            model.transformer.unembed.weight.zero_()
            with ThreadPoolExecutor(4) as pool:
                assert not any(torch.cat(bits, -1).any() for bits in pool.map(model, [rows] * 4))
    finally:
        sys.setswitchinterval(0.005)


def test_a_numba_that_does_not_load(tmp_path: Path) -> None:
    """Broken, and then without its compiler, in one process."""
    (tmp_path / "numba").mkdir()
    (tmp_path / "numba" / "__init__.py").write_text("raise OSError('no libllvmlite.so')")
    right, *said = python(f"""
import os
sys.path.insert(0, {str(tmp_path)!r})
import numpy as np, proofformer as pf
from proofformer.runtime import serving
from proofformer.runtime.attention import fast
serving.LOADING = 0
m, rows = pf.compile("closest-pair", dim=4, max_n=600), np.eye(4)[np.arange(600) % 4]
print(m.solve(rows) == m.problem.answer(rows))
m.attention = fast
for _ in range(2):
    try:
        m.solve(rows)
    except pf.InputError as error:
        print(error)
    sys.path.remove({str(tmp_path)!r}) if not _ else None
    os.environ["NUMBA_DISABLE_JIT"] = "1"
""").splitlines()
    assert right == "True"
    for told, line in zip(("OSError (no libllvmlite.so)", "ImportError (NUMBA_DISABLE_JIT is set)"), said, strict=True):
        assert f"numba does not load ({told}): install it anew" in line
