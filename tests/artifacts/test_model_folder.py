"""Model folders: what of an altered one is at fault, what the config and the card say, where it runs."""

import json
import struct
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file, save_file
from tests.artifacts import trials
from tests.artifacts.trials import FOLDER, compiled
from tests.cases import BICHROMATIC, BICHROMATIC_DECIDE, CLOSEST, OV, Case

import proofformer as pf
from proofformer.artifacts.artifact import CARD
from proofformer.artifacts.model_folder import CONFIG, EMBED, WEIGHTS, weights_hash
from proofformer.errors import InputError

Tensors = dict[str, torch.Tensor]


def edit(change: Callable[[dict[str, Any]], object]) -> Callable[[Path], None]:
    def apply(folder: Path) -> None:
        config = json.loads((folder / CONFIG).read_text())
        change(config)
        (folder / CONFIG).write_text(json.dumps(config, indent=1) + "\n")

    return apply


def retensor(change: Callable[[Tensors], object]) -> Callable[[Path], None]:
    """Other tensors, and the config's hash of them."""

    def apply(folder: Path) -> None:
        tensors = load_file(folder / WEIGHTS)
        change(tensors)
        save_file(tensors, folder / WEIGHTS, metadata={"format": "pt"})
        edit(lambda config: config.update(sha256=weights_hash(tensors)))(folder)

    return apply


def rebyte(change: Callable[[bytes], bytes], name: str = WEIGHTS) -> Callable[[Path], None]:
    return lambda folder: (folder / name).write_bytes(change((folder / name).read_bytes())) and None


def reheader(change: Callable[[str], str]) -> Callable[[Path], None]:
    """The header of the weights, of the right length again."""

    def changed(raw: bytes) -> bytes:
        [size] = struct.unpack("<Q", raw[:8])
        header = change(raw[8 : 8 + size].decode()).encode()
        return struct.pack("<Q", len(header)) + header + raw[8 + size :]

    return rebyte(changed)


ALTERED: dict[str, tuple[Callable[[Path], object], str]] = {
    "a weight changed": (retensor(lambda t: t[EMBED].add_(1)), f"tensor '{EMBED}' was altered"),
    "minus zero": (retensor(lambda t: t[EMBED].mul_(-0.0)), f"tensor '{EMBED}' was altered"),
    "another dtype": (retensor(lambda t: t.update({EMBED: t[EMBED].double()})), "is F64 .*, expected F32"),
    "another shape": (retensor(lambda t: t.update({"unembed.weight": t["unembed.weight"].T.contiguous()})), "altered"),
    "another width": (
        retensor(lambda t: t.update({EMBED: t[EMBED][:, 1:].contiguous()})),
        r"is of another model than config.json: its .* has shape \[\d+, 10\], where 11 columns are due; compile",
    ),
    "a token more": (retensor(lambda t: t.update({EMBED: t[EMBED][None]})), "is of another model"),
    "no embedding": (retensor(lambda t: t.pop(EMBED)), "missing or does not belong"),
    "a tensor missing": (retensor(lambda t: t.pop("unembed.weight")), "missing or does not belong"),
    "a tensor more": (retensor(lambda t: t.update({"x": torch.ones(1)})), "missing or does not belong"),
    "a name twice": (
        reheader(lambda h: h.replace("{", '{"unembed.weight":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},', 1)),
        "the file is damaged",
    ),
    "offsets that are true": (reheader(lambda h: h.replace("[0,", "[false,")), "the file is damaged"),
    "other metadata": (reheader(lambda h: h.replace('"pt"', '"tf"')), "its '__metadata__' was altered"),
    "bytes behind": (rebyte(lambda raw: raw + b"    "), "the file is damaged"),
    "header cut": (rebyte(lambda raw: raw[:50]), "the file is damaged|this small"),
    "config too deep": (rebyte(lambda raw: b"[" * 10**5, CONFIG), "is damaged, what it says of itself is not JSON"),
    "a statement changed": (edit(lambda c: c.update(statement="All is well.")), "its 'statement' was altered"),
    "a number of another kind": (edit(lambda c: c.update(width=float(c["width"]))), "its spelling was altered"),
}
"""And those of the table of bad input."""


@pytest.mark.parametrize("name", ALTERED)
def test_what_was_altered_is_refused(name: str, tmp_path: Path) -> None:
    alter, why = ALTERED[name]
    at = FOLDER.placed(tmp_path)
    alter(at)
    with pytest.raises(InputError, match=why) as caught:
        pf.load(at)
    assert str(at) in str(caught.value)


def test_tensors_in_another_order_are_the_same(tmp_path: Path) -> None:
    """As another version of the library may write them."""
    at = FOLDER.placed(tmp_path)
    tensors = load_file(at / WEIGHTS)
    entries, data = {"__metadata__": {"format": "pt"}}, b""
    for name in sorted(tensors, reverse=True):
        raw = tensors[name].numpy().tobytes()
        place = [len(data), len(data) + len(raw)]
        entries[name] = {"dtype": "F32", "shape": list(tensors[name].shape), "data_offsets": place}  # type: ignore[dict-item]
        data += raw
    header = json.dumps(entries).encode()
    (at / WEIGHTS).write_bytes(struct.pack("<Q", len(header)) + header + data)
    trials.check_answers(pf.load(at), OV)


