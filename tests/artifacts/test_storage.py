"""Model folders: what comes back is bit for bit what was saved, and what was altered is refused."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file, save_file
from tests.cases import BICHROMATIC, BICHROMATIC_DECIDE, CASES, CLOSEST, DTYPES, OV, Case

import proofformer as pf
from proofformer.artifacts.storage import CARD, CONFIG, WEIGHTS, config_hash, device_named, load, save
from proofformer.errors import InputError
from proofformer.runtime import Model, model_of


def compiled(case: Case = OV, dtype: str = "float32", rounds: int | None = None) -> Model:
    return model_of(case.problem(5), case.plan(5, 8, dtype, rounds))


ROUND_TRIPS = [
    *((case, None, DTYPES[k % len(DTYPES)]) for k, case in enumerate(CASES)),
    *((case, rounds, dtype) for case, rounds in ((OV, None), (CLOSEST, 2), (BICHROMATIC, 2)) for dtype in DTYPES),
]


@pytest.mark.parametrize(("case", "rounds", "dtype"), ROUND_TRIPS, ids=str)
def test_round_trip(case: Case, rounds: int | None, dtype: str, tmp_path: Path) -> None:
    model = compiled(case, dtype, rounds)
    model.save(tmp_path / "a" / "model")
    again = pf.load(tmp_path / "a" / "model")
    assert again.problem == model.problem
    assert again.plan == model.plan
    mine, theirs = model.transformer.state_dict(), again.transformer.state_dict()
    assert list(mine) == list(theirs)
    for name, tensor in mine.items():
        assert tensor.dtype == theirs[name].dtype
        assert torch.equal(tensor.view(torch.uint8), theirs[name].view(torch.uint8)), name
    for name, sets in case.instances(5, 8).items():
        assert again.solve(*sets) == case.brute(sets), name
    save(again, tmp_path / "b")
    assert sorted(p.name for p in (tmp_path / "b").iterdir()) == sorted((CARD, CONFIG, WEIGHTS))
    for file in (tmp_path / "b").iterdir():
        assert file.read_bytes() == (tmp_path / "a" / "model" / file.name).read_bytes()


def test_saving_over_a_model_replaces_it(tmp_path: Path) -> None:
    compiled(CLOSEST).save(tmp_path / "m")
    compiled(OV).save(tmp_path / "m")
    assert load(tmp_path / "m").problem.name == "ov"
    (tmp_path / "empty").mkdir()
    compiled(OV).save(tmp_path / "empty")
    assert [p.name for p in tmp_path.iterdir() if p.name.startswith(".")] == []


@pytest.mark.parametrize(
    "files",
    [
        {"notes.txt": "mine"},
        {CONFIG: '{"model_type": "bert"}', "thesis.tex": "two years of work"},
        {CONFIG: '{"model_type": "bert"}'},
        {CONFIG: "not json"},
        {CONFIG: "[]"},
        {CONFIG: '{"format": "proofformer-model"}', "thesis.tex": "two years of work"},
    ],
    ids=str,
)
def test_nothing_but_a_model_is_replaced(files: dict[str, str], tmp_path: Path) -> None:
    target = tmp_path / "mine"
    target.mkdir()
    for name, text in files.items():
        (target / name).write_text(text)
    with pytest.raises(InputError, match="no model folder"):
        compiled().save(target)
    assert {p.name: p.read_text() for p in target.iterdir()} == files


def test_a_file_is_not_replaced(tmp_path: Path) -> None:
    (tmp_path / "f").write_text("mine")
    with pytest.raises(InputError, match="no model folder"):
        compiled().save(tmp_path / "f")
    with pytest.raises(InputError, match="cannot write"):
        compiled().save(tmp_path / "f" / "below")
    assert (tmp_path / "f").read_text() == "mine"


def edit(change: Callable[[dict[str, object]], object], rehash: bool = False) -> Callable[[Path], None]:
    def apply(folder: Path) -> None:
        config = json.loads((folder / CONFIG).read_text())
        change(config)
        if rehash:
            config["sha256"] = config_hash(config)
        (folder / CONFIG).write_text(json.dumps(config))

    return apply


def retensor(change: Callable[[dict[str, torch.Tensor]], object]) -> Callable[[Path], None]:
    def apply(folder: Path) -> None:
        tensors = load_file(folder / WEIGHTS)
        change(tensors)
        save_file(tensors, folder / WEIGHTS)

    return apply


def flip(folder: Path) -> None:
    raw = bytearray((folder / WEIGHTS).read_bytes())
    raw[-5] ^= 1
    (folder / WEIGHTS).write_bytes(raw)


EMBED = "embed.weight"
ALTERED: dict[str, tuple[Callable[[Path], object], str]] = {
    "a bit flipped": (flip, "was altered|not finite"),
    "a weight changed": (retensor(lambda t: t[EMBED].add_(1)), f"{EMBED}' was altered"),
    "minus zero": (retensor(lambda t: t[EMBED].mul_(-0.0)), "was altered"),
    "not finite": (retensor(lambda t: t[EMBED].fill_(float("nan"))), "not finite"),
    "another dtype": (retensor(lambda t: t.update({EMBED: t[EMBED].double()})), "expected torch.float32"),
    "another shape": (retensor(lambda t: t.update({EMBED: t[EMBED].T.contiguous()})), "expected torch.float32"),
    "a tensor missing": (retensor(lambda t: t.pop(EMBED)), "missing or does not belong"),
    "a tensor more": (retensor(lambda t: t.update({"x": torch.ones(1)})), "missing or does not belong"),
    "weights cut": (lambda f: (f / WEIGHTS).write_bytes((f / WEIGHTS).read_bytes()[:-9]), "cannot be read"),
    "weights gone": (lambda f: (f / WEIGHTS).unlink(), "is missing"),
    "config gone": (lambda f: (f / CONFIG).unlink(), "is missing"),
    "config cut": (lambda f: (f / CONFIG).write_text((f / CONFIG).read_text()[:-9]), "is not JSON"),
    "max_n raised": (edit(lambda c: c["plan"].update(max_n=80)), "was altered"),  # type: ignore[attr-defined]
    "a hash changed": (edit(lambda c: c["tensors"][EMBED].update(sha256="0")), "was altered"),  # type: ignore[index]
    "dim changed": (edit(lambda c: c["problem"].update(dim=4)), "was altered"),  # type: ignore[attr-defined]
    "version before": (
        edit(lambda c: c.update(version=1), rehash=True),
        "format version 1; .* compile the model again",
    ),
    "version to come": (edit(lambda c: c.update(version=4), rehash=True), "format version 4"),
    "no version": (edit(lambda c: c.pop("version"), rehash=True), "format version None"),
    "format": (edit(lambda c: c.update(format="x"), rehash=True), "belongs to something else"),
    "no plan": (edit(lambda c: c.pop("plan"), rehash=True), "the plan cannot be read"),
    "max_n in words": (
        edit(lambda c: c["plan"].update(max_n="8"), rehash=True),  # type: ignore[attr-defined]
        "the plan cannot be read",
    ),
    "an output cut short": (
        edit(lambda c: c["plan"]["circuit"]["outputs"][0].pop(), rehash=True),  # type: ignore[index]
        "the plan cannot be read",
    ),
    "no blocks": (
        edit(lambda c: c["plan"]["layout"].update(blocks=[]), rehash=True),  # type: ignore[index]
        "the plan cannot be read|its plan is not that of its problem",
    ),
    "ill-typed circuit": (
        edit(lambda c: c["plan"]["circuit"]["nodes"][0]["order"].pop(), rehash=True),  # type: ignore[index]
        "neither determine",
    ),
}


@pytest.mark.parametrize("name", ALTERED)
def test_what_was_altered_is_refused(name: str, tmp_path: Path) -> None:
    alter, why = ALTERED[name]
    compiled().save(tmp_path / "m")
    alter(tmp_path / "m")
    with pytest.raises(InputError, match=why) as caught:
        load(tmp_path / "m")
    assert str(tmp_path / "m") in str(caught.value)


def test_files_of_two_models_do_not_mix(tmp_path: Path) -> None:
    """Same shapes, another temperature: the hashes tell."""
    for max_n in (150, 250):
        model_of(OV.problem(5), OV.plan(5, max_n, "float32")).save(tmp_path / str(max_n))
    small, large = (load_file(tmp_path / str(n) / WEIGHTS) for n in (150, 250))
    assert {name: x.shape for name, x in small.items()} == {name: x.shape for name, x in large.items()}
    shutil.copy(tmp_path / "250" / WEIGHTS, tmp_path / "150" / WEIGHTS)
    with pytest.raises(InputError, match="was altered"):
        load(tmp_path / "150")


def test_files_of_two_thresholds_do_not_mix(tmp_path: Path) -> None:
    """Same shapes, another weight at START."""
    for t in (1, 2):
        pf.compile("min-ip", dim=5, max_n=8, threshold=t).save(tmp_path / str(t))
    small, large = (load_file(tmp_path / str(t) / WEIGHTS) for t in (1, 2))
    assert {name: x.shape for name, x in small.items()} == {name: x.shape for name, x in large.items()}
    assert [name for name, x in small.items() if not torch.equal(x, large[name])]
    shutil.copy(tmp_path / "2" / WEIGHTS, tmp_path / "1" / WEIGHTS)
    with pytest.raises(InputError, match="was altered"):
        load(tmp_path / "1")


@pytest.mark.parametrize("case", [BICHROMATIC, BICHROMATIC_DECIDE], ids=str)
def test_the_problem_comes_back_whole(case: Case, tmp_path: Path) -> None:
    compiled(case).save(tmp_path / "m")
    said = json.loads((tmp_path / "m" / CONFIG).read_text())["problem"]
    assert said == {
        "name": case.name,
        "dim": 5,
        "question": case.question,
        "metric": "hamming" if case is BICHROMATIC else None,
        "bichromatic": True,
        "threshold": None if case is BICHROMATIC else "5/2",
        "levels": 1,
        "norms": None,
        "gamma": None,
    }
    again = load(tmp_path / "m").problem
    assert again == case.problem(5)
    assert again.cut == (None if case is BICHROMATIC else 3)
    with pytest.raises(InputError, match="takes two sets"):
        load(tmp_path / "m").solve([[0] * 5, [1] * 5])


def test_no_folder() -> None:
    with pytest.raises(InputError, match="is not a model folder"):
        load("/nonexistent/model")


@pytest.mark.parametrize("name", ["cuda:77", "nonsense", ""])
def test_no_such_device(name: str) -> None:
    with pytest.raises(InputError, match="not available here"):
        device_named(name)


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
    compiled(case).save(tmp_path / "m")
    card = (tmp_path / "m" / CARD).read_text()
    search = case.question == "search"
    texts = [*texts, "online softmax", *(["lexicographically smallest pair"] if search else [])]
    texts += ["model.solve(A, B)", "at most 8 rows together"] if case.bichromatic else ["model.solve(X)", "2 <= n <= 8"]
    texts += ["**Statement.** For all", "**Proof.** ", "**Lemma.** Let `score`", "**Source.** "]
    for text in [*texts, "Alman & Yu (ICLR 2025, arXiv"]:
        assert text in card
    assert ("solve(A, B)" in card) is case.bichromatic


def test_saving_over_the_current_folder_keeps_a_model(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    model = compiled(CLOSEST)
    model.save(tmp_path / "m")
    monkeypatch.chdir(tmp_path / "m")
    model.save(".")
    assert load(tmp_path / "m").max_n == model.max_n
    (tmp_path / "link").symlink_to(tmp_path / "m")
    model.save(tmp_path / "link")
    assert load(tmp_path / "link").max_n == model.max_n
    assert sorted(p.name for p in tmp_path.iterdir()) == ["link", "m"]


@pytest.mark.parametrize("name", ["meta", "privateuseone"])
def test_device_without_numbers(name: str) -> None:
    with pytest.raises(InputError, match="not available here"):
        device_named(name)


@pytest.mark.parametrize(
    "change",
    [
        {"threshold": "3"},
        {"name": "farthest-pair"},
        {"bichromatic": True},
        {"question": "search", "threshold": None},
        {"dim": 5},
    ],
    ids=str,
)
def test_a_config_that_contradicts_itself_is_refused_though_its_hash_is_right(
    tmp_path: Path, change: dict[str, object]
) -> None:
    pf.compile("closest-pair", dim=6, threshold=1, max_n=30).save(tmp_path / "model")
    file = tmp_path / "model" / "config.json"
    config = json.loads(file.read_text())
    config["problem"] |= change
    config["sha256"] = config_hash(config)
    file.write_text(json.dumps(config))
    with pytest.raises(InputError, match=r"was altered: its plan is not that of its problem"):
        load(tmp_path / "model")


def test_a_config_with_another_max_n_is_refused_though_its_hash_is_right(tmp_path: Path) -> None:
    pf.compile("closest-pair", dim=6, max_n=30).save(tmp_path / "model")
    file = tmp_path / "model" / "config.json"
    config = json.loads(file.read_text())
    config["plan"]["max_n"] = 2000
    config["sha256"] = config_hash(config)
    file.write_text(json.dumps(config))
    with pytest.raises(InputError, match=r"was altered: its plan is not that of its problem"):
        load(tmp_path / "model")
