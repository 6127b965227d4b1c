"""What holds for all formats: round trips, what is replaced, what is refused and how it is said, who answers."""

import importlib
import json
import re
import shlex
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from time import perf_counter
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import torch
from click.testing import CliRunner
from tests.artifacts import trials
from tests.artifacts.trials import (
    ARCEE,
    CORRUPTIONS,
    FOLDER,
    LENS,
    LLAMA,
    ONNX,
    T5,
    TORCH,
    TURNED,
    WAYS,
    Way,
    compiled,
    each,
)
from tests.cases import BICHROMATIC, BY_NORM, CASES, CLOSEST, COSINE, FEW, GRID, OV, Case

import proofformer as pf
from proofformer.artifacts import artifact, folder
from proofformer.cli.main import cli
from proofformer.compiler import Spec, plan_of
from proofformer.errors import InputError
from proofformer.runtime import Model, model_of
from proofformer.runtime.model import filled

YES = [[1, 1, 0, 0, 0], [0, 0, 1, 1, 0]]
"""Two orthogonal documents."""


@pytest.fixture(autouse=True, scope="module")
def remembered() -> Iterator[None]:
    """Tracing a graph takes torch seconds: here once for each spec. `test_torch_program` does without."""
    with CORRUPTIONS.remembering(TORCH.form):
        yield


def refusal(do: Callable[[], object], about: Path | None = None) -> str:
    """The one sentence, which names the artifact."""
    with pytest.raises(InputError) as caught:
        do()
    said = str(caught.value)
    assert "\n" not in said
    assert about is None or str(about) in said
    return said


KINDS = [case for case in CASES if case.share not in (0, 1)]
"""A threshold is a number of the spec, whatever it is."""
ROUND_TRIPS = [
    *((way, case) for k, case in enumerate(KINDS) for way in [(ONNX, LLAMA, ONNX, T5, LENS, FOLDER, ARCEE)[k % 7]]),
    *((way, CLOSEST) for way in (FOLDER, ONNX, LLAMA, ARCEE, T5, LENS) for _ in way.dtypes),
    *((TURNED, case) for case in (CLOSEST, OV, BICHROMATIC, BY_NORM, GRID)),
    *((TORCH, case) for case in (COSINE, GRID)),
]
WITH_DTYPES = {(way, case, way.dtypes[k % len(way.dtypes)], way.mask) for k, (way, case) in enumerate(ROUND_TRIPS)}
SEEING_THEMSELVES = {(way, BICHROMATIC, "float32", "inclusive") for way in (FOLDER, TORCH)}


@pytest.mark.parametrize(("way", "case", "dtype", "mask"), sorted(WITH_DTYPES | SEEING_THEMSELVES, key=str), ids=str)
def test_round_trip(way: Way, case: Case, dtype: str, mask: str, tmp_path: Path) -> None:
    model, plain = compiled(case, dtype, "strict" if mask == way.mask else mask), compiled(case, dtype, mask)
    at = way.write(model, tmp_path / "new")
    front = pf.read(at)
    assert (front.spec, front.plan, front.max_n, front.dtype) == (plain.spec, plain.plan, trials.MAX_N, dtype)
    trials.check_answers(front, case)
    trials.check_bits(front, plain, case)
    before = trials.contents(at)
    way.write(model, tmp_path / "new")
    assert trials.contents(at) == before
    assert sorted(before) == sorted(name or at.name for name in (*way.form.names, *way.form.unread))


@pytest.mark.parametrize(("way", "case"), list(zip(WAYS, FEW, strict=True)), ids=str)
def test_adversarial_instances(way: Way, case: Case, tmp_path: Path) -> None:
    model = pf.compile(**case.problem(12).to_json(), max_n=60)
    total = pf.verify(pf.read(way.write(model, tmp_path)), adversarial=60).total
    assert (total.instances, total.wrong) == (60, 0)


