"""Models that were tampered with, and whether they still answer as they say: by the runtime's Transformer on their own
tensors, against the oracle, for all small inputs."""

from __future__ import annotations

import json
import random
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from functools import cache
from itertools import product
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import load, save
from torch import Tensor

from proofformer import check
from proofformer.artifacts.model_folder import CONFIG, FOLDER, WEIGHTS
from proofformer.compiler import Spec, plan_of
from proofformer.errors import InputError
from proofformer.problems import Decision, Problem
from proofformer.problems.numbers import squared
from proofformer.runtime.transformer import BlockShape, Shape, Transformer

Tensors = dict[str, Tensor]
Model = tuple[dict[str, Any], Tensors]
"""The config and the tensors of a model folder."""

INTEGERS = {2: torch.int16, 4: torch.int32, 8: torch.int64}
MOST = 300


def compiled(spec: Spec) -> Model:
    files = FOLDER.make(spec, plan_of(spec), {})
    return json.loads(files[CONFIG]), dict(sorted(load(files[WEIGHTS]).items()))


def checked(folder: Path, model: Model) -> dict[str, Any]:
    """What the checker says of it."""
    folder.mkdir(exist_ok=True)
    (folder / CONFIG).write_text(json.dumps(model[0]))
    (folder / WEIGHTS).write_bytes(save({name: t.contiguous() for name, t in model[1].items()}))
    return check.check(folder)


def flipped(model: Model, rng: random.Random, zeros: bool) -> Model:
    """One bit of one entry that is 0, or is not, turned over."""
    config, tensors = model
    name = rng.choice([n for n, t in tensors.items() if bool(((t == 0) if zeros else (t != 0)).any())])
    flat = tensors[name].clone().flatten()
    at = rng.choice(torch.nonzero((flat == 0) if zeros else (flat != 0)).flatten().tolist())
    size = flat.element_size()
    bits, bit = flat.view(INTEGERS[size]), rng.randrange(8 * size)
    bits[at] ^= -(1 << bit) if bit == 8 * size - 1 else 1 << bit
    return config, tensors | {name: flat.view(tensors[name].dtype).reshape(tensors[name].shape)}


def edited(model: Model, rng: random.Random) -> Model:
    """Rows swapped, turned, scaled, moved or dropped, in one matrix; or a matrix of two blocks swapped."""
    config, tensors = model
    name = rng.choice(sorted(tensors))
    t = tensors[name].clone()
    rows = torch.nonzero(t.reshape(len(t), -1).any(dim=1)).flatten().tolist() or [0]
    r, other = rng.choice(rows), rng.randrange(len(t))

    def swap() -> None:
        t[[r, other]] = t[[other, r]]

    def swap_columns() -> None:
        if t.dim() == 2:
            c = torch.nonzero(t[r]).flatten().tolist() or [0]
            one, two = rng.choice(c), rng.randrange(t.shape[1])
            t[:, [one, two]] = t[:, [two, one]]

    def negate() -> None:
        t[r] = -t[r]

    def scale() -> None:
        t[r] = t[r] * rng.choice([0.5, 2, 3])

    def scale_all() -> None:
        t.mul_(rng.choice([0.25, 0.5, 2, 4]))

    def drop() -> None:
        t[r] = 0

    def move() -> None:
        c = rng.randrange(t.shape[1]) if t.dim() == 2 else None
        t[r if c is None else (r, c)] += rng.choice([-2, -1, 1, 2])

    def copy() -> None:
        t[other] = t[r]

    rng.choice([swap, swap_columns, negate, scale, scale_all, drop, move, copy])()
    like = [n for n, u in tensors.items() if n != name and u.shape == t.shape and n[-12:] == name[-12:]]
    if like and rng.random() < 0.1:
        other_name = rng.choice(like)
        return config, tensors | {name: tensors[other_name], other_name: tensors[name]}
    return config, tensors | {name: t}


