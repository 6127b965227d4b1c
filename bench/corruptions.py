"""Damaged model folders and exports: each has to be refused with a sentence, or answer right.

python bench/corruptions.py [COUNT]        prints a table of what became of so many (1,000)
"""

from __future__ import annotations

import io
import json
import shutil
import sys
import tempfile
import zipfile
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

import proofformer as pf
from proofformer.artifacts import FORMATS
from proofformer.artifacts.storage import WEIGHTS, config_hash, load
from proofformer.errors import InputError
from proofformer.verify.checks import random

COUNT = 1000
PROBES = 4
KINDS = ("truncated", "flipped", "renamed", "re-shaped", "wrong dtype", "edited JSON", "swapped")
"""In equal parts for each format, as far as the count allows."""

Rng = np.random.Generator
Json = dict[str, Any]


@dataclass
class Format:
    """Intact files of two models of the same shapes, and how to damage and open them."""

    name: str
    intact: tuple[Path, Path]
    damage: Callable[[Rng, str, Path, Path], None]
    """Damage the first file or folder in this way; the second is the other model's."""
    open: Callable[[Path], Any]
    fates: Counter[tuple[str, str]] = field(default_factory=Counter)


def made(folder: Path) -> list[Format]:
    """The formats, with two models each: alike but for the threshold."""
    models = [pf.compile("min-ip", dim=5, max_n=20, threshold=t) for t in (1, 2)]
    for k, model in enumerate(models):
        model.save(folder / f"model{k}")
        for name, known in FORMATS.items():
            known.write(model, folder / f"{name}{k}{known.suffix}")

    def both(name: str) -> tuple[Path, Path]:
        suffix = FORMATS[name].suffix if name in FORMATS else ""
        return folder / f"{name}0{suffix}", folder / f"{name}1{suffix}"

    return [
        Format("model folder", both("model"), damage_folder, load),
        Format("onnx", both("onnx"), damage_onnx, FORMATS["onnx"].read),
        Format("torch", both("torch"), damage_torch, FORMATS["torch"].read),
        Format("hf", both("hf"), damage_folder, FORMATS["hf"].read),
        Format("transformerlens", both("transformerlens"), damage_folder, FORMATS["transformerlens"].read),
    ]


def fate(chosen: Format, rng: Rng, kind: str, scratch: Path) -> str:
    """What becomes of one damaged copy: `refused`, `right`, or what must not be: `wrong`, `crash: TYPE`."""
    at = scratch / f"damaged{chosen.intact[0].suffix}"
    copy(chosen.intact[0], at)
    chosen.damage(rng, kind, at, chosen.intact[1])
    try:
        outcome = random.run(chosen.open(at), "random", int(rng.integers(1 << 30)), 0, PROBES)
        return "wrong" if outcome.wrong else "right"
    except InputError as error:
        return "refused" if str(error).strip() and "\n" not in str(error) else "crash: no sentence"
    except Exception as error:
        return f"crash: {type(error).__name__}"
    finally:
        shutil.rmtree(at) if at.is_dir() else at.unlink()


def copy(source: Path, target: Path) -> None:
    if source.is_dir():
        shutil.copytree(source, target)
    else:
        shutil.copy(source, target)


