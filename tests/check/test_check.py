"""The checker: what it certifies, what it refuses and with which words, and that it believes no wrong weights."""

from __future__ import annotations

import ast
import json
import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from itertools import product
from pathlib import Path
from typing import Any

import pytest
import torch
from click.testing import CliRunner
from tests.cases import CASES, CLOSEST, DTYPES, FEW, Case
from tests.check.tampering import KINDS, checked, compiled, right, tamper
from tests.theorems.test_foreign import COMMON, EXAMPLE, LACKS

from proofformer import check
from proofformer.artifacts import load
from proofformer.artifacts.certificate import certify
from proofformer.artifacts.model_folder import CONFIG, FOLDER, WEIGHTS
from proofformer.circuit import Builder, inner, most
from proofformer.cli.main import cli
from proofformer.compiler import Spec, plan_of
from proofformer.errors import InputError, ProofError
from proofformer.planner.bounds import ASSUMPTIONS
from proofformer.problems import Task, problem
from proofformer.runtime import compile_model
from proofformer.theorems import Theorem, some_pair
from prooflab.lemmas import CLAIMS

SIZES = ((1, 2), (5, 9))


def written(folder: Path, spec: Spec, rounds: int | None = None, case: Case = CLOSEST) -> Path:
    plan = plan_of(spec) if rounds is None else case.plan(spec.problem.dim, spec.max_n, spec.dtype, rounds)
    folder.mkdir(exist_ok=True)
    for name, data in FOLDER.make(spec, plan, {}).items():
        (folder / name).write_bytes(data)
    return folder


@pytest.mark.parametrize("case", CASES, ids=str)
def test_every_question_is_certified(case: Case, tmp_path: Path) -> None:
    for dim, max_n in SIZES:
        for dtype, mask in (*((dtype, "strict") for dtype in DTYPES), ("float32", "inclusive")):
            spec = Spec(case.problem(dim), max_n, dtype, mask)
            try:
                found = check.check(written(tmp_path / "model", spec))
            except ProofError:
                assert case.metric == "cosine"  # in too small a type
                continue
            unknown = case.by_norm and dim == 1
            assert found["code"] == (check.REFUSED if unknown else check.CERTIFIED), (spec, found["says"])
            assert not unknown or "does not know" in found["says"]


@pytest.mark.parametrize("case", FEW, ids=str)
def test_rounds_are_followed(case: Case, tmp_path: Path) -> None:
    for rounds in (1, 2, 4):
        spec = Spec(case.problem(3), 9, "float32")
        found = check.check(written(tmp_path / "model", spec, rounds, case))
        assert found["code"] == check.CERTIFIED, found["says"]
    assert case.question == "decide" or "as found" in " ".join(found["certificate"]["heads"][1]["prefers"])


@pytest.mark.parametrize(
    ("name", "norms"),
    [
        ("closest-pair", None),
        ("max-ip", None),
        ("farthest-pair", None),
        ("msd", None),
        ("lsd", None),
        ("msd", (2, 5, 9)),
    ],
)
def test_a_factor_is_certified_and_no_smaller_one(name: str, norms: tuple[int, ...] | None, tmp_path: Path) -> None:
    folder = written(tmp_path / "model", Spec(problem(name, dim=9, gamma="3/2", norms=norms), 5))
    assert check.check(folder)["code"] == check.CERTIFIED
    _rewrite(folder, lambda config: config["spec"]["problem"].update(gamma="101/100"))
    assert "may be chosen before" in check.check(folder)["says"]


def test_its_bounds_are_the_planner_s(tmp_path: Path) -> None:
    """Found by two ways that share nothing: the planner's from its levels, these from the weights."""
    for case in FEW:
        for dtype, max_n in product(DTYPES, (7, 4000)):
            spec = Spec(case.problem(8), max_n, dtype)
            found = check.check(written(tmp_path / "model", spec))["certificate"]["heads"]
            wanted = [(h.b, float(h.leak), float(h.bounds.slack)) for h in plan_of(spec).heads]
            assert [(h["b"], h["leak"], h["slack"]) for h in found] == [pytest.approx(h, abs=2e-4) for h in wanted]


OWN: dict[str, tuple[Theorem, int, dict[str, Any]]] = {
    "search": (LACKS, 4, {}),
    "most": (COMMON, 2, {"levels": 3}),
    "two sets": (LACKS, 3, {"bichromatic": True}),
    "decide": (LACKS, 4, {"question": "decide", "threshold": 1}),
    "sampled": (LACKS, 12, {}),
}