def restructured(model: Model, rng: random.Random) -> Model:
    """A part that means something changed as a whole: heads exchanged, a level scaled, a digit of the index or what is
    returned dropped, the temperature or a threshold moved, a block twice as often or not at all."""
    config, tensors = json.loads(json.dumps(model[0])), dict(model[1])
    blocks = [k for k, block in enumerate(config["shape"]["blocks"]) if block["heads"]]
    k, other = rng.choice(blocks), rng.choice(blocks)
    query, key, value = (f"blocks.{k}.attention.{name}.weight" for name in ("query", "key", "value"))
    rows = torch.nonzero(tensors[query].any(dim=1)).flatten().tolist()
    r = rng.choice(rows)

    def heads() -> None:
        for name in rng.sample(["query", "key", "value", "output"], rng.randint(1, 4)):
            one, two = f"blocks.{k}.attention.{name}.weight", f"blocks.{other}.attention.{name}.weight"
            if tensors[one].shape == tensors[two].shape:
                tensors[one], tensors[two] = tensors[two], tensors[one]

    def scaled() -> None:
        tensors[query] = tensors[query].clone()
        tensors[query][r] *= rng.choice([-1, 0.25, 0.5, 2, 3])

    def digit() -> None:
        name = rng.choice([query, key])
        tensors[name] = tensors[name].clone()
        tensors[name][r] = 0

    def returned() -> None:
        tensors[value] = tensors[value].clone()
        tensors[value][rng.randrange(len(tensors[value]))] = 0

    def temperature() -> None:
        tensors[query] = tensors[query] * rng.choice([0.25, 0.5, 2, 4])

    def threshold() -> None:
        name = rng.choice(["embed.weight", *(n for n in tensors if n.endswith("hidden.bias"))])
        tensors[name] = tensors[name].clone()
        flat = tensors[name].reshape(len(tensors[name]), -1)
        at = rng.choice(torch.nonzero(flat).tolist() or [[0, 0]])
        flat[at[0], at[1]] += rng.choice([-1, 1])

    def constant() -> None:
        """What START or every token asks or offers moved by one: a threshold of a score."""
        name = rng.choice([query, key])
        one = int(tensors["embed.weight"][:, rng.randint(0, 1)].argmax())
        tensors[name] = tensors[name].clone()
        tensors[name][r, one] += rng.choice([-4, -1, 1, 4])

    def read() -> None:
        config["shape"]["blocks"][k]["read"] = not config["shape"]["blocks"][k]["read"]

    rng.choice([heads, scaled, digit, returned, temperature, threshold, constant, read])()
    return config, tensors


def misnamed(model: Model, rng: random.Random) -> Model:
    """The same weights said to answer something else, for more documents, in another type or in another shape."""
    config, tensors = json.loads(json.dumps(model[0])), model[1]
    spec = config["spec"]
    problem = spec["problem"]
    names = ["ov", "min-ip", "max-ip", "closest-pair", "farthest-pair"]

    def name() -> None:
        problem["name"] = rng.choice(names)
        problem["metric"] = None if problem["name"] in names[:3] else "hamming"

    def metric() -> None:
        problem["metric"] = rng.choice(["hamming", "sqeuclidean", "cityblock", "cosine", "jaccard", None])

    def threshold() -> None:
        problem["threshold"] = rng.choice([None, "0", "1", "2", "1/2", "3/2"])

    def question() -> None:
        problem["question"] = "decide" if problem["question"] == "search" else "search"
        problem["threshold"] = None if problem["question"] == "search" else "1"

    def gamma() -> None:
        problem["gamma"] = rng.choice([None, "3/2", "2", "1"])

    def levels() -> None:
        problem["levels"] = rng.choice([1, 2, 3])

    def two() -> None:
        problem["bichromatic"] = not problem["bichromatic"]

    def max_n() -> None:
        spec["max_n"] += rng.choice([-1, 1, 2, 5, 1000])

    def mask() -> None:
        spec["mask"] = "strict" if spec["mask"] == "inclusive" else "inclusive"

    def dim() -> None:
        problem["dim"] += 1

    def shape() -> None:
        block = rng.choice(config["shape"]["blocks"])
        if rng.random() < 0.5:
            block["read"] = not block["read"]
        else:
            block["heads"] = rng.choice([0, 1, 2, 3])

    def dtype() -> None:
        spec["dtype"] = rng.choice(["float16", "bfloat16", "float32", "float64"])
        tensors.update({n: t.to(getattr(torch, spec["dtype"])) for n, t in tensors.items()})

    tensors = dict(tensors)
    rng.choice([name, metric, threshold, question, gamma, levels, two, max_n, mask, dim, shape, dtype])()
    return config, tensors


