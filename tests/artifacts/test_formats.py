"""What all formats share: files written whole or not at all, over nothing but exports; sentences for what is wrong."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest
import torch
from tests.artifacts.trials import compiled
from tests.cases import CLOSEST, OV
from tests.scripts import load_script

import proofformer as pf
from proofformer.artifacts import artifact as formats
from proofformer.artifacts import onnx_file
from proofformer.artifacts.storage import config_hash
from proofformer.errors import InputError
from proofformer.verify.checks import exhaustive


@pytest.fixture
def file(tmp_path: Path) -> Path:
    onnx_file.write(compiled(CLOSEST), tmp_path / "m.onnx")
    return tmp_path / "m.onnx"


def test_an_export_may_be_replaced(file: Path) -> None:
    onnx_file.write(compiled(OV), file)
    assert onnx_file.read(file).problem.name == "ov"
    assert [p.name for p in file.parent.iterdir()] == ["m.onnx"]
    onnx_file.write(compiled(CLOSEST), file)
    assert onnx_file.read(file).problem.name == "closest-pair"


@pytest.mark.parametrize("held", [b"", b"mine", b"\x08\x08", "another model"])
def test_nothing_else_is_replaced(held: bytes | str, tmp_path: Path) -> None:
    target = tmp_path / "mine"
    if isinstance(held, str):
        nothing = onnx.helper.make_graph([], "mine", [], [])
        held = onnx.helper.make_model(nothing).SerializeToString()
    target.write_bytes(held)
    with pytest.raises(InputError, match="exists and is no onnx export of proofformer"):
        onnx_file.write(compiled(OV), target)
    assert target.read_bytes() == held
    assert [p.name for p in tmp_path.iterdir()] == ["mine"]


def test_a_folder_is_not_replaced(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="exists and is no onnx export"):
        onnx_file.write(compiled(OV), tmp_path)


def test_a_full_disk_leaves_what_was_there(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = file.read_bytes()

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "replace", full)
    with pytest.raises(InputError, match=r"cannot write .*: No space left on device"):
        onnx_file.write(compiled(OV), file)
    assert file.read_bytes() == before
    assert [p.name for p in file.parent.iterdir()] == ["m.onnx"]


@pytest.mark.parametrize("missing", ["onnx", "onnxruntime"])
def test_a_missing_extra_is_one_sentence(missing: str, file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    real = formats.import_module

    def absent(name: str) -> Any:
        if name == missing:
            raise ImportError(name)
        return real(name)

    monkeypatch.setattr(formats, "import_module", absent)
    sentence = rf"^{missing} is not installed: pip install 'proofformer\[onnx\]'$"
    with pytest.raises(InputError, match=sentence):
        onnx_file.read(file)
    if missing == "onnx":
        with pytest.raises(InputError, match=sentence):
            onnx_file.write(compiled(OV), file.parent / "other.onnx")


def test_a_model_whose_weights_were_changed_is_not_exported(tmp_path: Path) -> None:
    model = compiled(OV)
    tensors = {name: tensor.clone() for name, tensor in model.transformer.state_dict().items()}
    tensors["embed.weight"][0, 0] += 1
    model.set_tensors(tensors)
    with pytest.raises(InputError, match=r"weight 'embed\.weight' is not that of the model's plan"):
        onnx_file.write(model, tmp_path / "m.onnx")


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"version": 2}, "has format version 2; this proofformer reads version 1"),
        ({"format": "x"}, "belongs to something else"),
        ({"kind": "torch"}, "belongs to something else"),
        ({"max_n": 9}, "does not describe what its problem compiles to"),
        ({"options": {"opset": 18}}, "is not what its problem compiles to"),
        ({"options": {"opset": 7}}, "opset 7 is unknown here"),
        ({"options": {"opset": None}}, "is not what its problem compiles to"),
        ({"options": {"kind": "x"}}, "is not what its problem compiles to"),
        ({"options": {"opset": 23.0}}, "opset 23.0 is unknown here"),
        ({"options": []}, "does not describe"),
        ({"plan": None}, "the plan cannot be read"),
        ({"tensors": {}}, "does not describe"),
        ({"tensors": None}, "the plan cannot be read"),
    ],
    ids=str,
)
def test_words_that_were_changed_and_hashed_again(change: dict[str, Any], why: str, file: Path) -> None:
    made = onnx.load(file)
    about = json.loads(made.metadata_props[0].value) | change
    about["sha256"] = config_hash(about)
    made.metadata_props[0].value = json.dumps(about, separators=(",", ":"))
    file.write_bytes(made.SerializeToString(deterministic=True))
    with pytest.raises(InputError, match=why):
        onnx_file.read(file)


def test_shapes_are_checked_as_by_the_model(file: Path) -> None:
    exported = onnx_file.read(file)
    with pytest.raises(InputError, match="compiled for at most 8"):
        exported(torch.zeros(1, 9, 5))
    with pytest.raises(InputError, match="at least 2 documents"):
        exported(torch.zeros(1, 1, 5))
    with pytest.raises(InputError, match="lengths"):
        exported(torch.zeros(1, 4, 5), lengths=torch.tensor([5]))
    with pytest.raises(InputError, match=r"0 or 1|0/1"):
        exported.solve(np.full((3, 5), 2))


def test_every_small_input(tmp_path: Path) -> None:
    onnx_file.write(pf.compile("max-ip", dim=3, max_n=8), tmp_path / "m.onnx")
    exported = onnx_file.read(tmp_path / "m.onnx")
    for family, count in exhaustive.families(exported, 12):
        assert exhaustive.run(exported, family, 0, 0, count).wrong == 0


def test_damaged_files_are_refused_or_right(tmp_path: Path) -> None:
    script = load_script("bench/corruptions.py")
    known = script.made(tmp_path)
    quick = [chosen for chosen in known if chosen.name in ("model folder", "onnx")]
    slow = [chosen for chosen in known if chosen not in quick]
    script.run(quick, 10 * len(script.KINDS))
    script.run(slow, len(slow) * len(script.KINDS))
    fates = {fate for chosen in known for _, fate in chosen.fates}
    assert fates <= {"refused", "right"}
    for chosen in known:
        assert {kind for kind, _ in chosen.fates} == set(script.KINDS)
