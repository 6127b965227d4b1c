"""Folders that change places, or step aside where they cannot; what a writer leaves that is killed."""

import errno
import os
import shlex
import shutil
import subprocess
from collections import Counter
from pathlib import Path
from types import SimpleNamespace

import pytest
from tests.artifacts.kills import NEW, OLD, RESTORED, kills
from tests.artifacts.trials import FOLDER, LENS, LLAMA, Way, check_answers, compiled
from tests.cases import CLOSEST, OV

import proofformer as pf
from proofformer.artifacts import folder
from proofformer.errors import InputError

in_folders = pytest.mark.parametrize("way", [FOLDER, LLAMA, LENS], ids=str)


@pytest.fixture(params=[True, False], ids=["exchange", "no exchange"])
def exchange(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> bool:
    if not request.param:
        monkeypatch.setattr(folder, "_exchanged", lambda one, other: False)
    return bool(request.param)


def _swap(one: bytes, other: bytes, how: int) -> int:
    between = one + b".between"
    for source, target in ((one, between), (other, one), (between, other)):
        os.rename(source, target)
    return 0


SYSTEMS = {
    "macOS": (SimpleNamespace(renamex_np=_swap), 0),
    "neither": (SimpleNamespace(), 0),
    **{errno.errorcode[n]: (SimpleNamespace(renameat2=lambda *_: -1), n) for n in (*folder.ABSENT, errno.ENOSPC)},
}


@pytest.mark.parametrize("system", SYSTEMS)
def test_systems_that_cannot_and_a_disk_that_is_full(
    system: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    library, code = SYSTEMS[system]
    monkeypatch.setattr(folder.ctypes, "CDLL", lambda *_, **__: library)
    monkeypatch.setattr(folder.ctypes, "get_errno", lambda: code)
    at = FOLDER.placed(tmp_path, CLOSEST)
    if code == errno.ENOSPC:
        with pytest.raises(InputError, match=r"cannot write .*: No space left on device"):
            FOLDER.write(compiled(OV), tmp_path)
    else:
        FOLDER.write(compiled(OV), tmp_path)
    check_answers(pf.load(at), CLOSEST if code == errno.ENOSPC else OV)
    assert [p.name for p in tmp_path.iterdir()] == [at.name]


def test_the_old_folder_comes_back_when_the_new_one_cannot_come(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    at, rename = FOLDER.placed(tmp_path, CLOSEST), Path.rename

    def full(path: Path, target: Path) -> Path:
        if path.name == "new":
            raise OSError(errno.ENOSPC, "No space left on device")
        return rename(path, target)

    monkeypatch.setattr(folder, "_exchanged", lambda one, other: False)
    monkeypatch.setattr(Path, "rename", full)
    with pytest.raises(InputError, match=r"cannot write .*: No space left on device"):
        FOLDER.write(compiled(OV), tmp_path)
    check_answers(pf.load(at), CLOSEST)
    assert [p.name for p in tmp_path.iterdir()] == [at.name]


@in_folders
def test_a_folder_that_was_set_aside(way: Way, tmp_path: Path) -> None:
    """The reader says how to have it back, through a link too; the writer takes it back before anything else."""
    at = way.placed(tmp_path / "with spaces", CLOSEST)
    link = tmp_path / "link"
    link.symlink_to(at)
    aside = at.rename(at.with_name(f".{at.name}.before"))
    for path in (at, link):
        for read in (way.form.read, pf.read):
            with pytest.raises(InputError) as caught:
                read(path)
            command = shlex.join(["mv", str(aside), str(at)])
            why = f"{path} was being replaced when its writer ended: what it was before is {aside}, "
            assert str(caught.value) == f"{why}`{command}` restores it"
    subprocess.run(command, shell=True, check=True)
    check_answers(pf.read(link), CLOSEST)
    at.rename(aside)
    (aside / "thesis.tex").write_text("two years of work")
    with pytest.raises(InputError, match="exists and is no"):
        way.write(compiled(OV), at.parent)
    assert (at / "thesis.tex").exists()
    (at / "thesis.tex").unlink()
    check_answers(pf.read(at), CLOSEST)
    at.rename(aside)
    way.write(compiled(OV), at.parent)
    check_answers(pf.read(at), OV)
    assert [p.name for p in at.parent.iterdir()] == [at.name]


def test_what_a_killed_writer_left_aside_stops_nobody(exchange: bool, tmp_path: Path) -> None:
    """It had put the new folder in its place already."""
    at = FOLDER.placed(tmp_path, CLOSEST)
    at.rename(aside := at.with_name(f".{at.name}.before"))
    FOLDER.placed(tmp_path, OV)
    FOLDER.write(compiled(CLOSEST), tmp_path)
    check_answers(pf.load(at), CLOSEST)
    assert aside.exists() is exchange


def test_a_writer_killed_at_any_step_leaves_the_old_or_the_new(exchange: bool, tmp_path: Path) -> None:
    *killed, whole = kills(FOLDER.form, tmp_path)
    found = Counter(killed)
    assert whole == NEW
    assert len(killed) > 15
    assert set(found) == {OLD, NEW, *([] if exchange else [RESTORED])}


@in_folders
def test_a_folder_that_is_replaced_while_it_is_read_is_read_again(
    way: Way, exchange: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Files of two artifacts are none: a reader that met half of each called it altered."""
    at = way.placed(tmp_path, CLOSEST)
    plain = Path.read_bytes

    def read(file: Path) -> bytes:
        if file.name == way.form.names[-1]:
            monkeypatch.setattr(Path, "read_bytes", plain)
            way.write(compiled(OV), tmp_path)
        return plain(file)

    monkeypatch.setattr(Path, "read_bytes", read)
    check_answers(pf.read(at), OV)


def test_a_folder_that_is_replaced_at_every_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    at = FOLDER.placed(tmp_path, CLOSEST)
    plain = Path.read_bytes

    def read(file: Path) -> bytes:
        new = tmp_path / "new"
        shutil.copytree(at, new)
        shutil.rmtree(at)
        new.rename(at)
        return plain(file)

    monkeypatch.setattr(Path, "read_bytes", read)
    with pytest.raises(InputError, match="replaced again and again"):
        pf.load(at)