KINDS: Mapping[str, Callable[[Model, random.Random], Model]] = {
    "bit of an entry that is not 0": lambda m, rng: flipped(m, rng, False),
    "bit of an entry that is 0": lambda m, rng: flipped(m, rng, True),
    "rows": edited,
    "structure": restructured,
    "statement": misnamed,
}


@cache
def _batch(shape: str, of: tuple[tuple[tuple[tuple[int, ...], ...], ...], ...], pads: tuple[int, int]) -> Tensor:
    inputs, levels = json.loads(shape)
    return torch.tensor([_tokens(dict(map(tuple, inputs)), levels, sets, pads) for sets in of])


def _tokens(
    inputs: dict[str, int], levels: int, sets: tuple[tuple[tuple[int, ...], ...], ...], pads: tuple[int, int]
) -> list[list[int]]:
    """The sequence of one instance, with padding after START and before READ."""
    low = [1 << i for i in range(levels.bit_length() - 1)]
    last = levels - sum(low)
    flags = ("is_document",) if len(sets) == 1 else ("is_first", "is_second")
    rows: list[dict[str, list[int]]] = [{"one": [1], "is_start": [1]}, *[{"one": [1]}] * pads[0]]
    for flag, documents in reversed(list(zip(flags, sets, strict=True))):
        for i, document in reversed(list(enumerate(documents))):
            doc = []
            for x in document:
                top = int(x >= 1 << len(low))
                doc += [*((x - top * last) >> k & 1 for k in range(len(low))), top]
            rows.append({"one": [1], flag: [1], "doc": doc, "place": [i >> k & 1 for k in range(inputs["place"])]})
    rows += [{"one": [1]}] * (pads[1] + 1)
    flat = []
    for before, row in zip([{}, *rows], rows, strict=False):
        flat.append(
            [
                v
                for name, width in inputs.items()
                for v in ((before.get(name[5:]) if name.startswith("seen:") else row.get(name)) or [0] * width)
            ]
        )
    return flat


@cache
def instances(dim: int, levels: int, two: bool, max_n: int, similar: bool) -> list[tuple[tuple[Any, ...], ...]]:
    """All inputs, or so many of them."""
    rows = [row for row in product(range(levels + 1), repeat=dim) if any(row) or not similar]
    found: list[tuple[tuple[Any, ...], ...]] = []
    rng = random.Random(0)
    for n in range(2, min(max_n, 9) + 1):
        everything = len(rows) ** n <= MOST
        drawn = product(rows, repeat=n) if everything else (tuple(rng.choices(rows, k=n)) for _ in range(MOST))
        for documents in drawn:
            cuts = range(1, n) if two else (0,)
            found += [(documents[:cut], documents[cut:]) if two else (documents,) for cut in cuts]
    return found if len(found) <= 6 * MOST else rng.sample(found, 6 * MOST)