@pytest.mark.parametrize("change", [{"max_n": 250}, {"threshold": 2}], ids=str)
def test_files_of_two_models_do_not_mix(change: dict[str, Any], tmp_path: Path) -> None:
    """Same shapes, another temperature, or another weight at START."""
    asked = {"dim": 5, "max_n": 150, "threshold": 1}
    for folder, more in (("a", {}), ("b", change)):
        pf.compile("min-ip", **asked | more).save(tmp_path / folder)
    mine, theirs = (load_file(tmp_path / folder / WEIGHTS) for folder in "ab")
    assert {name: x.shape for name, x in mine.items()} == {name: x.shape for name, x in theirs.items()}
    assert [name for name, x in mine.items() if not torch.equal(x, theirs[name])]
    (tmp_path / "b" / WEIGHTS).rename(tmp_path / "a" / WEIGHTS)
    edit(lambda config: config.update(sha256=weights_hash(theirs)))(tmp_path / "a")
    with pytest.raises(InputError, match="was altered"):
        pf.load(tmp_path / "a")


@pytest.mark.parametrize("case", [BICHROMATIC, BICHROMATIC_DECIDE], ids=str)
def test_the_config_has_the_whole_spec(case: Case, tmp_path: Path) -> None:
    at = FOLDER.placed(tmp_path, case)
    said = FOLDER.said(at)
    assert list(said)[:4] == ["format", "version", "spec", "options"]
    assert said["spec"] == {
        "problem": {
            "name": case.name,
            "dim": 5,
            "question": case.question,
            "metric": "hamming" if case is BICHROMATIC else None,
            "bichromatic": True,
            "threshold": None if case is BICHROMATIC else "5/2",
            "levels": 1,
            "norms": None,
            "gamma": None,
        },
        "max_n": 8,
        "dtype": "float32",
        "mask": "strict",
    }
    model = pf.load(at)
    assert (said["sha256"], said["options"]) == (weights_hash(model.transformer.state_dict()), {})
    assert said["parameters"] == sum(t.numel() for t in model.transformer.state_dict().values())
    assert model.problem.cut == (None if case is BICHROMATIC else 3)
    with pytest.raises(InputError, match="takes two sets"):
        model.solve([[0] * 5, [1] * 5])


def test_no_place_for_a_folder(tmp_path: Path) -> None:
    (tmp_path / "f").write_text("mine")
    with pytest.raises(InputError, match="cannot write"):
        compiled(OV).save(tmp_path / "f" / "below")
    assert (tmp_path / "f").read_text() == "mine"


def test_the_folder_one_is_in_is_not_replaced(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its path would lead to the new one, and whoever is in it would stand in what was deleted."""
    at = FOLDER.placed(tmp_path, CLOSEST)
    monkeypatch.chdir(at)
    with pytest.raises(InputError, match=r"\. is the folder you are in"):
        compiled(OV).save(".")
    assert pf.load(at).spec == compiled(CLOSEST).spec


@pytest.mark.parametrize("path", ["a\0b", "a\0/b"])
def test_names_that_no_file_has(path: str) -> None:
    for use in (pf.load, pf.read, compiled(OV).save):
        with pytest.raises(InputError, match="null"):
            use(path)


@pytest.mark.parametrize("theorem", ["lacks.py", 3])
def test_what_is_no_theorem(theorem: object, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="pass a THEOREM, or theorem_file"):
        pf.load(FOLDER.placed(tmp_path, OV), theorem=theorem)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("case", "texts"),
    [
        (CLOSEST, ["# closest-pair (hamming), search, l = 5, up to 8 documents, float32", "| partner | 4 |"]),
        (OV, ["# ov, decide, l = 5,", "whether some pair is orthogonal", "| hit | "]),
        (BICHROMATIC, ["# farthest-pair (hamming), bichromatic, search, l = 5,", "| best | "]),
        (BICHROMATIC_DECIDE, ["# max-ip, bichromatic, decide at 5/2, l = 5,", "an inner product of 3 or more"]),
    ],
    ids=str,
)
def test_card_names_the_theorem_and_its_numbers(case: Case, texts: list[str], tmp_path: Path) -> None:
    card = (FOLDER.placed(tmp_path, case) / CARD).read_text()
    search = case.question == "search"
    texts = [*texts, "merged by their largest scores", *(["lexicographically smallest pair"] if search else [])]
    texts += ["model.solve(A, B)", "at most 8 rows together"] if case.bichromatic else ["model.solve(X)", "2 <= n <= 8"]
    texts += ["**Statement.** For all", "**Proof.** ", "**Lemma.** Let `score`", "**Source.** "]
    for text in [*texts, "Alman & Yu (ICLR 2025, arXiv"]:
        assert text in card
    assert ("solve(A, B)" in card) is case.bichromatic