@pytest.mark.parametrize("way", [*WAYS, ARCEE, T5, TURNED], ids=str)
@pytest.mark.parametrize("bichromatic", [False, True])
def test_two_documents_may_be_all_there_may_be(way: Way, bichromatic: bool, tmp_path: Path) -> None:
    model = pf.compile("closest-pair", dim=2, max_n=2, bichromatic=bichromatic)
    assert pf.verify(pf.read(way.write(model, tmp_path)), exhaustive=4).total.wrong == 0


@each
def test_shapes_are_checked_as_by_the_model(way: Way, tmp_path: Path) -> None:
    front = pf.read(way.placed(tmp_path))
    for given, why in {
        (torch.zeros(1, 9, 5),): "compiled for at most 8",
        (torch.zeros(1, 1, 5),): "at least 2 documents",
        (torch.zeros(1, 3, 6),): "the model takes",
        (torch.zeros(1, 3, 5),) * 2: "the model takes",
    }.items():
        assert why in refusal(lambda given=given: front(*given))
    assert "lengths" in refusal(lambda: front(torch.zeros(1, 4, 5), lengths=torch.tensor([5])))
    assert "must be 0 or 1" in refusal(lambda: front.solve(np.full((3, 5), 2)))


# Who answers


def opposite(bits: Any) -> Any:
    """1 for 0 and 0 for 1, in whatever a runtime returns."""
    if isinstance(bits, dict):
        return {name: 1 - value for name, value in bits.items()}
    return [1 - value for value in bits] if isinstance(bits, list) else 1 - bits


class Swapped:
    """Stands for a runtime's own: sees the bytes that it gets, and says the opposite of what it says."""

    def __init__(self, patch: pytest.MonkeyPatch, way: Way) -> None:
        self.seen: list[Any] = []
        owner, name, wrap = RUNNERS[way.name]
        module, _, attribute = owner.partition(":")
        at: Any = importlib.import_module(module)
        at = getattr(at, attribute) if attribute else at
        real = getattr(at, name)

        def swapped(*given: Any, **more: Any) -> Any:
            self.seen += [
                {f.name: f.read_bytes() for f in Path(x).iterdir()} if isinstance(x, str) and Path(x).is_dir() else x
                for x in given
            ]
            return wrap(real(*given, **more))

        patch.setattr(at, name, swapped)


def _lens(real: Any) -> Any:
    """A network whose weights are those it was given, and whose logits are the opposite."""
    forward = real.forward
    real.forward = lambda *given, **more: opposite(forward(*given, **more))
    return real


RUNNERS: dict[str, tuple[str, str, Callable[[Any], Any]]] = {
    "folder": (
        "safetensors.torch",
        "load",
        lambda t: t | {"unembed.weight": torch.zeros_like(t["unembed.weight"])},
    ),
    "onnx": (
        "onnxruntime",
        "InferenceSession",
        lambda real: SimpleNamespace(get_inputs=real.get_inputs, run=lambda *given: opposite(real.run(*given))),
    ),
    "torch": (
        "torch.export",
        "load",
        lambda real: SimpleNamespace(module=lambda: lambda *given: opposite(real.module()(*given))),
    ),
    "hf": (
        "transformers:AutoModel",
        "from_pretrained",
        lambda real: lambda **given: SimpleNamespace(last_hidden_state=opposite(real(**given).last_hidden_state)),
    ),
    "transformerlens": ("transformer_lens:TransformerBridge", "boot_native", _lens),
}


