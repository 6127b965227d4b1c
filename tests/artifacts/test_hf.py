"""Stock Hugging Face folders: nothing of ours in them, right without proofformer, norms that do nothing."""

import json
import random
from pathlib import Path

import pytest
import torch
from tests.artifacts.trials import ARCEE, LENS, LLAMA, T5, TURNED, asked_without_us, compiled
from tests.cases import BICHROMATIC, BICHROMATIC_DECIDE, BY_NORM, CLOSEST, COSINE, GRID, OV, Case, Sets

import proofformer as pf
from proofformer.artifacts import hf, stock
from proofformer.artifacts.artifact import ABOUT
from proofformer.errors import InputError

DIM, MAX_N = 5, 12
HELD = [
    (CLOSEST, LLAMA, "float32"),
    (CLOSEST, ARCEE, "bfloat16"),
    (OV, LLAMA, "bfloat16"),
    (BICHROMATIC, T5, "float64"),
    (BICHROMATIC_DECIDE, ARCEE, "float32"),
    (COSINE, T5, "float32"),
    (BY_NORM, LLAMA, "float32"),
    (GRID, ARCEE, "bfloat16"),
    *((case, LENS, LENS.dtypes[k % 2]) for k, case in enumerate((CLOSEST, OV, BICHROMATIC, BY_NORM, GRID))),
    (CLOSEST, TURNED, "float32"),
    (BICHROMATIC, TURNED, "float64"),
]
IDS = [f"{case}-{way}-{dtype}" for case, way, dtype in HELD]


@pytest.fixture(scope="module")
def folders(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    root = tmp_path_factory.mktemp("stock")
    return {
        name: way.write(compiled(case, dtype, max_n=MAX_N), root / name)
        for name, (case, way, dtype) in zip(IDS, HELD, strict=True)
    }


def instances(case: Case) -> list[Sets]:
    """Hand-made ones at the largest size, and of two documents."""
    return [*case.instances(DIM, MAX_N).values(), *case.instances(DIM, 2).values()]


def test_the_card_asks_without_proofformer(folders: dict[str, Path], tmp_path: Path) -> None:
    """In a process that has torch and their libraries and cannot import proofformer: all instances of each folder, of
    TransformerLens too, which imports the others' library."""
    asked = {folders[name]: (case, instances(case)) for name, (case, *_) in zip(IDS, HELD, strict=True)}
    asked_without_us(asked, tmp_path)


def test_the_folder_is_stock(folders: dict[str, Path]) -> None:
    """Four files of data, and nothing that would have transformers run code."""
    for folder in (folders[name] for name, (_, way, _) in zip(IDS, HELD, strict=True) if way.name == "hf"):
        assert {file.name for file in folder.iterdir()} == set(hf.FORMAT.names)
        config = json.loads((folder / hf.CONFIG).read_text())
        assert "auto_map" not in config
        assert config["model_type"] == json.loads((folder / ABOUT).read_text())["options"]["architecture"]


@pytest.mark.parametrize("change", [{"rms_norm_eps": 1e-6}, {"auto_map": {"AutoModel": "mine.Model"}}], ids=str)
def test_a_config_that_would_do_something_is_refused(change: dict[str, object], tmp_path: Path) -> None:
    at = LLAMA.placed(tmp_path)
    config = json.loads((at / hf.CONFIG).read_text())
    (at / hf.CONFIG).write_text(json.dumps(config | change, indent=1) + "\n")
    with pytest.raises(
        InputError,
        match=f"config.json: its '{next(iter(change))}' (was altered|is missing or does not belong), so nothing",
    ):
        pf.read(at)
    (at / "proofformer.json").unlink()
    with pytest.raises(InputError, match="is no model folder: name one"):
        pf.read(at)


def test_stock_attention_takes_no_strict_plan() -> None:
    with pytest.raises(InputError, match="compile the model with mask='inclusive'"):
        stock.stock(compiled(CLOSEST).plan, "llama")


def test_a_norm_leaves_larger_numbers_alone_with_a_larger_eps() -> None:
    held = stock.stock(pf.compile("closest-pair", dim=3, max_n=4, mask="inclusive").plan, "llama")
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


def asked_by_the_card(at: Path, code: str, rows: object, monkeypatch: pytest.MonkeyPatch) -> dict[str, int]:
    """What the card's code answers for the documents X, in this process."""
    monkeypatch.chdir(at)
    names = {"X": torch.tensor(rows)}
    exec(code, names)
    return names["answer"]  # type: ignore[return-value]


def test_the_card_under_autocast_and_in_another_dtype(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Distances of thousands: rounded to 8 or 11 bits, others are the largest."""
    model = pf.compile("farthest-pair", dim=6, max_n=8, metric="sqeuclidean", levels=40)
    at = LLAMA.write(model, tmp_path)
    rows = [[random.Random(k).randint(0, 40) for _ in range(6)] for k in range(8)]
    code = (at / "README.md").read_text().split("```python\n")[1].split("```")[0]
    expected = model.solve(rows)
    for autocast in (torch.bfloat16, torch.float16):
        with torch.autocast("cpu", dtype=autocast):
            found = asked_by_the_card(at, code, rows, monkeypatch)
        assert ((found["i"], found["j"]), found["value"]) == (expected.pair, expected.value)  # type: ignore[union-attr]
    quantise = "model = torch.ao.quantization.quantize_dynamic(model, {torch.nn.Linear})\n"
    for other in (
        code.replace("docs, place", f"{quantise}docs, place", 1),
        code.replace('from_pretrained(".")', 'from_pretrained(".", dtype=torch.float16)'),
    ):
        assert other != code
        with pytest.raises(SystemExit, match="no answer: it was compiled for float32, without quantization"):
            asked_by_the_card(at, other, rows, monkeypatch)
