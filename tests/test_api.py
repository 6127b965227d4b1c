"""What the package's own functions say to what is no path, no model, no norms: one sentence that names the value."""

import inspect
import pickle
import pydoc
import subprocess
import sys
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

import proofformer as pf
from proofformer.arguments import ARGUMENTS
from proofformer.errors import MOST, Choice, InputError, ProofError

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


@pytest.mark.parametrize("name", ["verify", "challenge"])
def test_a_package_that_is_called_has_the_help_of_its_function(name: str) -> None:
    """And of that nothing is imported before it is asked for."""
    package = getattr(pf, name)
    function = getattr(
        import_module("proofformer.verify.here" if name == "verify" else "proofformer.challenge.search"), name
    )
    assert inspect.signature(package) == inspect.signature(function)
    told = pydoc.render_doc(package, renderer=pydoc.plaintext)
    assert f" - {name}({'front' if name == 'verify' else 'opponent'}: " in told
    assert inspect.getdoc(function).splitlines()[0] in told  # type: ignore[union-attr]
    lazy = f"import sys, proofformer as pf; pf.{name}; sys.exit('torch' in sys.modules)"
    assert not subprocess.run([sys.executable, "-c", lazy]).returncode


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


X = [[0, 0, 1], [1, 1, 0], [0, 1, 1], [1, 1, 0]]


@pytest.mark.parametrize("dtype", [torch.bfloat16, "torch.bfloat16", np.float32, np.dtype("float64")], ids=str)
def test_dtypes_of_torch_and_numpy(dtype: object) -> None:
    model = pf.compile("closest-pair", dim=3, max_n=8, dtype=dtype)
    assert model.dtype in str(dtype)
    assert model.solve(X).pair == (1, 3)


def test_a_batch_has_a_list_of_answers() -> None:
    model, one = pf.compile("closest-pair", dim=3, max_n=8), MODEL.problem.answer
    ragged = [X, X[:2], np.array(X[1:]), torch.tensor(X)]
    assert model.solve(ragged) == [one(some) for some in ragged]
    assert model.solve(np.array([X, X[::-1]])) == [one(X), one(X[::-1])]
    assert model.solve(np.zeros((0, 4, 3))) == []
    two = pf.compile("max-ip", dim=3, max_n=8, bichromatic=True)
    assert two.solve([X, X[:1]], [X[:2], X]) == [two.problem.answer(X, X[:2]), two.problem.answer(X[:1], X)]
    # As many in all, which is more than the model takes when either set is padded to the other's, or not.
    two = pf.compile("min-ip", dim=3, max_n=8, bichromatic=True)
    for n in (7, 4):
        many, few = np.ones((n, 3)), np.ones((2 if n == 4 else 1, 3))
        assert two.solve([many, few], [few, many]) == [two.problem.answer(many, few), two.problem.answer(few, many)]


@pytest.mark.parametrize(
    ("sets", "why"),
    [
        (([X, [[0, 0, 2]] * 2],), "instance 1 of the batch: row 0, column 2 holds 2"),
        (([X, X * 3],), "instance 1 of the batch: n = 12 documents, .* compile with max_n=12$"),
        (([X, X], [X]), "A is a batch of 2 instances, B of 1"),
        (([X, X], 3), "A is a batch of 2 instances, B is none"),
    ],
    ids=["entry", "size", "two batches", "one batch"],
)
def test_batches_that_are_refused(sets: Any, why: str) -> None:
    with pytest.raises(InputError, match=why):
        MODEL.solve(*sets)


def test_batches_are_answered_in_shares(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("proofformer.runtime.batches.MOST_PAIRS", 40)
    some = [X[:n] for n in (2, 4, 3, 2, 4)]
    assert MODEL.solve(some) == [MODEL.problem.answer(rows) for rows in some]


def test_bits_are_spelled() -> None:
    bits = MODEL(torch.tensor([X, X[::-1]]))
    assert MODEL.answers(bits) == MODEL.answers(bits, [4, 4]) == MODEL.solve([X, X[::-1]])


def test_what_is_shown() -> None:
    assert repr(MODEL) == "Model(closest-pair (hamming), search, l = 3, n = 2..8, float32)"
    answer = MODEL.solve(X)
    (i, j), value = answer
    assert (i, j, value) == (1, 3, 0)
    assert answer._repr_html_() == "<b>pair (1, 3), value 0</b>"
    html = MODEL._repr_html_()
    assert html.startswith(f"<b>{MODEL!r}</b><br><svg ")
    assert "<svg" not in pf.compile("closest-pair", dim=64, max_n=64)._repr_html_()


@pytest.mark.parametrize("metric", ["hamming", "sqeuclidean", "cityblock", "cosine", "jaccard", "dice"])
def test_the_closest_pair_in_one_call(metric: str) -> None:
    rows = np.array(X) * (1 if metric in ("hamming", "cosine", "jaccard", "dice") else 200)
    asked: dict[str, Any] = {"levels": 200} if rows.max() == 200 else {}
    asked |= {"norms": (2,)} if metric in ("jaccard", "dice") else {}
    name = "closest-pair" if metric in ("hamming", "sqeuclidean", "cityblock") else "msd"
    rows = rows if metric in ("hamming", "sqeuclidean", "cityblock") else np.array(X)[1:]
    assert pf.closest_pair(rows, metric=metric) == pf.problem(name, dim=3, metric=metric, **asked).answer(rows)
    assert pf.closest_pair(rows, rows[:1], metric=metric).pair == (0, 0)
    assert pf.closest_pair(rows, rows, metric=metric).pair == (0, 0)
    others = np.array(X)[1:3] * asked.get("levels", 1)  # of more ones, or larger numbers, than the first set
    assert pf.closest_pair(X[:1], others, metric=metric).pair == (0, 1)


def test_closest_pairs_of_no_metric() -> None:
    with pytest.raises(InputError, match=r"metric 'l2' is unknown: choose one of hamming, sqeuclidean, .*, dice"):
        pf.closest_pair(X, metric="l2")
    with pytest.raises(InputError, match=r"holds 2: .* up to 255 pass metric='sqeuclidean' or 'cityblock'$"):
        pf.closest_pair([[0, 1], [2, 1]])
    with pytest.raises(InputError, match=r"rows 0 and 1 are all zero"):
        pf.closest_pair([[0, 0], [0, 0]], metric="jaccard")
    with pytest.raises(InputError, match=r"metric \['cosine'\] is unknown"):
        pf.closest_pair(X, metric=["cosine"])  # type: ignore[arg-type]
    with pytest.raises(InputError, match=r"holds 0\.5: every entry must be 0 or 1$"):
        pf.closest_pair([[0, 1], [0.5, 1]])


def test_arguments_are_explained() -> None:
    told = str(pf.compile.__doc__)
    assert all(f"\n        {a.name}: " in told for a in ARGUMENTS)


def test_settings_are_told_as_their_reader_writes_them() -> None:
    with pytest.raises(ProofError) as refused:
        pf.compile("msd", dim=64, max_n=64)
    for error in (refused.value, pickle.loads(pickle.dumps(refused.value))):
        assert str(error).endswith("Try dtype='float64' or dim=34")
        assert error.told(options=True).endswith("Try --dtype float64 or --dim 34")
    outer = InputError("in a file: ", InputError("pass ", Choice("norms", (3, 4)), " or ", Choice("bichromatic", True)))
    assert str(outer) == "in a file: pass norms=(3, 4) or bichromatic=True"
    assert outer.told(options=True) == "in a file: pass --norms 3,4 or --bichromatic"
