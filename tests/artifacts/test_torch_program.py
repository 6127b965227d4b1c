"""`.pt2` files: what is in the file, that another process makes the same, and that nothing of a foreign file is run."""

import json
import subprocess
import sys
import zipfile
from pathlib import Path

import numpy as np
import pytest
import torch
from tests.artifacts.trials import CORRUPTIONS, TORCH, compiled
from tests.cases import CLOSEST

import proofformer as pf
from proofformer.errors import InputError


def test_autocast_and_the_default_device_decide_no_bytes(file: Path, tmp_path: Path) -> None:
    """Nor do graphs that were traced before it. The reader would make the same once more: it is remembered."""
    model = compiled(CLOSEST, max_n=60)
    with torch.autocast("cpu", dtype=torch.bfloat16), torch.device("meta"), CORRUPTIONS.remembering(TORCH.form):
        again = TORCH.write(model, tmp_path)
        found = pf.read(file)
    assert again.read_bytes() == file.read_bytes()
    rows = torch.eye(5, dtype=torch.int64, device="cpu").tolist()
    assert found.solve(rows) == model.problem.answer(rows)


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Closest pair, l = 5, n up to 60."""
    return TORCH.write(compiled(CLOSEST, max_n=60), tmp_path_factory.mktemp("torch"))


MAKE = """
import sys
import proofformer as pf
from proofformer.artifacts import format_named
format_named("torch").write(pf.compile("closest-pair", dim=5, max_n=60), sys.argv[1])
"""


def test_another_process_makes_the_same_file(file: Path, tmp_path: Path) -> None:
    subprocess.run([sys.executable, "-c", MAKE, str(tmp_path / "other.pt2")], check=True)
    assert (tmp_path / "other.pt2").read_bytes() == file.read_bytes()


def test_what_the_file_holds(file: Path) -> None:
    program = torch.export.load(file)
    model = compiled(CLOSEST, max_n=60)
    held = {name.removeprefix("transformer."): tensor for name, tensor in program.state_dict.items()}
    assert held.keys() == model.transformer.state_dict().keys()
    for name, tensor in model.transformer.state_dict().items():
        assert torch.equal(held[name], tensor), name
    with pytest.raises((AssertionError, RuntimeError), match="60"):
        program.module()((torch.zeros(1, 61, 5, dtype=torch.uint8),), torch.tensor([[61]]))
    for name, data in CORRUPTIONS.members_of(file).items():
        assert str(Path(pf.__file__).parent).encode() not in data, name


@pytest.mark.parametrize("member", ["model.json", "model.pt", "model_weights_config.json"])
def test_nothing_of_an_altered_file_is_run(
    member: str, file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Guards, shapes and pickles in it could be any Python."""
    monkeypatch.setattr(TORCH.form, "make", lambda *_: {"": file.read_bytes()})
    members = CORRUPTIONS.members_of(file)
    [name] = (name for name in members if name.endswith(f"/{member}"))
    if member == "model.json":
        graph = json.loads(members[name])
        graph["guards_code"] = ["print('run')"]
        members[name] = json.dumps(graph).encode()
    else:
        members[name] += b" "
    CORRUPTIONS.pack(members, tmp_path / "m.pt2")
    monkeypatch.setattr(torch.export, "load", None)
    with pytest.raises(InputError, match=rf"'.*{member}' was altered, so nothing is proved of it"):
        pf.read(tmp_path / "m.pt2")


def test_a_file_that_unpacks_to_more_than_it_is(file: Path, tmp_path: Path) -> None:
    """Is not unpacked: torch compresses nothing."""
    members = CORRUPTIONS.members_of(file)
    with zipfile.ZipFile(tmp_path / "m.pt2", "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members.items():
            archive.writestr(name, bytes(10**8) if name.endswith("/data/weights/weight_0") else data)
    with pytest.raises(InputError, match="does not say what problem it answers"):
        pf.read(tmp_path / "m.pt2")


def test_the_file_itself_is_shielded_from_autocast(tmp_path: Path) -> None:
    """Whoever loads it with torch alone, or reads it: distances of thousands would be rounded to 8 or 11 bits."""
    model = pf.compile("farthest-pair", dim=6, max_n=8, metric="sqeuclidean", levels=40)
    with CORRUPTIONS.remembering(TORCH.form):
        front = pf.read(at := TORCH.write(model, tmp_path))
    rows = np.random.default_rng(0).integers(0, 41, (8, 6)).astype(np.uint8)
    program, expected = torch.export.load(at).module(), model.problem.answer(rows)
    for autocast in (torch.bfloat16, torch.float16):
        with torch.autocast("cpu", dtype=autocast):
            bits = program((torch.from_numpy(rows)[None],), torch.tensor([[8]]))
            assert front.solve(rows) == expected
        assert front.answers(tuple(bits.values()), [(8,)]) == [expected]
