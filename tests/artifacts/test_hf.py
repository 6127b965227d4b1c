"""Stock Hugging Face folders: bit-equal to plain torch, right without proofformer, refused when altered."""

import json
import random
import subprocess
import sys
from collections.abc import Callable
from itertools import product
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file, save_file
from tests.cases import BICHROMATIC, BICHROMATIC_DECIDE, BY_NORM, CLOSEST, COSINE, GRID, OV, Case, Sets
from tests.runtime.batches import alone, padded

from proofformer.artifacts import hf, stock
from proofformer.artifacts.rows import sha256
from proofformer.errors import InputError
from proofformer.problems import problem
from proofformer.runtime import Model, compile_model

DIM, MAX_N = 5, 12
HELD = [
    (CLOSEST, "llama", "float32"),
    (CLOSEST, "arcee", "bfloat16"),
    (OV, "llama", "bfloat16"),
    (BICHROMATIC, "t5", "float64"),
    (BICHROMATIC_DECIDE, "arcee", "float32"),
    (COSINE, "t5", "float32"),
    (BY_NORM, "llama", "float32"),
    (GRID, "arcee", "bfloat16"),
]
IDS = [f"{case}-{architecture}-{dtype}" for case, architecture, dtype in HELD]


@pytest.fixture(scope="module")
def folders(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    root = tmp_path_factory.mktemp("stock")
    for name, (case, architecture, dtype) in zip(IDS, HELD, strict=True):
        hf.write(compile_model(case.problem(DIM), max_n=MAX_N, dtype=dtype), root / name, architecture)
    return {name: root / name for name in IDS}


def instances(case: Case) -> list[Sets]:
    """Hand-made ones at the largest size, and two documents."""
    return [*case.instances(DIM, MAX_N).values(), *case.instances(DIM, 2).values()]


@pytest.mark.parametrize(("name", "held"), list(zip(IDS, HELD, strict=True)), ids=IDS)
def test_bits_are_those_of_plain_torch_and_answers_are_right(
    name: str, held: tuple[Case, str, str], folders: dict[str, Path]
) -> None:
    case, _, dtype = held
    found = hf.read(folders[name])
    plain = compile_model(case.problem(DIM), max_n=MAX_N, dtype=dtype, mask="inclusive")
    assert (found.problem, found.max_n, found.dtype) == (plain.problem, MAX_N, dtype)
    for sets in instances(case):
        said, expected = found(*alone(sets)), plain(*alone(sets))
        assert all(torch.equal(a, b) for a, b in zip(said, expected, strict=True))
        assert found.solve(*sets) == case.brute(sets)
    rows, lengths = padded([sets for sets in instances(case) if all(len(rows) <= MAX_N // 2 for rows in sets)])
    for a, b in zip(found(*rows, lengths=lengths), plain(*rows, lengths=lengths), strict=True):
        assert torch.equal(a, b)


def test_all_inputs_of_three_documents(folders: dict[str, Path], tmp_path: Path) -> None:
    case = CLOSEST
    for architecture in stock.ARCHITECTURES:
        hf.write(compile_model(case.problem(2), max_n=3), tmp_path / architecture, architecture)
        found = hf.read(tmp_path / architecture)
        every = [([list(row[k : k + 2]) for k in (0, 2, 4)],) for row in product((0, 1), repeat=6)]
        bits = found(torch.tensor([rows for (rows,) in every]))
        powers = 2 ** torch.arange(2)
        pairs = torch.stack([(b * powers[: b.shape[1]]).sum(1) for b in bits[:2]], 1).int().tolist()
        assert [tuple(pair) for pair in pairs] == [case.brute(sets).pair for sets in every]  # type: ignore[union-attr]


ASK = """
import json, sys
sys.modules["proofformer"] = None
import os, torch
print_of = {}
for folder, cases in json.load(open(sys.argv[1])).items():
    os.chdir(folder)
    text = open("README.md").read()
    code = text.split("```python\\n")[1].split("```")[0]
    load, ask = code.split("# ", 1)
    exec(load)
    said = []
    for sets in cases:
        for name, rows in sets.items():
            globals()[name] = torch.tensor(rows)
        exec("# " + ask)
        said.append(answer)
    print_of[folder] = said
print(json.dumps(print_of))
"""


def test_the_card_asks_without_proofformer(folders: dict[str, Path], tmp_path: Path) -> None:
    """In a process that has transformers and torch and cannot import proofformer: 50 instances of each folder."""
    draw = random.Random(8)
    asked: dict[str, list[dict[str, Any]]] = {}
    cases = dict(zip(IDS, (case for case, _, _ in HELD), strict=True))
    wanted = [name for name in IDS if cases[name] is not COSINE]
    for name in wanted:
        case = cases[name]
        made = instances(case)
        while len(made) < 50:
            sizes = (draw.randint(1, 5), draw.randint(1, 7)) if case.bichromatic else (draw.randint(2, MAX_N),)
            made.append(case.legal(tuple([[draw.randint(0, 1) for _ in range(DIM)] for _ in range(n)] for n in sizes)))
        asked[str(folders[name])] = [dict(zip("AB" if case.bichromatic else "X", sets, strict=True)) for sets in made]
    (tmp_path / "asked.json").write_text(json.dumps(asked))
    (tmp_path / "ask.py").write_text(ASK)
    done = subprocess.run(
        [sys.executable, str(tmp_path / "ask.py"), str(tmp_path / "asked.json")], capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    said = json.loads(done.stdout)
    for name in wanted:
        case = cases[name]
        for sets, fields in zip(asked[str(folders[name])], said[str(folders[name])], strict=True):
            answer = case.brute(tuple(sets.values()))
            if case.question == "decide":
                assert fields == {"decision": int(bool(answer))}
            else:
                assert (fields["i"], fields["j"]) == answer.pair  # type: ignore[union-attr]
                assert fields.get("value", answer.value) == answer.value  # type: ignore[union-attr]


def test_the_folder_is_stock(folders: dict[str, Path]) -> None:
    """Four files of data, and nothing that would have transformers run code."""
    for folder in folders.values():
        assert {file.name for file in folder.iterdir()} == {hf.CONFIG, hf.WEIGHTS, hf.ABOUT, hf.CARD}
        config = json.loads((folder / hf.CONFIG).read_text())
        assert "auto_map" not in config
        assert config["model_type"] in ("llama", "arcee", "t5")
        about = json.loads((folder / hf.ABOUT).read_text())
        assert about["sha256"] == {file: sha256((folder / file).read_bytes()) for file in (hf.CONFIG, hf.WEIGHTS)}


@pytest.mark.parametrize(
    ("architecture", "dtype", "remedy"),
    [
        ("llama", "float16", "compile it in float32"),
        ("t5", "float16", "compile it in float32"),
        ("arcee", "float64", "choose t5"),
        ("t5", "bfloat16", "choose llama or arcee"),
    ],
)
def test_what_cannot_be_held_exactly_is_refused(architecture: str, dtype: str, remedy: str, tmp_path: Path) -> None:
    model = compile_model(problem("closest-pair", dim=3), max_n=4, dtype=dtype)
    with pytest.raises(InputError, match=rf"^{architecture} cannot hold a {dtype} model exactly \(.*\): {remedy}$"):
        hf.write(model, tmp_path / "m", architecture)
    assert not (tmp_path / "m").exists()


def small(mask: str = "strict") -> Model:
    return compile_model(problem("closest-pair", dim=3), max_n=4, mask=mask)


def test_refusals(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(InputError, match="architecture 'gpt' is unknown: choose one of llama, arcee, t5"):
        hf.write(small(), tmp_path / "m", "gpt")
    with pytest.raises(InputError, match="plan the model with mask='inclusive'"):
        stock.stock(small().plan, "llama")
    changed = small()
    changed.transformer.unembed.weight[0, 0] = 1
    with pytest.raises(InputError, match="weights are not those of its plan"):
        hf.write(changed, tmp_path / "m")
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "thesis.txt").write_text("mine")
    with pytest.raises(InputError, match="exists and is no export of this kind"):
        hf.write(small(), tmp_path / "other")
    assert [file.name for file in tmp_path.iterdir()] == ["other"]
    hf.write(small("inclusive"), tmp_path / "m")
    hf.write(small(), tmp_path / "m", "arcee")
    assert json.loads((tmp_path / "m" / hf.CONFIG).read_text())["model_type"] == "arcee"

    monkeypatch.setitem(sys.modules, "transformers", None)
    with pytest.raises(InputError, match=r"^transformers is not installed: pip install 'proofformer\[hf\]'$"):
        hf.read(tmp_path / "m")


def test_sizes_that_the_model_does_not_take(folders: dict[str, Path]) -> None:
    found = hf.read(folders[IDS[0]])
    with pytest.raises(InputError, match=f"compiled for at most {MAX_N}"):
        found.solve([[0] * DIM] * (MAX_N + 1))
    with pytest.raises(InputError, match="the model takes"):
        found(torch.zeros(1, 3, DIM + 1))


def test_a_norm_leaves_larger_numbers_alone_with_a_larger_eps() -> None:
    held = stock.stock(small("inclusive").plan, "llama")
    shape = held.shape
    assert held.config["rms_norm_eps"] == 2.0**60
    for square, eps in ((shape.width << 35) - 1, 60), (shape.width << 35, 62), ((shape.width << 75) - 1, 100):
        object.__setattr__(shape, "square", square)
        assert stock.norm_eps(shape) == 2.0**eps
        x = torch.full((shape.width,), (square / shape.width) ** 0.5, dtype=torch.float32)
        kept = x * torch.rsqrt(x.pow(2).mean() + 2.0**eps) * 2.0 ** (eps // 2)
        assert torch.equal(kept, x)
    object.__setattr__(shape, "square", shape.width << 75)
    with pytest.raises(InputError, match="too large for a norm"):
        stock.norm_eps(shape)


def _json(file: str, change: Callable[[dict[str, Any]], Any]) -> Callable[[Path, random.Random], None]:
    def alter(folder: Path, draw: random.Random) -> None:
        said = json.loads((folder / file).read_text())
        change(said)
        (folder / file).write_text(json.dumps(said))

    return alter


def _any_key(file: str) -> Callable[[Path, random.Random], None]:
    """One value of the file, however deep, becomes another."""

    def alter(folder: Path, draw: random.Random) -> None:
        said = json.loads((folder / file).read_text())
        at = said
        while isinstance(at, dict | list) and at:
            keys = list(at) if isinstance(at, dict) else list(range(len(at)))
            parent, key = at, draw.choice(keys)
            at = at[key]
        parent[key] = draw.choice([value for value in (None, -1, 7, "x", [], {}, True, 1e400) if value != at])
        (folder / file).write_text(json.dumps(said))

    return alter


def _truncate(folder: Path, draw: random.Random) -> None:
    file = folder / draw.choice([hf.CONFIG, hf.WEIGHTS, hf.ABOUT])
    data = file.read_bytes()
    file.write_bytes(data[: draw.randrange(len(data) - 2)])


def _flip(folder: Path, draw: random.Random) -> None:
    file = folder / draw.choice([hf.CONFIG, hf.WEIGHTS, hf.WEIGHTS, hf.ABOUT])
    data = bytearray(file.read_bytes())
    data[draw.randrange(len(data))] ^= 1 << draw.randrange(8)
    file.write_bytes(data)


def _remove(folder: Path, draw: random.Random) -> None:
    (folder / draw.choice([hf.CONFIG, hf.WEIGHTS, hf.ABOUT])).unlink()


def _tensor(folder: Path, draw: random.Random) -> None:
    """A tensor renamed, re-shaped, of another dtype, dropped, or with one number changed."""
    tensors = load_file(folder / hf.WEIGHTS)
    name = draw.choice(sorted(tensors))
    tensor = tensors.pop(name)
    kind = draw.randrange(5)
    if kind == 0:
        tensors[f"{name}x"] = tensor
    if kind == 1:
        tensors[name] = tensor.reshape(-1, 1)
    if kind == 2:
        tensors[name] = tensor.to(torch.float16)
    if kind == 3:
        changed = tensor.clone()
        number = draw.randrange(tensor.numel())
        changed.view(-1)[number] = 2 * changed.view(-1)[number] + 1
        tensors[name] = changed
    save_file(tensors, folder / hf.WEIGHTS, metadata={"format": "pt"})


def _swap(folder: Path, draw: random.Random) -> None:
    """A file of the folder of another problem."""
    name = draw.choice([hf.CONFIG, hf.WEIGHTS, hf.ABOUT])
    (folder / name).write_bytes((folder.parent / "other" / name).read_bytes())


ALTERED = {
    "truncated": _truncate,
    "flipped": _flip,
    "removed": _remove,
    "tensor": _tensor,
    "config": _any_key(hf.CONFIG),
    "about": _any_key(hf.ABOUT),
    "swapped": _swap,
    "norm": _json(hf.CONFIG, lambda said: said.update(rms_norm_eps=1e-6)),
    "code": _json(hf.CONFIG, lambda said: said.update(auto_map={"AutoModel": "mine.Model"})),
}


@pytest.mark.parametrize("kind", ALTERED)
def test_altered_folders_are_refused_or_right(kind: str, tmp_path: Path) -> None:
    hf.write(small(), tmp_path / "good")
    hf.write(compile_model(problem("closest-pair", dim=4), max_n=4), tmp_path / "other")
    good = {file.name: file.read_bytes() for file in (tmp_path / "good").iterdir()}
    draw, refused = random.Random(kind), 0
    for _ in range(1 if kind in ("norm", "code") else 25):
        for name, data in good.items():
            (tmp_path / "good" / name).write_bytes(data)
        ALTERED[kind](tmp_path / "good", draw)
        try:
            found = hf.read(tmp_path / "good")
        except InputError:
            refused += 1
            continue
        rows = [[0, 1, 1], [1, 0, 0], [1, 1, 1]]
        assert found.solve(rows) == found.problem.answer(rows)
    assert refused == (1 if kind in ("norm", "code") else 25)