def _task(theorem: Theorem, value: Callable[[Any, Any], Any] | None = None) -> check.OwnTask:
    assert isinstance(theorem.task, Task)
    return theorem.task.name, theorem.task.prefers, value or theorem.task.of


@pytest.mark.parametrize("name", OWN)
def test_a_theorem_of_one_s_own_is_measured_and_compared(name: str, tmp_path: Path) -> None:
    theorem, dim, asked = OWN[name]
    folder = written(tmp_path / "model", Spec(theorem.problem(dim=dim, **asked), 9))
    alone, compared = check.check(folder), check.check(folder, _task(theorem))
    assert alone["code"] == compared["code"] == check.CERTIFIED, compared["says"]
    assert alone["compared"] == "measure not compared with a task"
    assert alone["certificate"] == compared["certificate"]
    pairs = 10_000 if name == "sampled" else (asked.get("levels", 1) + 1) ** (2 * dim)
    assert f"best, on {'a sample of' if name == 'sampled' else 'all'} {pairs:,} pairs of rows" in compared["compared"]
    # The order of one row's partners, of all pairs, and the number itself.
    for wrong in (lambda a, b: 1 - min(1, sum(a)), lambda a, b: sum(a) + 2 * sum(b), lambda a, b: 3, lambda a, b: a[0]):
        found = check.check(folder, _task(theorem, wrong))
        assert found["code"] == check.REFUSED, found["says"]
        assert found["certificate"] is None


def test_what_is_measured_is_written_out(tmp_path: Path) -> None:
    told = {
        name: check.check(written(tmp_path / "model", Spec(theorem.problem(dim=dim, **asked), 9)))["certificate"]
        for name, (theorem, dim, asked) in OWN.items()
    }
    lacks = "max(0, sum_i a[i] - (sum_i max(0, a[i] + b[i] - 1)))"
    assert told["search"]["measured"] == (
        f"a's partner b has the largest sum_i a[i] b[i]; READ takes the least {lacks}; the value is {lacks}"
    )
    assert told["decide"]["measured"] == (
        "a pair (a, b) meets the threshold where 3 + 2 sum_i a[i] b[i] - 2 sum_i a[i] > 0"
    )