def run(formats: list[Format], count: int, seed: int = 0) -> None:
    """Damage so many copies in all, kinds and formats in turn; the fates are counted."""
    with tempfile.TemporaryDirectory() as scratch:
        for number in range(count):
            chosen, kind = formats[number % len(formats)], KINDS[number // len(formats) % len(KINDS)]
            rng = np.random.default_rng((seed, number))
            chosen.fates[kind, fate(chosen, rng, kind, Path(scratch))] += 1


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
    """One value somewhere in it replaced, removed or renamed; half the time with a hash that is right again."""
    places = list(containers(data))
    at = places[int(rng.integers(len(places)))]
    keys = list(at) if isinstance(at, dict) else list(range(len(at)))
    key = keys[int(rng.integers(len(keys)))]
    was, action = at[key], int(rng.integers(4))
    if action == 0:
        del at[key]
    elif action == 1 and isinstance(at, dict):
        at[f"{key}x"] = at.pop(key)
    elif isinstance(was, bool | str) or was is None:
        at[key] = [not was, f"{was}x", None, 0, []][int(rng.integers(5))]
    elif isinstance(was, int):
        at[key] = [was + 1, was - 1, -was, str(was), 2 * was + 1][int(rng.integers(5))]
    else:
        at[key] = [None, {}, [], "x", 7][int(rng.integers(5))]
    if rng.random() < 0.5 and "sha256" in data:
        data["sha256"] = config_hash(data)
    return data


def containers(data: Any) -> Iterator[Any]:
    """All objects and lists with something in them."""
    if isinstance(data, dict | list):
        if data:
            yield data
        for value in data.values() if isinstance(data, dict) else data:
            yield from containers(value)


def damage_folder(rng: Rng, kind: str, folder: Path, other: Path) -> None:
    """A folder of JSON files and one of weights; what else is in it is for people."""
    from safetensors.numpy import load_file, save_file

    texts = sorted(file.name for file in folder.glob("*.json"))
    if kind in ("truncated", "flipped", "swapped"):
        names = [*texts, WEIGHTS]
        name = names[int(rng.integers(len(names)))]
        if kind == "swapped":
            shutil.copy(other / name, folder / name)
        else:
            bytes_damaged(rng, kind, folder / name)
    elif kind == "edited JSON":
        file = folder / texts[int(rng.integers(len(texts)))]
        file.write_text(json.dumps(json_damaged(rng, json.loads(file.read_text()))))
    else:
        tensors = load_file(folder / WEIGHTS)
        save_file(arrays_damaged(rng, kind, tensors), folder / WEIGHTS)


def arrays_damaged(rng: Rng, kind: str, arrays: Mapping[str, Any]) -> dict[str, Any]:
    """One array under another name, in another shape or in another dtype."""
    changed = dict(arrays)
    name = sorted(arrays)[int(rng.integers(len(arrays)))]
    array = changed.pop(name)
    if kind == "renamed":
        changed[f"{name}x"] = array
    elif kind == "re-shaped":
        changed[name] = [array.reshape(-1, 1), array.reshape(1, -1), array[..., None]][int(rng.integers(3))].copy()
    else:
        with np.errstate(all="ignore"):
            changed[name] = array.astype([np.float16, np.float64, np.int32][int(rng.integers(3))])
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
        node = model.graph.node[int(rng.integers(len(model.graph.node)))]
        node.op_type = ["Relu", "Neg", "Nothing", ""][int(rng.integers(4))]
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
        name = [about, graph, weights][int(rng.integers(3))]
        members[name] = json.dumps(json_damaged(rng, json.loads(members[name]))).encode()
    elif kind == "swapped":
        names = [name for name in members if name in twin and members[name] != twin[name]]
        name = names[int(rng.integers(len(names)))]
        members[name] = twin[name]
    elif kind == "renamed":
        name = sorted(members)[int(rng.integers(len(members)))]
        members[f"{name}x"] = members.pop(name)
    else:
        config = json.loads(members[weights])
        entries = list(config["config"].values())
        meta = entries[int(rng.integers(len(entries)))]["tensor_meta"]
        if kind == "re-shaped":
            meta["sizes"].reverse()
            meta["sizes"].append({"as_int": 1})
        else:
            meta["dtype"] = int(rng.integers(1, 9))
        members[weights] = json.dumps(config).encode()
    with zipfile.ZipFile(file, "w") as archive:
        for name, data in members.items():
            archive.writestr(name, data)


def members_of(file: Path) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(file.read_bytes())) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def table(formats: list[Format]) -> list[str]:
    """A line for each format and kind."""
    lines = [
        "| format | damage | tried | refused | right all the same | wrong or crashed |",
        "|---|---|---|---|---|---|",
    ]
    for chosen in formats:
        for kind in KINDS:
            found = {fate: n for (of, fate), n in chosen.fates.items() if of == kind}
            good = {fate: found.pop(fate, 0) for fate in ("refused", "right")}
            bad = ", ".join(f"{n} {fate}" for fate, n in sorted(found.items())) or "0"
            tried = sum(found.values()) + sum(good.values())
            lines.append(f"| {chosen.name} | {kind} | {tried} | {good['refused']} | {good['right']} | {bad} |")
    return lines


def main() -> None:
    count = int(sys.argv[1]) if len(sys.argv) > 1 else COUNT
    with tempfile.TemporaryDirectory() as folder:
        formats = made(Path(folder))
        run(formats, count)
    print("\n".join(table(formats)))


if __name__ == "__main__":
    main()