def right(model: Model) -> bool:
    """Whether all small inputs get the answer that the statement asks for."""
    config, tensors = model
    spec, shape = config["spec"], config["shape"]
    try:
        p = Problem.from_json(spec["problem"])
    except InputError:
        return False
    blocks = []
    for k, block in enumerate(shape["blocks"]):
        rows = len(tensors.get(f"blocks.{k}.attention.query.weight", ()))
        hidden = len(tensors.get(f"blocks.{k}.mlp.hidden.weight", ()))
        blocks.append(BlockShape(block["read"], block["heads"], rows // max(1, block["heads"]), hidden))
    width, inputs = tensors["embed.weight"].shape
    outputs = len(tensors["unembed.weight"])
    network = Transformer(Shape(inputs, width, outputs, tuple(blocks), spec["mask"] == "inclusive"))
    dtype = getattr(torch, spec["dtype"])
    network = network.to(dtype)
    network.load_state_dict(tensors)
    cases = instances(p.dim, p.levels, p.bichromatic, spec["max_n"], p.name in ("msd", "lsd"))
    wanted = _wanted(json.dumps(spec["problem"]), spec["max_n"])
    batches: dict[int, list[int]] = {}
    for i, sets in enumerate(cases):
        batches.setdefault(sum(map(len, sets)), []).append(i)
    place = dict(map(tuple, shape["inputs"]))["place"]
    for n, of in batches.items():
        for pads in sorted({(0, 0), (min(spec["max_n"] - n, 2), 0), (0, min(spec["max_n"] - n, 1))}):
            tokens = _batch(json.dumps([shape["inputs"], p.levels]), tuple(cases[i] for i in of), pads).to(dtype)
            with torch.no_grad():
                out = network(tokens)
            if not all(_says(bits, place, wanted[i], p) for i, bits in zip(of, out.tolist(), strict=True)):
                return False
    return True


@cache
def _wanted(problem: str, max_n: int) -> list[Any]:
    p = Problem.from_json(json.loads(problem))
    similar = p.name in ("msd", "lsd")
    return [(p.answer(*map(list, sets)), sets) for sets in instances(p.dim, p.levels, p.bichromatic, max_n, similar)]


def _says(bits: list[float], place: int, wanted: Any, p: Problem) -> bool:
    """Whether these bits spell the answer."""
    answer, sets = wanted
    if any(b not in (0, 1) for b in bits):
        return False
    if isinstance(answer, Decision):
        return bits == [float(answer.decision)]
    number = [sum(int(b) << k for k, b in enumerate(part)) for part in _fields(bits, place, p)]
    if answer.pair is None or not bits[-1]:
        return answer.pair is None and not bits[-1]
    i, j, *value = number
    if not (i < len(sets[0]) and j < len(sets[-1]) and (len(sets) == 2 or i < j)):
        return False
    a, b = sets[0][i], sets[-1][j]
    own = Problem.from_json({**p.to_json(), "gamma": None})
    worth = own.answer([a], [b]) if len(sets) == 2 else own.answer([a, b])
    similar = p.name in ("msd", "lsd")
    if value != ([sum(x * y for x, y in zip(a, b, strict=True)), sum(a), sum(b)] if similar else [worth.value]):
        return False
    if p.gamma is None:
        return (i, j) == answer.pair
    one, best, factor = (squared(x) for x in (worth.value, answer.value, p.gamma))
    return factor * one >= best if p.name in ("max-ip", "farthest-pair", "msd") else one <= factor * best


def _fields(bits: list[float], place: int, p: Problem) -> Iterator[list[float]]:
    yield bits[:place]
    yield bits[place : 2 * place]
    parts = 3 if p.name in ("msd", "lsd") else 1
    width = (len(bits) - 1 - 2 * place) // parts
    for k in range(parts):
        yield bits[2 * place + k * width : 2 * place + (k + 1) * width]


def tamper(spec: Spec, kind: str, count: int, seed: int, folder: Path) -> tuple[Counter[str], list[Model]]:
    """So many altered models: rejected, accepted and right, or accepted and wrong, with these."""
    rng, model = random.Random(f"{seed} {spec} {kind}"), compiled(spec)
    told: Counter[str] = Counter()
    wrong = []
    for _ in range(count):
        altered = KINDS[kind](model, rng)
        if checked(folder, altered)["code"] != check.CERTIFIED:
            told["rejected"] += 1
        elif right(altered):
            told["accepted, right"] += 1
        else:
            told["accepted, wrong"] += 1
            wrong.append(altered)
    return told, wrong