@each
def test_the_formats_own_runtime_answers_from_the_files_own_bytes(
    way: Way, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever stands in its place decides what is answered, and gets the very bytes of the files."""
    at = way.placed(tmp_path)
    assert pf.read(at).solve(YES) == OV.brute((YES,))
    swapped = Swapped(monkeypatch, way)
    assert pf.read(at).solve(YES) != OV.brute((YES,))
    held = trials.contents(at)
    [seen] = swapped.seen
    if way is FOLDER:
        assert seen == held["model.safetensors"]
    elif way is LLAMA:
        assert seen == {name: held[name] for name in ("config.json", "model.safetensors")}
    elif way is not LENS:
        assert (seen if way is ONNX else seen.getvalue()) == held[at.name]


def test_transformerlens_gets_the_files_weights(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import transformer_lens

    loaded = []
    monkeypatch.setattr(transformer_lens.TransformerBridge, "load_state_dict", lambda self, state: loaded.append(state))
    at = LENS.placed(tmp_path)
    pf.read(at)
    [state] = loaded
    held = CORRUPTIONS.as_tensors((at / "model.safetensors").read_bytes())
    assert held.keys() == state.keys()
    assert all(torch.equal(held[name], state[name]) for name in held)


@pytest.mark.parametrize("way", [FOLDER, LLAMA, LENS], ids=str)
def test_what_else_is_in_a_folder_has_no_effect(way: Way, tmp_path: Path) -> None:
    at = way.placed(tmp_path)
    for name in ("adapter_config.json", "generation_config.json", "model.safetensors.index.json"):
        (at / name).write_text(json.dumps({"base_model_name_or_path": "x", "peft_type": "LORA", "weight_map": {}}))
    for name in ("adapter_model.safetensors", "pytorch_model.bin", "modeling_llama.py", "x/config.json"):
        (at / name).parent.mkdir(exist_ok=True)
        (at / name).write_bytes(b"raise SystemExit")
    trials.check_answers(pf.read(at), OV)


# What is replaced


@each
def test_an_artifact_may_be_replaced(way: Way, tmp_path: Path) -> None:
    """Of whatever problem and version, through a link, with a card that somebody edited."""
    at = way.placed(tmp_path, CLOSEST)
    if at.is_dir():
        (at / "README.md").write_text("mine")
        for name in way.form.unread:
            (at / name).write_text('{"format": "proofformer-certificate"')
    way.say(at, version=1)
    link = tmp_path / "to" / at.name
    link.parent.mkdir()
    link.symlink_to(at)
    way.write(compiled(OV), link.parent)
    assert pf.read(at).problem.name == pf.read(link).problem.name == "ov"
    assert link.is_symlink()
    assert sorted(p.name for p in tmp_path.iterdir()) == sorted([at.name, "to"])


def _somebodys(way: Way, at: Path, **files: str) -> None:
    at.mkdir()
    for name, text in files.items():
        (at / name.replace("_", ".")).write_text(text)


def _with_a_thesis(way: Way, at: Path) -> None:
    """An artifact and something else in one folder."""
    if way.form.suffix:
        at.mkdir()
        way.placed(at)
    else:
        way.placed(at.parent)
    (at / "thesis.tex").write_text("two years of work")


def _other_format(way: Way, at: Path) -> None:
    other = {"folder": LENS, "transformerlens": LLAMA, "hf": FOLDER, "onnx": TORCH, "torch": ONNX}[way.name]
    shutil.move(other.placed(at.parent), at)


SOMEBODYS: dict[str, Callable[[Way, Path], object]] = {
    "a file": lambda way, at: at.write_bytes(b"mine"),
    "an empty file": lambda way, at: at.write_bytes(b""),
    "notes": lambda way, at: _somebodys(way, at, notes_txt="mine"),
    "another model": lambda way, at: _somebodys(way, at, config_json='{"model_type": "bert"}'),
    "no JSON": lambda way, at: _somebodys(way, at, config_json="mine", proofformer_json="mine"),
    "no object": lambda way, at: _somebodys(way, at, config_json="[]", proofformer_json="[]"),
    "a thesis beside it": _with_a_thesis,
    "another format": _other_format,
}


@each
@pytest.mark.parametrize("what", SOMEBODYS)
def test_nothing_else_is_replaced(way: Way, what: str, tmp_path: Path) -> None:
    at = way.at(tmp_path)
    SOMEBODYS[what](way, at)
    before = trials.contents(at)
    said = refusal(lambda: way.write(compiled(OV), tmp_path), at)
    assert f"exists and is no {way.form.called}: choose another path" in said
    assert trials.contents(at) == before
    assert [p.name for p in tmp_path.iterdir()] == [at.name]


@each
def test_an_empty_folder_is_filled_by_a_folder(way: Way, tmp_path: Path) -> None:
    way.at(tmp_path).mkdir()
    if way.form.suffix:
        assert "exists and is no" in refusal(lambda: way.write(compiled(OV), tmp_path), tmp_path)
    else:
        assert pf.read(way.write(compiled(OV), tmp_path)).problem.name == "ov"


@each
@pytest.mark.parametrize("step", ["write_bytes", "last write_bytes", "mkdir", "move"])
def test_a_full_disk_leaves_what_was_there(
    way: Way, step: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    at = way.placed(tmp_path, CLOSEST)
    before, left = trials.contents(at), [0]

    def full(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    write = Path.write_bytes

    def filling(path: Path, data: bytes) -> None:
        left[0] += 1
        write(path, data[: len(data) // 2] if left[0] == len(way.form.names) else data)
        if left[0] == len(way.form.names):
            full()

    if step == "move":
        for owner, name in ((Path, "rename"), (Path, "replace"), (folder, "_exchanged")):
            monkeypatch.setattr(owner, name, full)
    elif step == "mkdir":
        monkeypatch.setattr(folder.tempfile, "TemporaryDirectory", full)
    else:
        monkeypatch.setattr(Path, "write_bytes", full if step == "write_bytes" else filling)
    assert refusal(lambda: way.write(compiled(OV), tmp_path), at).endswith(
        ": No space left on device; choose another path"
    )
    monkeypatch.undo()
    assert trials.contents(at) == before
    assert [p.name for p in tmp_path.iterdir()] == [at.name]


# What is refused


def _altered() -> Model:
    model = filled(compiled(OV).spec, compiled(OV).plan)
    model.transformer.unembed.weight[0, 0] += 1
    return model


MADE_OTHERWISE: dict[str, Callable[[], Model]] = {
    "a weight altered": _altered,
    "rounds forced": lambda: model_of(CLOSEST.problem(5), CLOSEST.plan(5, 8, "float32", 2)),
    "another dtype": lambda: filled(compiled(OV).spec, compiled(OV).plan).double(),
    "another max_n": lambda: filled(Spec(OV.problem(5), 600), plan_of(Spec(OV.problem(5), 8))),
}


@each
@pytest.mark.parametrize("how", MADE_OTHERWISE)
def test_weights_that_are_not_the_specs_are_not_written(way: Way, how: str, tmp_path: Path) -> None:
    model, sentence = (
        MADE_OTHERWISE[how](),
        r"weight '[\w.]+' was changed, so nothing is proved of it: compile the model again",
    )
    assert re.fullmatch(sentence, refusal(lambda: way.write(model, tmp_path)))
    if way is FOLDER:
        assert re.fullmatch(sentence, refusal(lambda: model.save(tmp_path / "m")))
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("way", "dtype", "why"),
    [
        (ONNX, "bfloat16", "multiplies no bfloat16 matrices on a CPU: compile with dtype='float32'"),
        (LENS, "float16", "transformerlens cannot hold a float16 model exactly .* in float32 or float64"),
        (LENS, "bfloat16", "transformerlens cannot hold a bfloat16 model exactly .* in float32 or float64"),
        (LLAMA, "float16", r"llama cannot hold a float16 model exactly \(.*\): compile it in float32"),
        (T5, "float16", r"t5 cannot hold a float16 model exactly \(.*\): compile it in float32"),
        (ARCEE, "float64", r"arcee cannot hold a float64 model exactly \(.*\): choose t5"),
        (T5, "bfloat16", r"t5 cannot hold a bfloat16 model exactly \(.*\): choose llama or arcee"),
        (Way("onnx", options={"opset": 17}), "float32", "opset 17 is unknown here: choose one from 18 to 24"),
        (Way("onnx", options={"opset": True}), "float32", "opset True is unknown"),
        (Way("hf", options={"architecture": "gpt"}), "float32", "'gpt' is unknown: choose one of llama, arcee, t5"),
        (Way("hf", options={"opset": 18}), "float32", "opset is no option of hf exports: leave it out"),
        (Way("hf", options={"rotate": 1}), "float32", "rotate is no option of hf exports: leave it out"),
        (Way("transformerlens", options={"rotate": -1}), "float32", "rotate is -1: choose a whole number from 0 to "),
        (Way("transformerlens", options={"rotate": True}), "float32", "rotate is True: choose a whole number"),
        (Way("transformerlens", options={"rotate": "7"}), "float32", "rotate is '7': choose a whole number"),
    ],
    ids=str,
)
def test_what_cannot_be_held_exactly_is_refused(way: Way, dtype: str, why: str, tmp_path: Path) -> None:
    assert re.search(why, refusal(lambda: way.write(compiled(OV, dtype), tmp_path)))
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(("way", "library"), [(way, library) for way in WAYS for library in way.libraries], ids=str)
def test_a_missing_extra_is_one_sentence(
    way: Way, library: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    at, real = way.placed(tmp_path), artifact.import_module

    def absent(name: str) -> Any:
        if name == library:
            raise ImportError(name)
        return real(name)

    monkeypatch.setattr(artifact, "import_module", absent)
    sentence = f"{library} is not installed: pip install 'proofformer[{way.name}]'"
    assert refusal(lambda: pf.read(at)) == sentence
    if library == "onnx":
        assert refusal(lambda: way.write(compiled(OV), tmp_path / "new")) == sentence
    else:
        way.write(compiled(OV), tmp_path / "new")
    compiled(OV).save(tmp_path / "model")
    target = str(tmp_path / f"exported{way.form.suffix}")
    done = CliRunner().invoke(cli, ["export", str(tmp_path / "model"), "--to", way.name, "-o", target])
    assert (done.exit_code, done.stderr) == (2, f"error: {sentence}\n")
    assert not Path(target).exists()


SAYS: list[tuple[dict[str, Any], str]] = [
    ({"version": 9}, "has format version 9 and this proofformer reads version [45]: .* again$"),
    ({"version": None}, "has format version None and"),
    ({"version": [["x\n" * 99] * 99] * 99}, "has format version "),
    ({"format": "x"}, "does not say format 'proofformer-.*', so .* is no .*: name one"),
    ({"format": None}, "so .* is no .*: name one"),
    ({"spec": None}, "a spec has problem, max_n, dtype and mask, and nothing else"),
    ({"spec": {}}, "a spec has problem"),
    ({"options": None}, "its options are no object"),
    ({"options": {"x\n": 1}}, "its options are not what|was written by"),
    ({"options": {"onnx": "1\n2", "torch": "1\n2"}}, "its options are not what|was written by"),
    ({"more": 1}, "'more' is missing or does not belong, so nothing is proved of it|was altered"),
]
SPECS: list[tuple[dict[str, Any], str]] = [
    ({"max_n": 7}, "nothing is proved of it"),
    ({"max_n": 9}, "nothing is proved of it|is of another model"),
    ({"max_n": "8\n"}, "max_n = '8\\\\n': choose"),
    ({"max_n": True}, "max_n = True: choose a whole number from 2"),
    ({"dtype": "float64"}, "nothing is proved of it|cannot hold|opset"),
    ({"dtype": "float8"}, "float8"),
    ({"dtype": []}, "cannot be compiled"),
    ({"mask": "loose"}, "mask 'loose' is unknown"),
    ({"mask": []}, "mask"),
    ({"more": 1}, "a spec has problem"),
    ({"problem": OV.problem(4).to_json()}, "nothing is proved of it|is of another model"),
    ({"problem": CLOSEST.problem(5).to_json()}, "nothing is proved of it"),
    ({"problem": {"name": "ov"}}, "has no 'dim': add it"),
    ({"problem": None}, "a problem is described by None"),
    ({"problem": OV.problem(5).to_json() | {"threshold": "9" * 5000}}, "cannot be compiled"),
]


@each
def test_what_it_says_of_itself_cannot_be_changed(way: Way, tmp_path: Path) -> None:
    at = way.placed(tmp_path)
    about = way.said(at)
    spec = about["spec"]
    other = "inclusive" if way.mask == "strict" else "strict"
    changes = [
        *SAYS,
        *(
            ({"spec": spec | change}, why)
            for change, why in [*SPECS, ({"mask": other}, "altered|mask|is of another model")]
            # Tracing takes torch seconds.
            if way is not TORCH or "spec compiles to" not in why or change == {"max_n": 9}
        ),
    ]
    for change, why in changes:
        CORRUPTIONS.say(way.form, at, about | change)
        said = refusal(lambda: way.form.read(at), at)
        assert re.search(why, said), (change, said)
        assert len(said) < 2000
    assert "was altered" in refusal(lambda: pf.read(_spelled_otherwise(way, at, about)))


def _spelled_otherwise(way: Way, at: Path, about: dict[str, Any]) -> Path:
    CORRUPTIONS.say(way.form, at, dict(reversed(about.items())))
    return at


@each
def test_what_no_machine_can_compile_is_refused_at_once(way: Way, tmp_path: Path) -> None:
    at = way.placed(tmp_path)
    about = way.said(at)
    problem, spec = about["spec"]["problem"], about["spec"]
    for change, why in (
        ({"problem": problem | {"dim": 10**9}}, "dim = 1000000000: a model takes at most 65536 entries of a document"),
        ({"problem": problem | {"dim": 10**6}}, "dim = 1000000: a model takes at most 65536"),
        ({"problem": problem | {"dim": 65536}}, "files this small hold no model of l = 65536"),
        ({"problem": problem | {"dim": 999}}, "files this small hold no model of l = 999|is of another model"),
        ({"max_n": 1 << 31}, "max_n = 2147483648: choose a whole number from 2 to 1073741824"),
        ({"max_n": -(10**100)}, "choose a whole number from 2 to 1073741824"),
    ):
        CORRUPTIONS.say(way.form, at, about | {"spec": spec | change})
        start = perf_counter()
        said = refusal(lambda: pf.read(at), at)
        assert perf_counter() - start < 1
        assert re.search(why, said), said


@pytest.mark.parametrize(("way", "library"), [(TORCH, torch), (ONNX, __import__("onnx"))], ids=["torch", "onnx"])
def test_a_graph_of_another_version_is_refused_by_name(
    way: Way, library: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    at, was = way.placed(tmp_path), library.__version__.partition("+")[0]
    monkeypatch.setattr(library, "__version__", "3.0.0")
    sentence = f"{at} was written by {way.name} {was} and this is {way.name} 3.0.0: export the model again"
    assert refusal(lambda: pf.read(at)) == sentence


@each
def test_files_that_are_missing_or_nothing_at_all(way: Way, tmp_path: Path) -> None:
    assert "make it with `proofformer" in refusal(lambda: way.form.read(tmp_path / f"none{way.form.suffix}"), tmp_path)
    assert "cannot be read" in refusal(lambda: pf.read(tmp_path / f"{'x' * 300}{way.form.suffix}"))
    at = way.placed(tmp_path)
    if at.is_file():
        at.unlink()
        at.mkdir()
        assert f"is no {way.form.called}: name one, or make it with" in refusal(lambda: way.form.read(at), at)
        return
    for name in way.form.names[:-1]:
        held = (at / name).read_bytes()
        (at / name).unlink()
        assert f"{at / name} is missing: {at} is no complete {way.form.called}; {way.form.again}" in refusal(
            lambda: way.form.read(at)
        )
        (at / name).write_bytes(held)
    (at / way.form.names[-1]).unlink()
    assert way.form.names[-1] == "README.md"
    trials.check_answers(pf.read(at), OV)


def test_names_that_no_format_has(tmp_path: Path) -> None:
    (tmp_path / "m.txt").write_text("mine")
    said = refusal(lambda: pf.read(tmp_path / "m.txt"), tmp_path)
    assert said.endswith("m.txt is no export: their names end in .onnx or .pt2")
    for way in (ONNX, TORCH):
        sentence = f"'m.txt' does not end in {way.form.suffix}, as {way.name} exports do: choose another name"
        assert refusal(lambda way=way: way.form.write(compiled(OV), tmp_path / "m.txt")) == sentence
    assert (tmp_path / "m.txt").read_text() == "mine"


def old_about(way: Way, version: int, spec: Spec) -> dict[str, Any]:
    """What artifacts said of themselves before version 4."""
    said = {"version": version, "problem": spec.problem.to_json(), "sha256": "0" * 64}
    plan = {"max_n": spec.max_n, "dtype": spec.dtype, "circuit": {"inputs": [{"name": "one"}]}}
    if spec.mask == "inclusive":
        plan["circuit"]["inputs"] += [{"name": "seen:is_start"}, {"name": "seen:doc"}]
    sizes = {"max_n": spec.max_n, "dtype": spec.dtype}
    if way is FOLDER:
        return said | {"format": "proofformer-model", "plan": plan, "tensors": {}}
    if way.form.suffix:
        options = {"torch": "2.13.0"} if way is TORCH else {"opset": 23}
        return said | sizes | {"format": "proofformer-export", "kind": way.name, "plan": plan, "options": options}
    return said | sizes | {"format": way.form.kind, "columns": {"seen:doc": [0]}}


OLD = [
    *((way, 1, OV, "strict") for way in WAYS),
    (FOLDER, 2, CLOSEST, "strict"),
    (FOLDER, 3, OV, "inclusive"),
    (FOLDER, 3, BY_NORM, "strict"),
]


@pytest.mark.parametrize(("way", "version", "case", "mask"), OLD, ids=str)
def test_an_older_version_is_told_with_the_command_that_makes_it_again(
    way: Way, version: int, case: Case, mask: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    at = way.placed(tmp_path)
    spec = Spec(case.problem(5), 8, "float64" if case.is_similarity else "float32", mask)
    CORRUPTIONS.say(way.form, at, old_about(way, version, spec))
    said = refusal(lambda: way.form.read(at), at)
    assert f"has format version {version} and this proofformer reads version {way.form.version}: " in said
    commands = re.findall("`(.+?)`", said)
    assert [shlex.split(line)[:2] for line in commands] == [["proofformer", "compile"], ["proofformer", "export"]][
        : 1 + (way is not FOLDER)
    ]
    for line in commands:
        done = CliRunner().invoke(cli, shlex.split(line)[1:])
        assert done.exit_code == 0, done.output
    made = shlex.split(commands[0])[-1]
    assert pf.load(made).spec == spec
    assert pf.read(at).problem == spec.problem


@each
@pytest.mark.parametrize("problem", [None, {"name": "nonsense", "dim": 3}, {"name": "ov", "dim": "x\n"}])
def test_an_older_version_of_nothing_that_can_be_made(way: Way, problem: object, tmp_path: Path) -> None:
    at = way.placed(tmp_path)
    CORRUPTIONS.say(way.form, at, old_about(way, 1, compiled(OV).spec) | {"problem": problem})
    assert refusal(lambda: way.form.read(at), at).endswith(f"reads version {way.form.version}: {way.form.again}")


@pytest.fixture(scope="module")
def intact(tmp_path_factory: pytest.TempPathFactory) -> list[Any]:
    made: list[Any] = CORRUPTIONS.made(tmp_path_factory.mktemp("intact"))
    return made


@each
def test_damaged_and_falsified_artifacts_are_refused_or_right(way: Way, intact: list[Any]) -> None:
    made = [one for one in intact if one.form is way.form]
    CORRUPTIONS.run(made, len(CORRUPTIONS.KINDS) * (3 if way is TORCH else 5))
    CORRUPTIONS.run(made, 3 if way is TORCH else 24, CORRUPTIONS.FALSIFIED)
    assert not CORRUPTIONS.bad(made)
    assert {kind for kind, _ in made[0].fates} == {*CORRUPTIONS.KINDS, *CORRUPTIONS.FALSIFIED}