def test_a_threshold_that_no_pair_tried_meets(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """START one step off, at a value that no pair tried has: it shows, as the score is straight in the value."""
    rows = [(1,) * k + (0,) * (64 - k) for k in (64, 50, 10)]
    monkeypatch.setattr(check, "_rows", lambda s: (rows, rows, False))
    heavy = replace(LACKS, task=Task("heavy", lambda a, b: int((a * b).sum()), prefers="most", symmetric=True))
    for off in (0, 1, -1):
        theorem = replace(heavy, decide=replace(LACKS.decide, construct=partial(_shares, off=off)))
        folder = written(tmp_path / "model", Spec(theorem.problem(dim=64, question="decide", threshold=30), 5))
        found = check.check(folder, _task(theorem))
        assert found["code"] == (check.REFUSED if off else check.CERTIFIED), found["says"]
        assert not off or "pairs of value" in found["says"]


def _shares(c: Builder, t: int, off: int) -> None:
    some_pair(c, most(inner(c.doc, c.doc, start=t + off)))


@pytest.mark.parametrize(
    ("value", "says"),
    [
        (lambda a, b: 1 / 0, "the value of [0, 0, 0] and [0, 0, 0]: ZeroDivisionError: division by zero"),
        (lambda a, b: 0.5, "the value of [0, 0, 0] and [0, 0, 0]: 0.5 is no whole number"),
        (lambda a, b: False, "False is no whole number"),
        (lambda a, b: 10**5000, "the value of [0, 0, 0] and [0, 0, 0]: it is too large"),
        (lambda a, b: sys.exit(0), "the value of [0, 0, 0] and [0, 0, 0]: SystemExit: 0"),
    ],
)
def test_a_value_that_is_none_is_told(value: Callable[[Any, Any], Any], says: str, tmp_path: Path) -> None:
    folder = written(tmp_path / "model", Spec(LACKS.problem(dim=3), 4))
    assert says in check.check(folder, _task(LACKS, value))["says"]


def test_another_theorem_is_another(tmp_path: Path) -> None:
    folder = written(tmp_path / "model", Spec(CLOSEST.problem(4), 5))
    assert (
        "the least of 'lacks', and the model for the least of 'closest-pair'"
        in check.check(folder, _task(LACKS))["says"]
    )
    name, _, value = _task(LACKS)
    folder_of_lacks = written(tmp_path / "lacks", Spec(LACKS.problem(dim=3), 5))
    assert "asks for the most of 'lacks'" in check.check(folder_of_lacks, (name, "most", value))["says"]
    _rewrite(folder, lambda c: c["spec"]["problem"].update(name="mine", metric=None, task={"prefers": "least"}))
    assert check.check(folder)["compared"] == "measure not compared with a task"


def test_a_certificate_is_written_and_proved_again(tmp_path: Path) -> None:
    model = compile_model(CLOSEST.problem(4), max_n=9)
    model.save(tmp_path / "model")
    file = tmp_path / "model" / check.CERTIFICATE
    told = json.loads(file.read_bytes())
    assert check.check(tmp_path / "model")["certificate"] == told
    assert model.solve([[0, 0, 1, 1], [1, 0, 1, 1]]) == load(tmp_path / "model").solve([[0, 0, 1, 1], [1, 0, 1, 1]])
    for name, value in told.items():
        file.write_text(json.dumps(told | {name: [value]}))
        found = check.check(tmp_path / "model")
        assert found["code"] == check.REFUSED
        assert ("it is of other files" if name == "sha256" else f"what it has as {name} is not what") in found["says"]
    file.write_text(json.dumps({"format": "proofformer-certificate"}))
    assert "other fields" in check.check(tmp_path / "model")["says"]
    assert certify(tmp_path / "model")["certificate"] == json.loads(file.read_bytes()) == told
    file.write_text("my own")
    for write in (certify, model.save):
        with pytest.raises(InputError, match="exists and is no"):
            write(tmp_path / "model")
        assert file.read_text() == "my own"
    for damaged in (json.dumps(told)[:300], ""):
        file.write_text(damaged)
        model.save(tmp_path / "model")
        assert json.loads(file.read_bytes()) == told
    _pipe(file)
    with pytest.raises(InputError, match="is no certificate of proofformer"):
        certify(tmp_path / "model")


def test_large_models_are_certified_when_asked(tmp_path: Path) -> None:
    spec = Spec(CLOSEST.problem(140), 64)
    assert sorted(FOLDER.write_plan(spec, plan_of(spec), tmp_path / "model")) == sorted(FOLDER.names)
    assert certify(tmp_path / "model")["code"] == check.CERTIFIED
    assert (tmp_path / "model" / check.CERTIFICATE).is_file()


def test_what_a_certificate_names_is_there(tmp_path: Path) -> None:
    """Lemmas that some certificate relies on are proved, and the assumptions are the planner's, in order."""
    relied: set[str] = set()
    for case in CASES:
        folder = written(
            tmp_path / "model", Spec(case.problem(4), 9, "float64"), 2 if case.question == "search" else None, case
        )
        told = check.check(folder)["certificate"]
        relied |= set(told["lemmas"])
        assert [a["name"] for a in told["assumptions"]] == [a.name for a in ASSUMPTIONS]
        assert [a["number"] for a in told["assumptions"]] == list(range(1, 12))
    assert relied <= {claim.name for claim in CLAIMS}
    assert {"a-prefix-shares-a-level", "restore-and-of-a-one"} <= relied
    assert [d.constants["exp"] for d in check.DTYPES.values()] == [f"within 2^-{k}" for k in (10, 10, 20, 49)]


@pytest.mark.parametrize(
    ("asked", "says"),
    [
        (("closest-pair", {"threshold": 1}), "decides whether the value of some pair is 1 or less"),
        (("msd", {"threshold": "1/2"}), "decides whether the value of some pair is 1/2 or more"),
        (("msd", {"threshold": "sqrt(1/2)"}), "decides whether the value of some pair is sqrt(1/2) or more"),
        (("closest-pair", {"gamma": "3/2"}), "finds a best pair within the factor 3/2, for every input"),
        (("lsd", {"gamma": "2"}), "finds a best pair within the factor 2, for every input"),
        (("ov", {}), "finds the smallest orthogonal pair, or that there is none"),
        (("max-ip", {}), "max-ip (inner product) finds the smallest best pair"),
        (("msd", {"norms": (1, 2)}), "in {0,1}^3 with 1, 2 ones"),
    ],
)
def test_it_says_what_was_proved(asked: tuple[str, dict[str, Any]], says: str, tmp_path: Path) -> None:
    folder = written(tmp_path / "model", Spec(problem(asked[0], dim=3, **asked[1]), 5))
    found = check.check(folder)
    assert says in found["says"]
    heads = " ".join(head for h in found["certificate"]["heads"] for head in h["prefers"])
    assert ("within the factor" in heads) == ("gamma" in asked[1]) == ("within" in found["certificate"]["measured"])


@pytest.mark.parametrize("kind", KINDS)
def test_no_altered_model_is_believed(kind: str, tmp_path: Path) -> None:
    for case, mask in ((CLOSEST, "strict"), (FEW[4], "inclusive")):
        spec = Spec(case.problem(2), 4, "float32", mask)
        assert right(compiled(spec))
        told, wrong = tamper(spec, kind, 25, 3, tmp_path / "model")
        assert not wrong
        assert told["rejected"]


def _idle(config: dict, tensors: dict) -> None:
    """A block of no units, whose bias still counts."""
    k, width = len(config["shape"]["blocks"]), len(tensors["embed.weight"])
    config["shape"]["blocks"].append({"read": True, "heads": 0})
    name = f"blocks.{k}.mlp"
    tensors |= {f"{name}.hidden.weight": torch.zeros(0, width), f"{name}.hidden.bias": torch.zeros(0)}
    tensors |= {f"{name}.output.weight": torch.zeros(width, 0), f"{name}.output.bias": torch.ones(width)}


def _overflow(config: dict, tensors: dict) -> None:
    """An unused unit of restore that is infinite in float16, which 0 times is no number."""
    hidden = tensors["blocks.0.mlp.hidden.weight"]
    noisy = int(tensors["blocks.0.attention.output.weight"].any(1).nonzero()[0, 0])
    free = int(tensors["embed.weight"][:, -1].argmax())  # A bit of the index, which a decision does not look at.
    tensors["embed.weight"][free] = torch.eye(tensors["embed.weight"].shape[1])[2].half() * 32768
    tensors["blocks.0.mlp.hidden.weight"] = torch.cat((hidden, torch.zeros(1, hidden.shape[1]).half()))
    tensors["blocks.0.mlp.hidden.weight"][-1, [noisy, free]] = 4
    tensors["blocks.0.mlp.hidden.bias"] = torch.cat((tensors["blocks.0.mlp.hidden.bias"], torch.tensor([-2.0]).half()))
    out = tensors["blocks.0.mlp.output.weight"]
    tensors["blocks.0.mlp.output.weight"] = torch.cat((out, torch.zeros(len(out), 1).half()), 1)


def _reordered(config: dict, tensors: dict) -> None:
    """Copies of the token before in another order than the runtime writes them in."""
    inputs = config["shape"]["inputs"]
    ends = [sum(n for _, n in inputs[: k + 1]) for k in range(len(inputs))]
    columns = [list(range(end - n, end)) for (_, n), end in zip(inputs, ends, strict=True)]
    own = sum(not name.startswith("seen:") for name, _ in inputs)
    order = [*range(own), *reversed(range(own, len(inputs)))]
    config["shape"]["inputs"] = [inputs[k] for k in order]
    tensors["embed.weight"] = tensors["embed.weight"][:, [c for k in order for c in columns[k]]]


ATTACKS = {
    "a block of no units": (_idle, {}, "a size is no whole number from 1"),
    "an unused unit that overflows": (_overflow, {"dtype": "float16"}, "an AND with a bit that varies"),
    "copies in another order": (_reordered, {"mask": "inclusive"}, "the copies of the token before"),
}


@pytest.mark.parametrize("name", ATTACKS)
def test_what_was_once_believed_and_wrong_is_refused(name: str, tmp_path: Path) -> None:
    change, asked, words = ATTACKS[name]
    config, tensors = compiled(Spec(problem("ov", dim=3, question="decide"), 8, **{"dtype": "float32", **asked}))
    assert checked(tmp_path, (config, tensors))["code"] == 0
    change(config, tensors)
    found = checked(tmp_path, (config, tensors))
    assert found["code"] in (1, 2)
    assert words in found["says"]


def test_what_takes_too_long_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = written(tmp_path / "model", Spec(CLOSEST.problem(8), 9))
    monkeypatch.setattr(check, "LARGEST_WORK", 1000)
    assert "it takes more work than this checker does" in check.check(folder)["says"]


PLACES = ("score_of", "_sum", "_bent", "value", "_triples", "_similar_scores", "_gain", "writes_bits")
"""The functions of check.py that count steps, for a folder may make them grow faster than itself."""


def test_all_that_may_take_long_is_counted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each place refuses by itself, where it takes more steps than are left."""
    asked = [("closest-pair", {}), ("msd", {"norms": (1, 2)}), ("msd", {"metric": "jaccard", "threshold": "1/2"})]
    specs = [Spec(problem(name, dim=3, **more), 5) for name, more in asked]
    specs += [Spec(theorem.problem(dim=dim, **more), 9) for theorem, dim, more in OWN.values()]
    folders, spend = [written(tmp_path / f"{k}", spec) for k, spec in enumerate(specs)], check.Atoms.spend
    refused = set()
    for place, folder in product(PLACES, folders):

        def only(atoms: check.Atoms, steps: int, where: str, place: str = place) -> None:
            here = sys._getframe(1).f_code.co_name == place
            spend(atoms, check.LARGEST_WORK + 1 if here and steps else 0, where)

        monkeypatch.setattr(check.Atoms, "spend", only)
        found = check.check(folder)
        if found["code"]:
            assert "it takes more work than this checker does" in found["says"]
            refused.add(place)
    assert refused == {*PLACES}


def test_a_deep_network_takes_no_longer_than_it_is_deep(tmp_path: Path) -> None:
    """40 blocks that each use the one before twice: 2^40 ways from the last to the first."""
    depth = 40
    config, tensors = compiled(Spec(problem("ov", dim=4, question="decide"), 4))
    width = len(tensors["embed.weight"])
    wide = width + depth + 3
    first, second = wide - 2, wide - 1
    made = {}
    for name, t in tensors.items():
        part, *rest = name.split(".")
        written_to = name == "embed.weight" or name.endswith((".output.weight", ".output.bias"))
        grown = [wide if n == width and (d == 0) == written_to else n for d, n in enumerate(t.shape)]
        new = torch.zeros(grown)
        new[tuple(slice(n) for n in t.shape)] = t
        made[".".join([part, str(int(rest[0]) + depth), *rest[1:]]) if part == "blocks" else name] = new
    inputs = config["shape"]["inputs"]
    at = sum(n for _, n in inputs[: [name for name, _ in inputs].index("doc")])
    for d, column in ((width, at + 2), (first, at), (second, at + 1)):
        made["embed.weight"][d, column] = 1
    for k in range(depth):
        hidden, out = torch.zeros(4, wide), torch.zeros(wide, 4)
        for u, d in enumerate((first, first, second, second)):
            hidden[u, [width + k, d]] = 1
            out[width + k + 1, u] = (1, -1)[u % 2]
        name = f"blocks.{k}.mlp"
        made |= {f"{name}.hidden.weight": hidden, f"{name}.hidden.bias": torch.tensor([-1.0, -2.0, -1.0, -2.0])}
        made |= {f"{name}.output.weight": out, f"{name}.output.bias": torch.zeros(wide)}
    key = made[f"blocks.{depth}.attention.key.weight"]
    key[int(made[f"blocks.{depth}.attention.query.weight"].any(1).nonzero()[-1]), width + depth] = 8 * key.abs().max()
    config["shape"]["blocks"] = [{"read": False, "heads": 0}] * depth + config["shape"]["blocks"]
    assert "is no sum over entries" in checked(tmp_path, (config, made))["says"]


def _rewrite(folder: Path, change: Callable[[dict], object]) -> None:
    config = json.loads((folder / CONFIG).read_text())
    change(config)
    (folder / CONFIG).write_text(json.dumps(config))


def _header(folder: Path, change: Callable[[dict], object]) -> None:
    raw = (folder / WEIGHTS).read_bytes()
    size = int.from_bytes(raw[:8], "little")
    header = json.loads(raw[8 : 8 + size])
    change(header)
    said = json.dumps(header).encode()
    (folder / WEIGHTS).write_bytes(len(said).to_bytes(8, "little") + said + raw[8 + size :])


def _bytes(folder: Path, name: str, change: Callable[[bytes], bytes]) -> None:
    (folder / name).write_bytes(change((folder / name).read_bytes()))


def _number(value: bytes) -> Callable[[Path], None]:
    return lambda folder: _bytes(folder, WEIGHTS, lambda raw: raw[:-4] + value)


def _folder(file: Path) -> None:
    file.unlink()
    file.mkdir()


def _pipe(file: Path) -> None:
    file.unlink()
    os.mkfifo(file)


def _file(folder: Path) -> None:
    for file in folder.iterdir():
        file.unlink()
    folder.rmdir()
    folder.write_text("{}")


def _tensor(folder: Path, **told: object) -> None:
    _header(folder, lambda header: header["unembed.weight"].update(told))


def _shape(folder: Path, **told: object) -> None:
    _rewrite(folder, lambda config: config["shape"]["blocks"][0].update(told))


def _stated(folder: Path, name: str, value: object) -> None:
    def change(config: dict) -> None:
        spec = config["spec"]
        (spec["problem"] if name in spec["problem"] else spec)[name] = value

    _rewrite(folder, change)


def _overlap(header: dict) -> None:
    header["unembed.weight"]["data_offsets"] = [n - 4 for n in header["unembed.weight"]["data_offsets"]]


BROKEN: dict[str, tuple[Callable[[Path], object], int, str]] = {
    "no config": (lambda f: (f / CONFIG).unlink(), 2, "config.json is missing"),
    "no weights": (lambda f: (f / WEIGHTS).unlink(), 2, "model.safetensors is missing"),
    "cut": (lambda f: _bytes(f, WEIGHTS, lambda raw: raw[:-9]), 2, "is the file truncated?"),
    "cut in the header": (lambda f: _bytes(f, WEIGHTS, lambda raw: raw[:20]), 2, "ends before its header does"),
    "bytes too many": (lambda f: _bytes(f, WEIGHTS, lambda raw: raw + b"ab"), 2, "has 2 bytes after its last tensor"),
    "NaN": (_number(b"\0\0\xc0\x7f"), 2, "'unembed.weight' has nan in row"),
    "infinity": (_number(b"\0\0\x80\xff"), 2, "'unembed.weight' has -inf in row"),
    "a half": (_number(b"\0\0\0\x3f"), 1, "the weight is no whole number"),
    "renamed": (lambda f: _header(f, lambda h: h.update(mine=h.pop("embed.weight"))), 2, "'embed.weight' is missing"),
    "extra": (
        lambda f: _header(f, lambda h: h.update(mine={"dtype": "F32", "shape": [0, 1], "data_offsets": [0, 0]})),
        2,
        "tensor 'mine': a size is no whole number from 1",
    ),
    "overlap": (lambda f: _header(f, _overlap), 2, "overlaps another"),
    "another shape": (
        lambda f: _header(f, lambda h: h["embed.weight"]["shape"].reverse()),
        2,
        "'embed.weight' has shape",
    ),
    "another type": (lambda f: _header(f, lambda h: h["embed.weight"].update(dtype="I32")), 2, "and the model F32"),
    "a name twice": (
        lambda f: _bytes(f, CONFIG, lambda raw: raw.replace(b'"max_n": 4', b'"max_n": 4, "max_n": 5')),
        2,
        "a name comes twice",
    ),
    "deep": (lambda f: (f / CONFIG).write_text("[" * 100_000), 2, "nested too deep"),
    "deep and whole": (lambda f: _rewrite(f, lambda c: c.update(x=eval("[" * 30 + "]" * 30))), 2, "nested too deep"),
    "no JSON": (lambda f: (f / CONFIG).write_text("{"), 2, "it is no JSON"),
    "NaN in JSON": (lambda f: (f / CONFIG).write_text('{"a": NaN}'), 2, "NaN is no number of JSON"),
    "huge": (lambda f: (f / CONFIG).write_text(" " * (1 << 21)), 2, "too large"),
    "something else": (lambda f: (f / CONFIG).write_text("{}"), 2, "it describes no model folder"),
    "no shape": (lambda f: _rewrite(f, lambda c: c.pop("shape")), 2, "compile the model again"),
    "no dim": (lambda f: _rewrite(f, lambda c: c["spec"]["problem"].update(dim=True)), 2, "dim is no whole number"),
    "a threshold that takes a day": (
        lambda f: _rewrite(f, lambda c: c["spec"]["problem"].update(question="decide", threshold="1e999999999")),
        2,
        "threshold is no fraction",
    ),
    "a type of no letters": (
        lambda f: _header(f, lambda h: h["embed.weight"].update(dtype="\ud800")),
        2,
        "and the model F32",
    ),
    "more documents": (lambda f: _rewrite(f, lambda c: c["spec"].update(max_n=9)), 1, "too short for 9 documents"),
    "empty weights": (lambda f: (f / WEIGHTS).write_bytes(b""), 2, "ends before its header does"),
    "weights that are a folder": (lambda f: _folder(f / WEIGHTS), 2, "model.safetensors is no file"),
    "a config that is a folder": (lambda f: _folder(f / CONFIG), 2, "config.json is no file"),
    "a file in the place of the folder": (lambda f: _file(f), 2, "is no folder: name a model folder"),
    "a header without end": (
        lambda f: _bytes(f, WEIGHTS, lambda raw: b"\xff" * 8 + raw[8:]),
        2,
        "ends before its header",
    ),
    "a header of no JSON": (
        lambda f: _bytes(f, WEIGHTS, lambda raw: raw[:8] + b"?" + raw[9:]),
        2,
        "header: it is no JSON",
    ),
    "a header that is a list": (
        lambda f: _bytes(f, WEIGHTS, lambda raw: bytes([2] + [0] * 7) + b"[]"),
        2,
        "is no object",
    ),
    "a tensor twice": (
        lambda f: _bytes(f, WEIGHTS, lambda raw: raw.replace(b'"unembed.weight"', b'"embed.weight"  ')),
        2,
        "a name comes twice",
    ),
    "three dimensions": (lambda f: _tensor(f, shape=[1, 1, 1]), 2, "no shape and place of a matrix or a vector"),
    "a negative offset": (lambda f: _tensor(f, data_offsets=[-4, 0]), 2, "an offset (is the file truncated?)"),
    "offsets in the wrong order": (
        lambda f: _tensor(f, data_offsets=[8, 0]),
        2,
        "another number of bytes than its shape",
    ),
    "a size that is none": (lambda f: _tensor(f, shape=[True, 4]), 2, "a size is no whole number"),
    "a size that is huge": (lambda f: _tensor(f, shape=[1 << 50, 4]), 2, "a size is no whole number from 1 to"),
    "another type of all": (
        lambda f: _bytes(f, WEIGHTS, lambda raw: raw.replace(b'"F32"', b'"F64"')),
        2,
        "has dtype F64, and the model F32",
    ),
    "a subnormal weight": (_number(b"\1\0\0\0"), 1, "the weight is no whole number"),
    "no bias": (lambda f: _header(f, lambda h: h.pop("blocks.0.mlp.hidden.bias")), 2, "bytes before it belong to none"),
    "no heads": (lambda f: _shape(f, heads=0), 2, "does not belong"),
    "too many heads": (lambda f: _shape(f, heads=1000), 2, "rows for 1000 heads"),
    "heads that are none": (lambda f: _shape(f, heads=-1), 2, "heads is no whole number"),
    "a block too many": (
        lambda f: _rewrite(f, lambda c: c["shape"]["blocks"].append({"read": True, "heads": 1})),
        2,
        "is missing",
    ),
    "a block too few": (lambda f: _rewrite(f, lambda c: c["shape"]["blocks"].pop()), 2, "does not belong"),
    "READ first": (
        lambda f: _shape(f, read=True),
        1,
        "it is said to run on every token, after one that READ alone runs",
    ),
    "an input without a width": (
        lambda f: _rewrite(f, lambda c: c["shape"]["inputs"].append("x")),
        2,
        "name and a width",
    ),
    "an input of nothing": (lambda f: _rewrite(f, lambda c: c["shape"]["inputs"].append(["x", 0])), 2, "a width is no"),
    "no UTF-8": (lambda f: (f / CONFIG).write_bytes(b'{"a": "\xff"}'), 2, "it is no JSON"),
    "a pipe": (lambda f: _pipe(f / CONFIG), 2, "config.json is no file"),
    "a file of 40 GiB": (lambda f: os.truncate(f / WEIGHTS, 40 << 30), 2, "too large to be one"),
    "another version": (lambda f: _rewrite(f, lambda c: c.update(version=77)), 2, "its format is not version 4"),
    "a certificate of no JSON": (
        lambda f: (f / check.CERTIFICATE).write_text("{"),
        2,
        "certificate.json: it is no JSON",
    ),
    "a deep certificate": (lambda f: (f / check.CERTIFICATE).write_text("[" * 99 + "]" * 99), 2, "nested too deep"),
    "a huge certificate": (lambda f: (f / check.CERTIFICATE).write_text(" " * (1 << 21)), 2, "too large"),
    "a certificate of something": (
        lambda f: (f / check.CERTIFICATE).write_text("7"),
        1,
        "other fields than a certificate",
    ),
    **{
        f"{name} = {value!r}": (lambda f, name=name, value=value: _stated(f, name, value), 2, words)
        for name, value, words in (
            ("max_n", True, "max_n is no whole number"),
            ("max_n", 1, "max_n is no whole number from 2"),
            ("max_n", 1 << 40, "max_n is no whole number from 2"),
            ("dtype", "float8", "it names no dtype"),
            ("mask", "causal", "it names no mask"),
            ("mine", 1, "other fields than a statement"),
            ("name", "", "other fields than a statement"),
            ("name", 7, "'name' is missing, or is no str"),
            ("metric", "cosine", "closest-pair has no such metric"),
            ("question", "both", "neither search nor decide"),
            ("question", "decide", "a decision has a threshold"),
            ("threshold", "1", "a search has none"),
            ("gamma", "1", "gamma is no more than 1"),
            ("gamma", 2.5, "gamma is no fraction"),
            ("gamma", "3/0", "gamma is no fraction"),
            ("levels", 2, "only distances of grids have levels"),
            ("norms", [1, 2], "only similarities have norms"),
            ("dtype", ["float32"], "'dtype' is missing, or is no str"),
            ("bichromatic", 1, "neither true nor false"),
        )
    },
    "another question": (
        lambda f: _rewrite(f, lambda c: c["spec"]["problem"].update(name="farthest-pair")),
        1,
        "the order of partners: it is not that of the values of pairs",
    ),
}


@pytest.mark.parametrize("name", BROKEN)
def test_what_is_broken_is_told_in_a_sentence(name: str, tmp_path: Path) -> None:
    folder = written(tmp_path / "model", Spec(CLOSEST.problem(3), 4))
    change, code, words = BROKEN[name]
    change(folder)
    found = check.check(folder)
    assert found["code"] == code, found["says"]
    assert words in found["says"]
    assert found["certificate"] is None


def test_the_file_alone_needs_nothing_but_python(tmp_path: Path) -> None:
    folder, file = written(tmp_path / "model", Spec(CLOSEST.problem(3), 4)), Path(check.__file__)
    imports = {
        name.split(".")[0]
        for node in ast.walk(ast.parse(file.read_text()))
        if isinstance(node, ast.Import | ast.ImportFrom)
        for name in ([a.name for a in node.names] if isinstance(node, ast.Import) else [str(node.module)])
    }
    assert imports <= sys.stdlib_module_names
    alone = tmp_path / "check.py"
    alone.write_bytes(file.read_bytes())

    def ran(*words: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run([sys.executable, "-I", "-S", alone, *words], capture_output=True, text=True, check=False)

    found = ran(str(folder))
    assert found.returncode == 0
    assert "certified: closest-pair" in found.stdout
    assert json.loads(ran(str(folder), "--json").stdout)["certificate"]["heads"][0]["b"] == 4
    assert ran().returncode == ran(str(tmp_path)).returncode == ran(str(folder), "--theorem", "mine.py").returncode == 2
    assert "Prove from the weights alone" in ran("--help").stdout


def test_the_command_says_the_same(tmp_path: Path) -> None:
    folder = written(tmp_path / "model", Spec(CLOSEST.problem(3), 4))
    found = CliRunner().invoke(cli, ["check", str(folder)])
    assert found.exit_code == 0
    assert "among documents seen" in found.output
    _rewrite(folder, lambda config: config["spec"]["problem"].update(name="farthest-pair"))
    found = CliRunner().invoke(cli, ["check", str(folder), "--json"])
    assert (found.exit_code, json.loads(found.output)["code"]) == (1, 1)
    assert CliRunner().invoke(cli, ["check", str(tmp_path)]).exit_code == 2
    assert CliRunner().invoke(cli, ["certify", str(tmp_path)]).exit_code == 2


def test_commands_for_a_theorem_of_one_s_own(tmp_path: Path) -> None:
    folder, file = written(tmp_path / "model", Spec(LACKS.problem(dim=3), 4)), str(EXAMPLE)
    found = CliRunner().invoke(cli, ["check", str(folder), "--theorem", file])
    assert (found.exit_code, "is best, on all 64 pairs of rows" in found.output) == (0, True)
    assert check.main([str(folder), "--theorem", file]) == 0
    found = CliRunner().invoke(cli, ["certify", str(folder)])
    assert (found.exit_code, "not compared" in found.output, "written to" in found.output) == (0, True, True)
    assert (folder / check.CERTIFICATE).is_file()
