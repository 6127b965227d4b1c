"""`.pt2` files: what the program answers, what is in the file, and that no foreign file is unpickled."""

import json
import zipfile
from pathlib import Path

import pytest
import torch
from tests.artifacts.trials import check_answers, check_bits, compiled, wrong_of_adversarial
from tests.cases import BICHROMATIC, BICHROMATIC_DECIDE, CLOSEST, COSINE, GRID, OV, Case

import proofformer as pf
from proofformer.artifacts import torch_program
from proofformer.errors import InputError
from proofformer.verify.checks import exhaustive

ROUND_TRIPS = [
    (CLOSEST, "float32"),
    (OV, "bfloat16"),
    (BICHROMATIC, "float16"),
    (BICHROMATIC_DECIDE, "float64"),
    (COSINE, "float64"),
    (GRID, "float32"),
]


@pytest.mark.parametrize(("case", "dtype"), ROUND_TRIPS, ids=str)
def test_round_trip(case: Case, dtype: str, tmp_path: Path) -> None:
    model = compiled(case, dtype)
    torch_program.write(model, tmp_path / "m.pt2")
    exported = torch_program.read(tmp_path / "m.pt2")
    assert (exported.problem, exported.plan, exported.max_n, exported.dtype) == (model.problem, model.plan, 8, dtype)
    check_answers(exported, case)
    check_bits(exported, model, case)


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Closest pair, l = 12, n up to 60."""
    path = tmp_path_factory.mktemp("torch") / "m.pt2"
    torch_program.write(pf.compile("closest-pair", dim=12, max_n=60), path)
    return path


def test_adversarial_instances(file: Path) -> None:
    assert wrong_of_adversarial(torch_program.read(file), 100) == 0


def test_what_the_file_holds(file: Path) -> None:
    program = torch.export.load(file)
    model = pf.compile("closest-pair", dim=12, max_n=60)
    held = {name.removeprefix("transformer."): tensor for name, tensor in program.state_dict.items()}
    assert held.keys() == model.transformer.state_dict().keys()
    for name, tensor in model.transformer.state_dict().items():
        assert torch.equal(held[name], tensor), name
    with pytest.raises((AssertionError, RuntimeError), match="60"):
        program.module()((torch.zeros(1, 61, 12, dtype=torch.uint8),), torch.tensor([[61]]))
    with zipfile.ZipFile(file) as archive:
        for name in archive.namelist():
            assert str(Path(pf.__file__).parent).encode() not in archive.read(name), name


@pytest.mark.parametrize(("max_n", "bichromatic"), [(2, False), (3, True)])
def test_few_documents(max_n: int, bichromatic: bool, tmp_path: Path) -> None:
    model = pf.compile("closest-pair", dim=2, max_n=max_n, bichromatic=bichromatic)
    torch_program.write(model, tmp_path / "m.pt2")
    exported = torch_program.read(tmp_path / "m.pt2")
    for family, count in exhaustive.families(exported, 8):
        assert exhaustive.run(exported, family, 0, 0, count).wrong == 0


def test_a_name_that_torch_does_not_read(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"names that end in \.pt2, not 'm\.pt'"):
        torch_program.write(compiled(OV), tmp_path / "m.pt")


def test_a_program_of_another_torch_is_refused(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch, "__version__", "3.0.0+cpu")
    with pytest.raises(InputError, match=r"was written by torch 2\.\d+\.\d+ and this is torch 3\.0\.0: export"):
        torch_program.read(file)


@pytest.mark.parametrize("member", ["model.json", "model.pt", "model_weights_config.json"])
def test_nothing_of_an_altered_file_is_run(
    member: str, file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Guards, shapes and pickles in it could be any Python."""
    with zipfile.ZipFile(file) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    [name] = (name for name in members if name.endswith(f"/{member}"))
    if member == "model.json":
        graph = json.loads(members[name])
        graph["guards_code"] = ["print('run')"]
        members[name] = json.dumps(graph).encode()
    else:
        members[name] += b" "
    with zipfile.ZipFile(tmp_path / "m.pt2", "w") as archive:
        for known, data in members.items():
            archive.writestr(known, data)
    monkeypatch.setattr(torch.export, "load", None)
    with pytest.raises(InputError, match=rf"was altered: '.*{member}' is not what its problem compiles to"):
        torch_program.read(tmp_path / "m.pt2")
