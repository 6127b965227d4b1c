"""Damaged and falsified model folders and exports: each has to be refused with a sentence, or answer right.

Copies are damaged at random, or falsified by somebody who makes everything fit that can be made to fit: one weight, the
spec, or any other key is another, and hashes are right again. `exports.py` tells what becomes of them. What a format
makes of a spec is made once here and remembered (`remembering`), where a reader makes it every time: tracing a graph
takes torch seconds.
"""

from __future__ import annotations

import io
import json
import shutil
import tempfile
import zipfile
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from time import perf_counter
from typing import Any

import numpy as np

import proofformer as pf
from proofformer.artifacts import Format, formats
from proofformer.artifacts.artifact import as_json
from proofformer.artifacts.folder import Files, load_files
from proofformer.artifacts.model_folder import WEIGHTS, weights_hash
from proofformer.artifacts.tensors import as_bytes, as_tensors
from proofformer.compiler import MASKS, Spec, plan_of
from proofformer.errors import InputError, ProofError
from proofformer.planner import DTYPES
from proofformer.problems.kinds import NAMES
from proofformer.verify.checks import random

PROBES = 8
KINDS = ("truncated", "flipped", "renamed", "re-shaped", "wrong dtype", "edited JSON", "swapped")
"""In equal parts for each format, as far as the count allows."""
FALSIFIED = ("one weight", "spec", "another key")

Rng = np.random.Generator
Json = dict[str, Any]


@dataclass
class Chosen:
    """A format, its intact files of two models of the same shapes, and what became of damaged copies."""

    form: Format
    intact: tuple[Path, Path]
    fates: Counter[tuple[str, str]] = field(default_factory=Counter)
    seconds: Counter[str] = field(default_factory=Counter)

    @property
    def name(self) -> str:
        return "model folder" if self.form.name == "folder" else self.form.name


def made(folder: Path) -> list[Chosen]:
    """The formats, with two models each: alike but for the threshold."""
    models = [pf.compile("min-ip", dim=5, max_n=20, threshold=t) for t in (1, 2)]
    found = []
    for name, form in formats().items():
        paths = [folder / f"{name}{k}{form.suffix}" for k in range(2)]
        for model, path in zip(models, paths, strict=True):
            form.write(model, path)
        found.append(Chosen(form, (paths[0], paths[1])))
    return found


@contextmanager
def remembering(*forms: Format) -> Iterator[None]:
    """Let formats make the files of a spec once: the same spec, the same bytes."""
    with ExitStack() as stack:
        for form in forms:
            stack.callback(setattr, form, "make", form.make)
            form.make = _remembered(form.make)  # type: ignore[method-assign]
        yield


def _remembered(make: Callable[..., Files]) -> Callable[..., Files]:
    known: dict[str, Files] = {}

    def remembered(spec: Spec, plan: Any, options: Mapping[str, Any]) -> Files:
        key = json.dumps([spec.to_json(), dict(options)], sort_keys=True)
        if key not in known:
            known[key] = make(spec, plan, options)
        return known[key]

    return remembered


