"""TransformerLens: bit-equal to plain torch, every signal and head where the maps say, refused when altered."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file, save_file
from tests.cases import BICHROMATIC, BY_NORM, CLOSEST, GRID, OV, Case
from tests.runtime.batches import alone

from proofformer.artifacts import transformerlens
from proofformer.circuit import interpret, sequence
from proofformer.errors import InputError
from proofformer.problems import problem
from proofformer.runtime import Model, compile_model

DIM, MAX_N = 4, 9
HELD = [(CLOSEST, "float32"), (OV, "float32"), (BICHROMATIC, "float64"), (BY_NORM, "float64"), (GRID, "float32")]
IDS = [f"{case}-{dtype}" for case, dtype in HELD]


def small(dtype: str = "float32", mask: str = "strict") -> Model:
    return compile_model(problem("closest-pair", dim=3), max_n=4, dtype=dtype, mask=mask)


@pytest.mark.parametrize(("case", "dtype"), HELD, ids=IDS)
def test_bits_are_those_of_plain_torch_and_answers_are_right(case: Case, dtype: str, tmp_path: Path) -> None:
    transformerlens.write(compile_model(case.problem(DIM), max_n=MAX_N, dtype=dtype), tmp_path / "m")
    found = transformerlens.read(tmp_path / "m")
    plain = compile_model(case.problem(DIM), max_n=MAX_N, dtype=dtype, mask="inclusive")
    assert (found.problem, found.max_n, found.dtype) == (plain.problem, MAX_N, dtype)
    for sets in [*case.instances(DIM, MAX_N).values(), *case.instances(DIM, 2).values()]:
        said, expected = found(*alone(sets)), plain(*alone(sets))
        assert all(torch.equal(a, b) for a, b in zip(said, expected, strict=True))
        assert found.solve(*sets) == case.brute(sets)


@pytest.mark.parametrize("case", [CLOSEST, BY_NORM], ids=str)
def test_signals_and_heads_are_where_the_maps_say(case: Case, tmp_path: Path) -> None:
    """Every exact signal at its hook is what the circuit's interpreter says; a partner head looks at the partner."""
    transformerlens.write(compile_model(case.problem(DIM), max_n=MAX_N), tmp_path / "m")
    found = transformerlens.read(tmp_path / "m")
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
    places = trace["seen:place"]
    for row, (is_found, place) in enumerate(zip(trace["partner.found"], trace["partner.place"], strict=True)):
        if is_found == (1,):
            assert places[int(pattern[row].argmax())] == place
            assert pattern[row].max() > 0.9


ASK = """
import json, os, sys, torch
sys.modules["proofformer"] = None
os.chdir(sys.argv[1])
code = open("README.md").read().split("```python\\n")[1].split("```")[0]
for name, rows in json.loads(sys.argv[2]).items():
    globals()[name] = torch.tensor(rows)
exec(code)
print(json.dumps(answer))
"""


def test_the_card_asks_without_proofformer(tmp_path: Path) -> None:
    case = BICHROMATIC
    transformerlens.write(compile_model(case.problem(DIM), max_n=MAX_N), tmp_path / "m")
    A, B = case.instances(DIM, MAX_N)["ties inside and across"]
    command = [sys.executable, "-c", ASK, str(tmp_path / "m"), json.dumps({"A": A, "B": B})]
    done = subprocess.run(command, capture_output=True, text=True, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    said = json.loads(done.stdout)
    answer = case.brute((A, B))
    assert ((said["i"], said["j"]), said["value"], said["found"]) == (answer.pair, answer.value, 1)  # type: ignore[union-attr]


@pytest.mark.parametrize("dtype", ["float16", "bfloat16"])
def test_what_cannot_be_held_exactly_is_refused(dtype: str, tmp_path: Path) -> None:
    with pytest.raises(
        InputError, match=f"^transformerlens cannot hold a {dtype} model exactly .* float32 or float64$"
    ):
        transformerlens.write(small(dtype), tmp_path / "m")
    assert not list(tmp_path.iterdir())


def test_altered_folders_and_a_missing_library(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "m"
    transformerlens.write(small("float32", "inclusive"), folder)
    tensors = load_file(folder / transformerlens.WEIGHTS)
    tensors["blocks.0.mlp.W_in"][0, 0] += 1
    save_file(tensors, folder / transformerlens.WEIGHTS)
    with pytest.raises(InputError, match=r"tensor 'blocks\.0\.mlp\.W_in' was altered"):
        transformerlens.read(folder)
    transformerlens.write(small(), folder)
    about = json.loads((folder / transformerlens.ABOUT).read_text())
    for change in ({"config": about["config"] | {"act_fn": "gelu"}}, {"signals": {}}, {"answer": {}}, {"width": 1}):
        (folder / transformerlens.ABOUT).write_text(json.dumps(about | change))
        with pytest.raises(InputError, match=f"was altered: its '{next(iter(change))}' is not that of the plan"):
            transformerlens.read(folder)
    (folder / transformerlens.ABOUT).unlink()
    with pytest.raises(InputError, match=r"proofformer\.json is missing"):
        transformerlens.read(folder)

    monkeypatch.setitem(sys.modules, "transformer_lens", None)
    with pytest.raises(
        InputError, match=r"transformer_lens is not installed: pip install 'proofformer\[transformerlens\]'"
    ):
        transformerlens.read(folder)
