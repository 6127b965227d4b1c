"""What the package's own functions say to what is no path, no model, no norms: one sentence that names the value."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import proofformer as pf
from proofformer.errors import MOST, InputError, ProofError

MODEL = pf.compile("closest-pair", dim=3, max_n=8)
NO_PATHS = (None, 3, [], b"x", 1.5)


@pytest.mark.parametrize("path", NO_PATHS, ids=str)
@pytest.mark.parametrize("use", [pf.load, pf.read, MODEL.save], ids=["load", "read", "save"])
def test_no_paths(use: Callable[[Any], object], path: object) -> None:
    with pytest.raises(InputError, match=r"is no path: pass a str or a Path"):
        use(path)


@pytest.mark.parametrize("device", [None, 1.5, [], "nowhere", "cuda:77", "", "meta", "privateuseone"], ids=str)
def test_no_devices(tmp_path: Path, device: Any) -> None:
    MODEL.save(tmp_path / "m")
    with pytest.raises(InputError, match=r"device .* is not available here"):
        pf.load(tmp_path / "m", device)


@pytest.mark.parametrize("front", ["model", None, 3, MODEL.transformer], ids=["text", "None", "number", "transformer"])
def test_no_models(front: Any) -> None:
    with pytest.raises(InputError, match=r"and got a .*: pass pf.load\(path\)"):
        pf.verify(front, random=3)


def test_norms_of_numpy() -> None:
    assert pf.problem("msd", dim=8, norms=np.array([3, 4])).norms == (3, 4)  # type: ignore[arg-type]
    for norms in (np.array(8), np.array([[3]]), np.array([3.0])):
        with pytest.raises(InputError, match=r"norms is .*: pass the numbers of ones that rows may have"):
            pf.problem("msd", dim=8, norms=norms)  # type: ignore[arg-type]


@pytest.mark.parametrize("use", [pf.load, pf.read, MODEL.save], ids=["load", "read", "save"])
def test_a_circle_of_links(tmp_path: Path, use: Callable[[Any], object]) -> None:
    (tmp_path / "loop").symlink_to("loop")
    with pytest.raises(InputError, match="loop"):
        use(tmp_path / "loop")


def test_a_folder_with_the_name_of_a_file_is_nobodys_to_replace(tmp_path: Path) -> None:
    MODEL.save(tmp_path / "m")
    (tmp_path / "m" / "README.md").unlink()
    (tmp_path / "m" / "README.md").mkdir()
    (tmp_path / "m" / "README.md" / "kept").write_text("mine")
    with pytest.raises(InputError, match="exists and is no model folder"):
        MODEL.save(tmp_path / "m")
    assert (tmp_path / "m" / "README.md" / "kept").read_text() == "mine"


@pytest.mark.parametrize("kind", [InputError, ProofError])
def test_sentences_end_and_move_no_terminal(kind: type[ValueError]) -> None:
    assert str(kind("what \x1b]0;title\x07 and \x00\u202e is é")) == "what \\x1b]0;title\\x07 and \\x00\\u202e is é"
    long = str(kind(f"begins {'x' * 300_000} ends"))
    assert len(long) < MOST + 10
    assert long.startswith("begins x")
    assert long.endswith("x ends")
