"""The formats in one table, and their artifacts beside the model they were made of."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import torch
from tests.cases import DTYPES, OV, Case, Sets
from tests.runtime.batches import alone, fitting, padded
from tests.scripts import load_script

from proofformer.artifacts import Format, format_named, formats
from proofformer.artifacts.folder import Files
from proofformer.compiler import Spec
from proofformer.runtime import Front, Model
from proofformer.runtime.model import compiled as compiled_spec

DIM, MAX_N = 5, 8
CORRUPTIONS = load_script("bench/corruptions.py")
"""Reads and rewrites what artifacts say of themselves."""


@dataclass(frozen=True)
class Way:
    """A format with options: the dtypes that it holds, the mask that it is compiled with, the libraries it needs."""

    name: str
    dtypes: tuple[str, ...] = DTYPES
    mask: str = "strict"
    libraries: tuple[str, ...] = ()
    options: Mapping[str, Any] = field(default_factory=dict, hash=False)

    def __str__(self) -> str:
        return "-".join((self.name, *map(str, self.options.values())))

    @property
    def form(self) -> Format:
        return format_named(self.name)

    def at(self, folder: Path) -> Path:
        return folder / f"m{self.form.suffix}"

    def write(self, model: Model, folder: Path) -> Path:
        """The artifact, in the folder."""
        self.form.write(model, self.at(folder), **self.options)
        return self.at(folder)

    def placed(self, folder: Path, case: Case = OV) -> Path:
        """An artifact in float32 that others have too, but for its bytes on disk."""
        CORRUPTIONS.place(files_of(self, case), self.at(folder))
        return self.at(folder)

    def said(self, at: Path) -> dict[str, Any]:
        about: dict[str, Any] = CORRUPTIONS.said_by(self.form, at)
        return about

    def say(self, at: Path, **about: Any) -> None:
        """Let it say other things of itself."""
        CORRUPTIONS.say(self.form, at, self.said(at) | about)


_HOLDS = {"llama": ("bfloat16", "float32"), "arcee": ("bfloat16", "float32"), "t5": ("float32", "float64")}
FOLDER, TORCH = Way("folder"), Way("torch")
ONNX = Way("onnx", ("float32", "float16", "float64"), libraries=("onnx", "onnxruntime"))
LLAMA, ARCEE, T5 = (Way("hf", held, "inclusive", ("transformers",), {"architecture": a}) for a, held in _HOLDS.items())
LENS = Way("transformerlens", ("float32", "float64"), "inclusive", ("transformer_lens",))
TURNED = Way(*(getattr(LENS, f) for f in ("name", "dtypes", "mask", "libraries")), options={"rotate": 5})
WAYS = (FOLDER, ONNX, TORCH, LLAMA, LENS)
"""Each format once."""
each = pytest.mark.parametrize("way", WAYS, ids=str)
assert {way.name for way in WAYS} == formats().keys()


@cache
def files_of(way: Way, case: Case) -> Files:
    spec, options = way.form.settle(compiled(case).spec, way.options)
    model = compiled_spec(spec)
    return way.form.make(spec, model.plan, options)


@cache
def compiled(case: Case, dtype: str = "float32", mask: str = "strict", max_n: int = MAX_N) -> Model:
    model = compiled_spec(Spec(case.problem(DIM), max_n, dtype, mask))
    model.probed = False
    return model


def contents(at: Path) -> dict[str, bytes]:
    """The bytes of a file or of the files of a folder."""
    return {file.name: file.read_bytes() for file in (at.iterdir() if at.is_dir() else [at])}


def check_answers(front: Front, case: Case) -> None:
    """On the hand-made instances, the smallest n and the largest among them."""
    made = case.instances(DIM, front.max_n)
    assert {2, front.max_n} <= {sum(map(len, sets)) for sets in made.values()}
    for name, sets in made.items():
        assert front.solve(*sets) == case.brute(sets), name


def check_bits(front: Front, model: Model, case: Case) -> None:
    """One instance, and all that fit in a frame with anything in the padding: bit for bit the model's."""
    fit, frame = fitting(case, DIM, MAX_N)
    assert len(fit) > 2
    sets, lengths = padded(fit, frame, fill=3)
    for given in ((alone(fit[0]), None), (sets, lengths)):
        mine, theirs = front(*given[0], lengths=given[1]), model(*given[0], lengths=given[1])
        assert mine._fields == theirs._fields
        for name, field_ in theirs._asdict().items():
            assert torch.equal(getattr(mine, name), field_), name
            assert getattr(mine, name).dtype == field_.dtype


ASK = """
import json, os, sys
sys.modules["proofformer"] = None
import torch
torch.set_num_threads(1)
said = {}
for folder, asked in json.load(open(sys.argv[1])).items():
    os.chdir(folder)
    code = open("README.md").read().split("```python\\n")[1].split("```")[0]
    load, ask = code.split("# ", 1)
    exec(load)
    said[folder] = []
    for sets in asked:
        for name, rows in sets.items():
            globals()[name] = torch.tensor(rows)
        exec("# " + ask)
        said[folder].append(answer)
json.dump(said, open(sys.argv[1], "w"))
"""
"""What the cards say, done as they say it, where proofformer cannot be imported."""


def named(case: Case, sets: Sets) -> dict[str, Any]:
    """The sets by the names that a card gives them."""
    return dict(zip("AB" if case.bichromatic else "X", sets, strict=True))


def numbers(case: Case, sets: Sets) -> Iterator[tuple[str, int]]:
    """What a right answer says in a card's numbers, as far as it is a number there."""
    answer = case.brute(sets)
    if case.question == "decide":
        yield "decision", int(bool(answer))
        return
    assert answer.pair is not None  # type: ignore[union-attr]
    yield from zip("ij", answer.pair, strict=True)  # type: ignore[union-attr]
    if not case.is_similarity:
        yield "value", answer.value  # type: ignore[union-attr, misc]


def asked_without_us(folders: Mapping[Path, tuple[Case, list[Sets]]], scratch: Path) -> None:
    """Every card's code on every instance, in one process: the answers are right."""
    import subprocess
    import sys

    file, script = scratch / "asked.json", scratch / "ask.py"
    file.write_text(json.dumps({str(at): [named(case, s) for s in made] for at, (case, made) in folders.items()}))
    script.write_text(ASK)
    done = subprocess.run([sys.executable, str(script), str(file)], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    said = json.loads(file.read_text())
    for at, (case, made) in folders.items():
        for sets, answer in zip(made, said[str(at)], strict=True):
            assert dict(numbers(case, sets)).items() <= answer.items()
