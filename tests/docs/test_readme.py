"""What the README shows is what happens."""

import re
from pathlib import Path

import numpy as np
import pytest
from tests.docs.pages import run, text_of
from tests.scripts import ROOT

import proofformer as pf

README = (ROOT / "README.md").read_text()


USE = text_of("use.md")


def blocks(language: str, page: str = README) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", page, re.DOTALL)


@pytest.mark.slow
@pytest.mark.parametrize("block", blocks("console") + blocks("console", USE))
def test_commands(block: str, tmp_path: Path) -> None:
    """In processes of their own; `test_pages.py` has what they show."""
    run(f"```console\n{block}```", tmp_path, alone=True)


def test_python(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    X = np.random.default_rng(0).integers(0, 2, (40, 64))
    A, B = X[:10], X[10:]
    names: dict[str, object] = {"X": X, "A": A, "B": B}
    exec(blocks("python")[0] + blocks("python", USE)[0], names)
    assert names["answer"] == pf.problem("closest-pair", dim=64).answer(X)
    assert tuple(names["answer"]) == ((names["i"], names["j"]), names["distance"])
    assert names["shades"] == pf.problem("closest-pair", dim=64, metric="sqeuclidean", levels=16).answer(16 * X)
    assert names["yes"] == pf.problem("max-ip", threshold=20, dim=64).answer(X)
    assert names["similar"] == pf.problem("msd", dim=64).answer(X)
    assert pf.problem("msd", dim=64, gamma="11/10").accepts(X, names["near"])
    assert names["alike"] == pf.problem("msd", threshold="sqrt(1/2)", dim=64).answer(X)
    assert names["across"] == pf.problem("farthest-pair", bichromatic=True, dim=64).answer(A, B)


def test_theorem_is_the_one_in_the_source() -> None:
    assert blocks("python")[1] in (ROOT / "src/proofformer/theorems/closest_pair.py").read_text()