def run(chosen: list[Chosen], count: int, kinds: tuple[str, ...] = KINDS, seed: int = 0) -> None:
    """Damage so many copies in all, kinds and formats in turn; the fates are counted."""
    turns = -(-count // (len(chosen) * len(kinds)))
    with tempfile.TemporaryDirectory() as scratch, remembering(*(c.form for c in chosen)):
        for number in range(count):
            one, turn = chosen[number % len(chosen)], number // len(chosen)
            kind, rng, start = kinds[turn % len(kinds)], np.random.default_rng((seed, number)), perf_counter()
            at, intact = Path(scratch) / f"damaged{one.form.suffix}", load_files(one.intact[0], one.form.names, "")
            place(intact, at)
            # Until some byte is another: 1 more is nothing to 2^30.
            while load_files(at, one.form.names, "") == intact:
                if kind in FALSIFIED:
                    falsify(rng, kind, one.form, at, turn // len(kinds), turns)
                else:
                    DAMAGES.get(one.form.name, damage_folder)(rng, kind, at, one.intact[1])
            one.fates[kind, fate(one.form, rng, at)] += 1
            one.seconds[kind] += perf_counter() - start
            shutil.rmtree(at) if at.is_dir() else at.unlink()


def fate(form: Format, rng: Rng, at: Path) -> str:
    """What becomes of a damaged copy: `refused`, `right`, or what must not be: `wrong`, `crash: TYPE`."""
    try:
        outcome = random.run(form.read(at), "random", int(rng.integers(1 << 30)), 0, PROBES)
        return "wrong" if outcome.wrong else "right"
    except InputError as error:
        return "refused" if str(error).strip() and "\n" not in str(error) else "crash: no sentence"
    except Exception as error:
        return f"crash: {type(error).__name__}"


def place(files: Files, at: Path) -> None:
    """Files as they are, whatever was there before."""
    for name, data in files.items():
        (at / name).parent.mkdir(parents=True, exist_ok=True)
        (at / name).write_bytes(data)


def pick(rng: Rng, items: Any) -> Any:
    return items[int(rng.integers(len(items)))]


# Damage


def bytes_damaged(rng: Rng, kind: str, file: Path) -> None:
    """A file cut, or with up to 8 bits flipped."""
    raw = bytearray(file.read_bytes())
    if kind == "truncated":
        del raw[int(rng.integers(len(raw))) :]
    else:
        for _ in range(int(rng.integers(1, 9))):
            raw[int(rng.integers(len(raw)))] ^= 1 << int(rng.integers(8))
    file.write_bytes(raw)


def json_damaged(rng: Rng, data: Json) -> Json:
    """One value somewhere in it replaced, removed or renamed."""
    key_damaged(rng, *pick(rng, places(data)))
    return data


def places(data: Any, but: str = "") -> list[tuple[Any, Any]]:
    """All objects and lists, however deep, each with each of its keys; `but` one at the top."""
    if not isinstance(data, dict | list):
        return []
    keys = [key for key in (data if isinstance(data, dict) else range(len(data))) if key != but]
    return [(data, key) for key in keys] + [place for key in keys for place in places(data[key])]


def key_damaged(rng: Rng, at: Any, key: Any) -> None:
    """A value replaced, removed or renamed."""
    was, action = at[key], int(rng.integers(4))
    if action == 0:
        del at[key]
    elif action == 1 and isinstance(at, dict):
        at[f"{key}x"] = at.pop(key)
    elif isinstance(was, bool | str) or was is None:
        at[key] = pick(rng, [not was, f"{was}x", None if was is not None else "", 0, [], "two\nlines"])
    elif isinstance(was, int):
        at[key] = pick(rng, [was + 1, was - 1, -was or 3, str(was), 2 * was + 1, float(was), 10**9, 1 << 31])
    else:
        at[key] = pick(rng, [None, {}, [], "x", 7] if was else [None, "x", 7])


def damage_folder(rng: Rng, kind: str, folder: Path, other: Path) -> None:
    """A folder of JSON files and one of weights; what else is in it is for people."""
    from safetensors.numpy import load_file, save_file

    texts = sorted(file.name for file in folder.glob("*.json"))
    if kind in ("truncated", "flipped", "swapped"):
        name = pick(rng, [*texts, WEIGHTS])
        if kind == "swapped":
            shutil.copy(other / name, folder / name)
        else:
            bytes_damaged(rng, kind, folder / name)
    elif kind == "edited JSON":
        file = folder / pick(rng, texts)
        file.write_text(json.dumps(json_damaged(rng, json.loads(file.read_text()))))
    else:
        tensors = load_file(folder / WEIGHTS)
        save_file(arrays_damaged(rng, kind, tensors), folder / WEIGHTS)


def arrays_damaged(rng: Rng, kind: str, arrays: Mapping[str, Any]) -> dict[str, Any]:
    """One array under another name, in another shape or in another dtype."""
    changed = dict(arrays)
    name = pick(rng, sorted(arrays))
    array = changed.pop(name)
    if kind == "renamed":
        changed[f"{name}x"] = array
    elif kind == "re-shaped":
        changed[name] = pick(rng, [array.reshape(-1, 1), array.reshape(1, -1), array[..., None]]).copy()
    else:
        with np.errstate(all="ignore"):
            changed[name] = array.astype(pick(rng, [np.float16, np.float64, np.int32]))
    return changed


def damage_onnx(rng: Rng, kind: str, file: Path, other: Path) -> None:
    import onnx
    from onnx import numpy_helper

    if kind in ("truncated", "flipped"):
        bytes_damaged(rng, kind, file)
        return
    model, twin = onnx.load(file), onnx.load(other)
    if kind == "edited JSON":
        entry = model.metadata_props[0]
        entry.value = json.dumps(json_damaged(rng, json.loads(entry.value)), separators=(",", ":"))
    elif kind == "swapped" and rng.random() < 0.5:
        model.metadata_props[0].value = twin.metadata_props[0].value
    elif kind == "swapped":
        replace_initializers(model, list(twin.graph.initializer))
    elif kind == "renamed" and rng.random() < 0.5:
        pick(rng, model.graph.node).op_type = pick(rng, ["Relu", "Neg", "Nothing", ""])
    else:
        arrays = {t.name: numpy_helper.to_array(t) for t in model.graph.initializer}
        changed = arrays_damaged(rng, kind, arrays)
        replace_initializers(model, [numpy_helper.from_array(array, name) for name, array in changed.items()])
    file.write_bytes(model.SerializeToString())


def replace_initializers(model: Any, tensors: list[Any]) -> None:
    del model.graph.initializer[:]
    model.graph.initializer.extend(tensors)


def damage_torch(rng: Rng, kind: str, file: Path, other: Path) -> None:
    if kind in ("truncated", "flipped"):
        bytes_damaged(rng, kind, file)
        return
    members, twin = (members_of(path) for path in (file, other))
    named = {name.rpartition("/")[2]: name for name in members}
    about, graph, weights = (named[n] for n in ("proofformer.json", "model.json", "model_weights_config.json"))
    if kind == "edited JSON":
        name = pick(rng, [about, graph, weights])
        members[name] = json.dumps(json_damaged(rng, json.loads(members[name]))).encode()
    elif kind == "swapped":
        name = pick(rng, [name for name in members if name in twin and members[name] != twin[name]])
        members[name] = twin[name]
    elif kind == "renamed":
        name = pick(rng, sorted(members))
        members[f"{name}x"] = members.pop(name)
    else:
        config = json.loads(members[weights])
        meta = pick(rng, list(config["config"].values()))["tensor_meta"]
        if kind == "re-shaped":
            meta["sizes"].reverse()
            meta["sizes"].append({"as_int": 1})
        else:
            meta["dtype"] = int(rng.integers(1, 9))
        members[weights] = json.dumps(config).encode()
    pack(members, file)


DAMAGES = {"onnx": damage_onnx, "torch": damage_torch}


def members_of(file: Path) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(file.read_bytes())) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def pack(members: Mapping[str, bytes], file: Path) -> None:
    with zipfile.ZipFile(file, "w") as archive:
        for name, data in members.items():
            archive.writestr(name, data)


# What fits


def falsify(rng: Rng, kind: str, form: Format, at: Path, turn: int, turns: int) -> None:
    """Make an artifact another, the same in all that somebody can make fit; `turn` of `turns` of this kind."""
    if kind == "one weight":
        change_weight(rng, form, at)
    elif kind == "spec":
        change_spec(rng, form, at, turn)
    else:
        change_key(rng, form, at, turn, turns)


def said_by(form: Format, at: Path) -> Json:
    """What an artifact says of itself."""
    about: Json = json.loads(form.said(load_files(at, form.names, "")) or "null")
    return about


def say(form: Format, at: Path, about: Json) -> None:
    """Let an artifact say something else of itself."""
    if at.is_dir():
        (at / form.about).write_bytes(as_json(about))
    elif form.name == "onnx":
        import onnx

        model = onnx.load(at)
        model.metadata_props[0].value = as_json(about).decode()
        at.write_bytes(model.SerializeToString(deterministic=True))
    else:
        members = members_of(at)
        [name] = (name for name in members if name.endswith("/extra/proofformer.json"))
        pack(members | {name: as_json(about)}, at)


def change_weight(rng: Rng, form: Format, at: Path) -> None:
    """One entry of one weight; the model folder's hash is right again."""
    if at.is_dir():
        tensors = as_tensors((at / WEIGHTS).read_bytes())
        change_entry(rng, tensors[pick(rng, sorted(tensors))].numpy())
        (at / WEIGHTS).write_bytes(as_bytes(tensors))
        hash_again(form, at)
    elif form.name == "onnx":
        import onnx
        from onnx import numpy_helper

        model = onnx.load(at)
        tensor = pick(rng, [t for t in model.graph.initializer if t.data_type == onnx.TensorProto.FLOAT])
        array = numpy_helper.to_array(tensor).copy()
        change_entry(rng, array)
        tensor.CopyFrom(numpy_helper.from_array(array, tensor.name))
        at.write_bytes(model.SerializeToString(deterministic=True))
    else:
        members = members_of(at)
        name = pick(rng, [name for name in members if "/data/weights/weight_" in name])
        array = np.frombuffer(members[name], np.float32).copy()
        change_entry(rng, array)
        pack(members | {name: array.tobytes()}, at)


def change_entry(rng: Rng, array: Any) -> None:
    at = int(rng.integers(array.size))
    was = array.reshape(-1)[at]
    array.reshape(-1)[at] = pick(rng, [was + 1, -was or 1, 2 * was + 0.5, np.nextafter(was, np.float32(9))])


def hash_again(form: Format, at: Path) -> None:
    if form.name == "folder":
        weights = weights_hash(as_tensors((at / WEIGHTS).read_bytes()))
        say(form, at, said_by(form, at) | {"sha256": weights})


VALUES: dict[str, tuple[Any, ...]] = {
    "name": NAMES,
    "dim": (1, 2, 4, 6, 10, 64),
    "question": ("search", "decide"),
    "metric": (None, "hamming", "cosine", "cityblock"),
    "bichromatic": (True, False),
    "threshold": ("0", "2", "3", "1/2", "3/2", "5", None),
    "levels": (1, 2, 3, 255),
    "norms": (None, (1, 2), (1, 2, 3, 4, 5)),
    "gamma": (None, "3/2", "2"),
    "max_n": (2, 3, 16, 19, 21, 32, 33, 600, 1 << 30),
    "dtype": tuple(d.name for d in DTYPES),
    "mask": MASKS,
}
NONSENSE = (None, -1, 0, 1.5, True, "x", "two\nlines", [], {}, [[]], 10**6, 10**9, 1 << 31, 1e400, "9" * 5000)


def change_spec(rng: Rng, form: Format, at: Path, turn: int) -> None:
    """Each field of the spec in turn: another that can be made, with all files but the weights and the graph as they
    are made for it, or the other way round; or nonsense."""
    key = list(VALUES)[turn % len(VALUES)]
    spec = Spec.from_json(said_by(form, at)["spec"])
    other = None if rng.random() < 0.2 else other_spec(rng, form, spec, key)
    if other is None:
        about = said_by(form, at)
        (about["spec"] if key in about["spec"] else about["spec"]["problem"])[key] = pick(rng, NONSENSE)
        say(form, at, about)
        return
    new, mine = made_of(form, other), load_files(at, form.names, "")
    theirs = rng.random() < 0.3
    if at.is_dir():
        kept = {WEIGHTS} if not theirs else mine.keys() - {WEIGHTS}
        place({name: mine[name] if name in kept else new[name] for name in form.names}, at)
        hash_again(form, at)
        return
    told = json.loads(form.said(mine if theirs else new) or "null")
    place(new if theirs else mine, at)
    say(form, at, told)


def other_spec(rng: Rng, form: Format, spec: Spec, key: str) -> Spec | None:
    """One that differs in this field and can be made in the format."""
    for value in rng.permutation(np.array([*VALUES[key], None], object)[:-1]):
        if key in ("max_n", "dtype", "mask"):
            fields = {key: value}
        else:
            fields = {"problem": spec.problem.to_json() | {key: value}}
        with suppress(InputError, ProofError):
            other = Spec.from_json(spec.to_json() | fields)
            if other != spec and form.settle(other, {})[0] == other:
                made_of(form, other)
                return other
    return None


def made_of(form: Format, spec: Spec) -> Files:
    """What a format makes of a spec."""
    return form.make(spec, plan_of(spec), form.settle(spec, {})[1])


def change_key(rng: Rng, form: Format, at: Path, turn: int, turns: int) -> None:
    """Any key of any JSON but those of the spec, in turn or, where there are too many, evenly spread."""
    from google.protobuf import json_format

    def change(texts: dict[str, Json]) -> str:
        known = [(name, *place) for name, data in texts.items() for place in places(data, but="spec")]
        name, container, key = known[turn * max(1, len(known) // turns) % len(known)]
        key_damaged(rng, container, key)
        return name

    if at.is_dir():
        texts = {file.name: json.loads(file.read_text()) for file in sorted(at.glob("*.json"))}
        name = change(texts)
        (at / name).write_bytes(as_json(texts[name]))
    elif form.name == "onnx":
        import onnx

        texts = {"about": said_by(form, at), "graph": json_format.MessageToDict(onnx.load(at))}
        if change(texts) == "about":
            say(form, at, texts["about"])
            return
        try:
            changed = json_format.ParseDict(texts["graph"], onnx.ModelProto())
        except json_format.ParseError:
            # No such file can be written.
            change_key(rng, form, at, turn + 1, turns)
        else:
            at.write_bytes(changed.SerializeToString(deterministic=True))
    else:
        members = members_of(at)
        texts = {name: json.loads(data) for name, data in members.items() if name.endswith(".json")}
        name = change(texts)
        pack(members | {name: json.dumps(texts[name]).encode()}, at)


def told(chosen: list[Chosen], kinds: tuple[str, ...] = (*KINDS, *FALSIFIED)) -> list[dict[str, Any]]:
    """What became of each format and kind that was tried."""
    lines = []
    for one in chosen:
        for kind in kinds:
            found = {fate: n for (of, fate), n in one.fates.items() if of == kind}
            good = {fate: found.pop(fate, 0) for fate in ("refused", "right")}
            bad = ", ".join(f"{n} {fate}" for fate, n in sorted(found.items())) or "0"
            line = {"format": one.name, "damage": kind, "tried": sum(found.values()) + sum(good.values())}
            if line["tried"]:
                lines.append(line | good | {"bad": bad, "seconds": round(one.seconds[kind])})
    return lines


def bad(chosen: list[Chosen]) -> int:
    """How many copies neither were refused nor answer right."""
    return sum(n for one in chosen for (_, fate), n in one.fates.items() if fate not in ("refused", "right"))
