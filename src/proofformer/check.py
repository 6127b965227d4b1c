"""Proves from the weights alone that a model folder answers its question for every input, or refuses.

    python check.py DIR [--json]        exit code 0: certified, 1: not certified, 2: not readable

This file imports nothing but Python's own library and shares no code with the compiler, so that whoever believes a
certificate has only this file to read. It takes the question from `config.json` and the numbers from
`model.safetensors`; how a model was planned is not told to it, and it would not believe it.

The network runs on symbols. In each kind of token (START, PAD, documents of one set or of two, READ) a dimension of the
residual stream is an affine form, with whole numbers, of *atoms*: bits of the input, bits that a head fetched, and what
ReLUs made of those. A head's score is then a form in the atoms of the query times those of the key. It is read back as
a list of priorities (visible, most of something, smallest index), and its bounds are computed anew: what outweighs
what, the weight off the best keys, all roundings. What follows from the atoms that READ puts out is compared with the
question. Everything is a whole number or a fraction; whatever is not understood is refused, and told where.

What is taken for granted of the machine are the assumptions of docs/theory.md, section 6: for float32 and the others,
how sums, exp and results are rounded. Sections cited below are that page's.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import random
import re
import runpy
import struct
import sys
import time
from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from itertools import product
from math import ceil, floor, gcd, isqrt, lcm
from pathlib import Path
from textwrap import shorten
from typing import Any, NoReturn

CERTIFIED, REFUSED, UNREADABLE, INTERRUPTED = 0, 1, 2, 130
LARGEST_CONFIG, DEEPEST, LARGEST_HEADER, LARGEST_WEIGHTS, LARGEST_TABLE = 1 << 20, 16, 1 << 24, 1 << 32, 1 << 20
LARGEST_WORK = 1 << 28
"""Steps of the innermost loops, about a minute: what takes more is refused, whoever made it."""
LARGEST_TEXT = 1 << 16
FORMAT_VERSION = 4
LARGEST_B = 32
ASSUMPTIONS = (
    *("layers", "scores", "largest", "masked", "exp", "rescaling", "weights", "mean"),
    *("result", "subnormal", "nearest"),
)
LEMMAS = (
    "restore-of-a-zero",
    "restore-of-a-one",
    "restore-in-floating-point",
    "clearing-a-noisy-signal",
    "inverse-of-e",
    "leak-of-visible-keys",
    "a-wider-gap-leaks-less",
    "more-best-keys-leak-less",
    "sums-of-positive-numbers",
    "growth-of-a-quotient",
    "rescaling-of-a-weight",
    "rescaling-shrinks-what-is-left",
    "weight-outside",
    "rounded-results",
)
"""What every certificate relies on beside this file: inequalities that docs/obligations.md proves for all numbers."""
CONFIG, WEIGHTS, CERTIFICATE = "config.json", "model.safetensors", "certificate.json"
VERSIONS = {"certificate": 1, "checker": 1, "assumptions": 1, "lemmas": 1}


class Refused(Exception):
    """What could not be proved, and where."""


class Exhausted(Refused):
    """What would take too long."""


class Unreadable(Exception):
    """What is wrong with a file."""


def refuse(where: str, why: str) -> NoReturn:
    raise Refused(f"{where}: {why}")


Values = tuple[int, ...]
ValueOf = Callable[[Values, Values], int]
"""The value of two rows."""
OwnTask = tuple[str, str, ValueOf]
"""A task's name, whether it prefers the least or the most, and its value."""


# Numbers of a dtype, and the statement.


@dataclass(frozen=True)
class Precision:
    """Significand bits stored (p) and in sums (q), smallest and largest exponent, error of exp, name in the file."""

    p: int
    q: int
    lowest: int
    highest: int
    exp_error: Fraction
    stored: str
    bytes: int

    @property
    def constants(self) -> dict[str, str]:
        """The constants of the assumptions that have one (section 6)."""
        stored, summed = f"within 2^-{self.p}", f"within 2^-{self.q}"
        exp = self.exp_error.denominator.bit_length() - 1
        return {
            "layers": f"{summed}, then {stored}",
            "scores": summed,
            "exp": f"within 2^-{exp}",
            "rescaling": f"within 16 times 2^-{self.q}",
            "weights": stored,
            "mean": summed,
            "result": stored,
            "subnormal": f"below 2^{self.lowest}",
        }


DTYPES = {
    "float16": Precision(11, 24, -14, 16, Fraction(1, 1 << 10), "F16", 2),
    "bfloat16": Precision(8, 24, -126, 128, Fraction(1, 1 << 10), "BF16", 2),
    "float32": Precision(24, 24, -126, 128, Fraction(16, 1 << 24), "F32", 4),
    "float64": Precision(53, 53, -1022, 1024, Fraction(16, 1 << 53), "F64", 8),
}
LARGEST = ("max-ip", "farthest-pair", "msd")
INNER = ("ov", "min-ip", "max-ip")
METRICS = {
    **dict.fromkeys(INNER, (None,)),
    **dict.fromkeys(("closest-pair", "farthest-pair"), ("hamming", "sqeuclidean", "cityblock")),
    **dict.fromkeys(("msd", "lsd"), ("cosine", "jaccard", "dice")),
}


@dataclass(frozen=True)
class Statement:
    """The question, for which inputs, in which type; `threshold` and `gamma` are squared for similarities."""

    name: str
    dim: int
    decide: bool
    metric: str
    two: bool
    threshold: Fraction
    levels: int
    norms: tuple[int, ...]
    gamma: Fraction
    max_n: int
    dtype: Precision
    type_name: str
    inclusive: bool
    declared: bool
    prefers: str

    @property
    def own(self) -> bool:
        """Whether it is a task of a theorem of one's own, whose value is in no file of the model."""
        return self.name not in METRICS

    @property
    def similar(self) -> bool:
        return self.name in ("msd", "lsd")

    @property
    def most(self) -> bool:
        return self.prefers == "most"

    @property
    def entry_weights(self) -> tuple[int, ...]:
        """An entry 0..C is written in bits of these weights (section 2)."""
        width = self.levels.bit_length()
        return (*(1 << i for i in range(width - 1)), self.levels - (1 << width - 1) + 1)

    @property
    def bits(self) -> int:
        return self.dim * len(self.entry_weights)

    @property
    def first(self) -> str:
        return "first" if self.two else "document"

    @property
    def second(self) -> str:
        return "second" if self.two else "document"

    @property
    def documents(self) -> tuple[str, ...]:
        return ("second", "first") if self.two else ("document",)

    @property
    def largest_value(self) -> int:
        return self.dim * (self.levels**2 if self.metric == "sqeuclidean" else self.levels)

    def step(self, x: int, y: int) -> int:
        """What two entries add to the value of a pair, which is not a similarity."""
        if self.metric == "inner":
            return x * y
        return (x - y) ** 2 if self.metric == "sqeuclidean" else abs(x - y)

    def similarity(self, k: int, a: int, b: int) -> tuple[int, int]:
        """Over and under of the square of the similarity of documents of a and b ones that share k."""
        if self.metric == "cosine":
            return k * k, a * b
        return (k**2, (a + b - k) ** 2) if self.metric == "jaccard" else ((2 * k) ** 2, (a + b) ** 2)

    def meets(self, over: int, under: int = 1) -> bool:
        value, limit = over * self.threshold.denominator, self.threshold.numerator * under
        return value >= limit if self.most else value <= limit

    @property
    def near(self) -> str:
        """What is said of an order within a factor."""
        return f" within the factor {self._told(self.gamma)}" if self.gamma > 1 else ""

    def _told(self, number: Fraction) -> str:
        """A threshold or gamma, which of similarities are squares."""
        root = Fraction(isqrt(number.numerator), isqrt(number.denominator))
        return f"{number}" if not self.similar else f"{root}" if root * root == number else f"sqrt({number})"

    @property
    def says(self) -> str:
        whose = f"two sets, {self.max_n} documents at most" if self.two else f"2 to {self.max_n} documents"
        entries = f"{{0..{self.levels}}}^{self.dim}" if self.levels > 1 else f"{{0,1}}^{self.dim}"
        of = "inner product" if self.metric == "inner" else self.metric
        if self.own:
            of, asked = "a task of its own", "answers as it measures"
        elif self.decide:
            meets = f"the value of some pair is {self._told(self.threshold)} or {'more' if self.most else 'less'}"
            asked = f"decides whether {meets}"
        elif self.name == "ov":
            asked = "finds the smallest orthogonal pair, or that there is none"
        else:
            asked = f"finds a best pair{self.near}" if self.near else "finds the smallest best pair"
        ones = f" with {', '.join(map(str, self.norms))} ones" if self.declared else ", none all zero" * self.similar
        return f"{self.name} ({of}) {asked}, for every input of {whose} in {entries}{ones}"


def read_json(raw: bytes, where: str) -> Any:
    """JSON with every name once, without what JSON has no numbers for, and no deeper than needed."""

    def once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        if len(dict(pairs)) < len(pairs):
            raise Unreadable(f"{where}: a name comes twice in one object")
        return dict(pairs)

    def constant(word: str) -> NoReturn:
        raise Unreadable(f"{where}: {word} is no number of JSON")

    def deep(value: Any, left: int) -> None:
        if left == 0:
            raise Unreadable(f"{where}: it is nested too deep")
        for part in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
            deep(part, left - 1)

    try:
        value = json.loads(raw.decode("utf-8"), object_pairs_hook=once, parse_constant=constant)
    except RecursionError:
        raise Unreadable(f"{where}: it is nested too deep") from None
    except ValueError:
        raise Unreadable(f"{where}: it is no JSON") from None
    deep(value, DEEPEST)
    return value


def whole(value: Any, low: int, high: int, where: str) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
        raise Unreadable(f"{where} is no whole number from {low} to {high}")
    return value


def part(of: Any, name: str, kind: type, where: str) -> Any:
    if not isinstance(of, dict) or not isinstance(of.get(name), kind):
        raise Unreadable(f"{where}: {name!r} is missing, or is no {kind.__name__}")
    return of[name]


def number(text: Any, squared: bool, where: str) -> Fraction:
    """A fraction, or the root of one, as it is written; its square where that is asked for."""
    root = isinstance(text, str) and text.startswith("sqrt(") and text.endswith(")")
    told = text[5:-1] if root else text
    plain = isinstance(told, str) and re.fullmatch("[0-9]{1,40}(/[0-9]{1,40})?", told)
    try:
        value = Fraction(told) if plain else None
    except ZeroDivisionError:
        value = None
    if value is None or value < 0 or (root and not squared):
        raise Unreadable(f"{where} is no fraction")
    return value if root or not squared else value * value


def statement_of(config: Any) -> Statement:
    """The statement that a model folder names."""
    where = "config.json"

    def demand(holds: object, why: str) -> None:
        if not holds:
            raise Unreadable(f"{where}: {why}")

    demand(isinstance(config, dict) and config.get("format") == "proofformer-model", "it describes no model folder")
    demand(
        config.get("version") == FORMAT_VERSION, f"its format is not version {FORMAT_VERSION}: compile the model again"
    )
    spec = part(config, "spec", dict, where)
    told = part(spec, "problem", dict, where)
    name, metric, norms = part(told, "name", str, where), told.get("metric"), told.get("norms")
    own, similar, decide = name not in METRICS, name in ("msd", "lsd"), told.get("question") == "decide"
    fields = {"name", "dim", "question", "metric", "bichromatic", "threshold", "levels", "norms", "gamma"}
    if own:
        fields.add("task")
    demand(
        spec.keys() == {"problem", "max_n", "dtype", "mask"} and told.keys() == fields,
        "its spec has other fields than a statement",
    )
    prefers = part(told, "task", dict, where).get("prefers") if own else "most" if name in LARGEST else "least"
    demand(prefers in ("least", "most"), "its task prefers neither least nor most")
    demand(re.fullmatch("[a-z][a-z0-9-]*", name), f"no problem is named {name[:80]!r}")
    demand(metric in METRICS.get(name, (None,)), f"{name} has no such metric")
    demand(told["question"] in ("search", "decide"), "its question is neither search nor decide")
    demand(part(spec, "dtype", str, where) in DTYPES, "it names no dtype that there is")
    demand(spec["mask"] in ("strict", "inclusive"), "it names no mask that there is")
    demand(isinstance(told["bichromatic"], bool), "bichromatic is neither true nor false")
    dim = whole(told["dim"], 1, 1 << 16, f"{where}: dim")
    levels = whole(told["levels"], 1, 1 << 16, f"{where}: levels")
    demand(levels == 1 or own or metric in ("sqeuclidean", "cityblock"), "only distances of grids have levels")
    demand(norms is None or (similar and isinstance(norms, list)), "only similarities have norms")
    demand(norms is None or len(norms) <= dim, "norms are named twice, or are no numbers of ones")
    counts = range(1, dim + 1) if norms is None else [whole(b, 1, dim, f"{where}: a norm") for b in norms]
    demand(len(counts) == len(set(counts)) > 0, "norms are missing, or named twice")
    threshold, gamma = told["threshold"], told["gamma"]
    demand(
        (threshold is not None) == (decide and name != "ov"),
        "a decision has a threshold, and a search has none",
    )
    demand(not (own and decide) or re.fullmatch("[0-9]{1,40}", f"{threshold}"), "its threshold is no whole number")
    demand(gamma is None or not (decide or own or name == "ov"), "only a search of values has a factor gamma")
    factor = Fraction(1) if gamma is None else number(gamma, similar, f"{where}: gamma")
    demand(gamma is None or factor > 1, "gamma is no more than 1")
    s = Statement(
        name,
        dim,
        decide,
        "value" if own else metric or "inner",
        told["bichromatic"],
        Fraction(0) if threshold is None else number(threshold, similar, f"{where}: threshold"),
        levels,
        tuple(counts),
        factor,
        whole(spec["max_n"], 2, 1 << 30, f"{where}: max_n"),
        DTYPES[spec["dtype"]],
        spec["dtype"],
        spec["mask"] == "inclusive",
        norms is not None,
        prefers,
    )
    demand(own or s.threshold <= (1 if similar else s.largest_value), "no pair has the value of the threshold")
    return s


# The weights.

SparseRows = list[dict[int, int]]
"""The numbers of each row that are not 0, by column; all are whole."""


@dataclass(frozen=True)
class Layers:
    """One block: whether READ alone runs it, its heads and their weights, its MLP; matrices that are absent are []."""

    read: bool
    heads: int
    query: SparseRows
    key: SparseRows
    value: SparseRows
    output: SparseRows
    hidden: SparseRows
    hidden_bias: SparseRows
    out: SparseRows
    out_bias: SparseRows


@dataclass(frozen=True)
class ModelWeights:
    """The weights, and how the inputs and outputs are laid out."""

    inputs: tuple[tuple[str, int], ...]
    embed: SparseRows
    blocks: tuple[Layers, ...]
    unembed: SparseRows
    width: int


def read_tensors(raw: bytes, dtype: Precision) -> dict[str, tuple[tuple[int, ...], memoryview]]:
    """The tensors of a safetensors file, whose bytes have to be used once each."""
    where = "model.safetensors"
    size = int.from_bytes(raw[:8], "little")
    if len(raw) < 8 or size > min(len(raw) - 8, LARGEST_HEADER):
        raise Unreadable(f"{where} ends before its header does")
    header = read_json(raw[8 : 8 + size], f"{where}, header")
    if not isinstance(header, dict):
        raise Unreadable(f"{where}: its header is no object")
    header.pop("__metadata__", None)
    data, tensors, spans = memoryview(raw)[8 + size :], {}, []
    for name, told in header.items():
        of = f"{where}: tensor {name[:80]!r}"
        shape, offsets = part(told, "shape", list, of), part(told, "data_offsets", list, of)
        shape = tuple(whole(n, 1, 1 << 40, f"{of}: a size") for n in shape)
        if told.get("dtype") != dtype.stored:
            raise Unreadable(f"{of} has dtype {str(told.get('dtype'))[:20]}, and the model {dtype.stored}")
        if len(offsets) != 2 or len(shape) not in (1, 2):
            raise Unreadable(f"{of} has no shape and place of a matrix or a vector")
        start, end = (whole(n, 0, len(data), f"{of}: an offset (is the file truncated?)") for n in offsets)
        count = shape[0] * (shape[1] if len(shape) == 2 else 1)
        if end - start != count * dtype.bytes:
            raise Unreadable(f"{of} has another number of bytes than its shape")
        spans.append((start, end, name))
        tensors[name] = (shape, data[start:end])
    at = 0
    for start, end, name in sorted(spans):
        if start != at:
            raise Unreadable(f"{where}: tensor {name[:80]!r} overlaps another, or bytes before it belong to none")
        at = end
    if at != len(data):
        raise Unreadable(f"{where} has {len(data) - at} bytes after its last tensor")
    return tensors


def matrix_of(name: str, shape: tuple[int, ...], data: memoryview, dtype: Precision) -> SparseRows:
    """A sparse matrix; of a vector, one column."""
    rows, columns = shape[0], shape[1] if len(shape) == 2 else 1
    step, found = columns * dtype.bytes, []
    letter = {"F16": "e", "BF16": "H", "F32": "f", "F64": "d"}[dtype.stored]
    for r in range(rows):
        raw, row = data[r * step : (r + 1) * step], {}
        if raw.tobytes().strip(b"\0"):
            for c, v in enumerate(struct.unpack(f"<{columns}{letter}", raw)):
                if v:
                    value = struct.unpack("<f", struct.pack("<I", v << 16))[0] if letter == "H" else v
                    if value - value != 0:
                        raise Unreadable(f"model.safetensors: {name!r} has {value} in row {r}, column {c}")
                    if value != int(value):
                        refuse(f"{name!r}, row {r}, column {c}", "the weight is no whole number")
                    if value:
                        row[c] = int(value)
        found.append(row)
    return found


def network_of(config: Any, raw: bytes, s: Statement) -> ModelWeights:
    """The network in its shape. Raises `Unreadable` for tensors that are missing, too many or of another shape."""
    where = "config.json: shape"
    shape = part(config, "shape", dict, "config.json (compile the model again)")
    blocks, inputs = part(shape, "blocks", list, where), part(shape, "inputs", list, where)
    tensors = read_tensors(raw, s.dtype)

    def shaped(name: str) -> tuple[int, ...]:
        if name not in tensors:
            raise Unreadable(f"model.safetensors: tensor {name!r} is missing")
        return tensors[name][0]

    def take(name: str, *wanted: int) -> SparseRows:
        if shaped(name) != wanted:
            raise Unreadable(f"model.safetensors: tensor {name!r} has shape {shaped(name)}, not {wanted}")
        return matrix_of(name, *tensors.pop(name), s.dtype)

    told = []
    for entry in inputs:
        if not isinstance(entry, list) or len(entry) != 2 or not isinstance(entry[0], str):
            raise Unreadable(f"{where}: an input is a name and a width")
        told.append((entry[0], whole(entry[1], 1, 1 << 20, f"{where}: a width")))
    width = shaped("embed.weight")[0]
    embed, made, reading = take("embed.weight", width, sum(n for _, n in told)), [], False
    for k, block in enumerate(blocks):
        read, heads = part(block, "read", bool, where), whole(block.get("heads"), 0, 1 << 10, f"{where}: heads")
        if reading and not read:
            refuse(f"block {k}", "it is said to run on every token, after one that READ alone runs")
        reading, a, m = read, f"blocks.{k}.attention", f"blocks.{k}.mlp"
        qkvo: list[SparseRows] = [[], [], [], []]
        if heads:
            rows = shaped(f"{a}.query.weight")[0]
            if rows % heads:
                raise Unreadable(f"model.safetensors: block {k} has {rows} rows for {heads} heads")
            qkvo = [take(f"{a}.{n}.weight", rows, width) for n in ("query", "key", "value")]
            qkvo.append(take(f"{a}.output.weight", width, rows))
        mlp: list[SparseRows] = [[], [], [], []]
        if f"{m}.hidden.weight" in tensors:
            units = shaped(f"{m}.hidden.weight")[0]
            mlp = [take(f"{m}.hidden.weight", units, width), take(f"{m}.hidden.bias", units)]
            mlp += [take(f"{m}.output.weight", width, units), take(f"{m}.output.bias", width)]
        made.append(Layers(read, heads, *qkvo, *mlp))
    unembed = take("unembed.weight", shaped("unembed.weight")[0], width)
    if tensors:
        raise Unreadable(f"model.safetensors: tensor {min(tensors)[:80]!r} does not belong")
    return ModelWeights(tuple(told), embed, tuple(made), unembed, width)


# Forms and atoms.

Affine = dict[int, int]
"""A whole number: the sum of coefficients times atoms. Atom 0 is the number 1, so its coefficient is the constant."""

Points = tuple[tuple[int, int], ...]
"""A function of a whole number, as the points between which it is straight."""

Bent = tuple[tuple[tuple[int, int], ...], Points]
"""A function of a form."""


class Atoms:
    """What stands for a whole number on one token, once each: an input bit, a bit that a head fetched, what a head
    returned (with noise, until it is restored), or a sum of functions of forms. With the range of each."""

    def __init__(self) -> None:
        self.names: list[tuple[Any, ...]] = []
        self.span: list[tuple[int, int]] = []
        self._known: dict[tuple[Any, ...], int] = {}
        self._renamed: dict[int, int] = {}
        self._heads: dict[int, frozenset[int]] = {}
        self._left = LARGEST_WORK
        self.atom(("one",), 1, 1)

    def spend(self, steps: int, where: str) -> None:
        """Steps that are about to be taken."""
        self._left -= steps
        if self._left < 0:
            raise Exhausted(f"{where}: it takes more work than this checker does")

    def atom(self, name: tuple[Any, ...], lo: int, hi: int) -> int:
        if name not in self._known:
            self._known[name] = len(self.names)
            self.names.append(name)
            self.span.append((lo, hi))
        return self._known[name]

    def bit(self, *name: Any) -> int:
        return self.atom(name, 0, 1)

    def total(self, groups: Iterable[Bent]) -> int:
        """The sum of functions of forms."""
        parts = tuple(sorted(groups))
        lo = sum(min(y for _, y in points) for _, points in parts)
        return self.atom(("sum", parts), lo, sum(max(y for _, y in points) for _, points in parts))

    def groups(self, atom: int) -> tuple[Bent, ...]:
        """The functions that it is the sum of; nothing for a bit."""
        name = self.names[atom]
        return name[1] if name[0] == "sum" else ()

    def larger(self, one: Affine, other: Affine) -> int:
        """The larger of two numbers."""
        (a, b), (c, d) = self.range(one), self.range(other)
        name = ("max", tuple(sorted(one.items())), tuple(sorted(other.items())))
        return self.atom(name, max(a, c), max(b, d))

    def two(self, form: Affine) -> tuple[Affine, ...]:
        """The two numbers that it is the larger of; itself, if it is made otherwise."""
        name = self.names[next(iter(form))] if list(form.values()) == [1] else ("",)
        return (dict(name[1]), dict(name[2])) if name[0] == "max" else (form,)

    def heads(self, form: Iterable[int]) -> frozenset[int]:
        """The heads that fetched what it is made of."""
        return frozenset().union(*(self._heads_of(a) for a in form))

    def _heads_of(self, atom: int) -> frozenset[int]:
        if atom not in self._heads:
            name = self.names[atom]
            inner = name[1:] if name[0] == "max" else [of for of, _ in self.groups(atom)]
            own = frozenset({name[1]} if name[0] == "fetched" else ())
            self._heads[atom] = own.union(*(self.heads(dict(of)) for of in inner))
        return self._heads[atom]

    def range(self, form: Mapping[int, int]) -> tuple[int, int]:
        ends = [(c * self.span[a][0], c * self.span[a][1]) for a, c in form.items()]
        return sum(map(min, ends)), sum(map(max, ends))

    def of_seen(self, form: Affine, where: str) -> Affine:
        """What it is to the token before, if it is made of copies of that token's input."""
        return {self._before(a, where): c for a, c in form.items()}

    def _before(self, atom: int, where: str) -> int:
        if atom not in self._renamed:
            name = self.names[atom]
            if name[0] == "seen":
                self._renamed[atom] = self.bit(*name[1:])
            elif name[0] == "sum":
                groups = ((tuple(sorted(self.of_seen(dict(f), where).items())), p) for f, p in name[1])
                self._renamed[atom] = self.total(groups)
            elif atom == 0:
                self._renamed[atom] = 0
            else:
                refuse(where, "a key that its own token sees depends on more than the copies of the token before")
        return self._renamed[atom]


def add(form: Affine, other: Mapping[int, int], times: int = 1) -> None:
    for a, c in other.items():
        form[a] = form.get(a, 0) + times * c
        if not form[a]:
            del form[a]


def power_of_two(n: int) -> int:
    """The largest power of two that divides a number other than 0."""
    return n & -n


def bend(pieces: Sequence[tuple[int, int, int]], lo: int, hi: int, where: str) -> Points:
    """The sum of w relu(a x + b) for whole numbers x from lo to hi, by the points where it bends, and both ends."""

    def at(x: int) -> int:
        return sum(w * max(0, a * x + b) for a, b, w in pieces)

    change: dict[int, int] = {}
    slope, fractional = 0, False
    for a, b, w in pieces:
        kink = Fraction(-b, a)
        slope += w * a if (kink <= lo) == (a > 0) else 0
        if lo < kink < hi:
            fractional |= kink.denominator > 1
            change[floor(kink)] = change.get(floor(kink), 0) + w * abs(a)
    if fractional and hi - lo > 1:
        if hi - lo > 4096:
            refuse(where, "ReLUs bend between whole numbers, in too long a table")
        values = [(x, at(x)) for x in range(lo, hi + 1)]
    else:
        values, x, y = [(lo, at(lo))], lo, at(lo)
        for kink_at in sorted(change) if not fractional else []:
            x, y = kink_at, y + slope * (kink_at - x)
            slope += change[kink_at]
            values.append((x, y))
        values.append((hi, at(hi)))
    return corners(values)


def corners(values: Iterable[tuple[int, int]]) -> Points:
    """The points of a function between which it is straight."""
    kept: list[tuple[int, int]] = []
    for point in values:
        while len(kept) > 1 and (kept[-1][1] - kept[-2][1]) * (point[0] - kept[-1][0]) == (point[1] - kept[-1][1]) * (
            kept[-1][0] - kept[-2][0]
        ):
            kept.pop()
        kept.append(point)
    return tuple(kept)


def straight(points: Points) -> tuple[int, int] | None:
    """Slope and value at 0 of a function that does not bend, on whole numbers."""
    (x, y), (z, w) = points[0], points[-1]
    if len(points) > 2 or (w - y) % max(1, z - x):
        return None
    slope = (w - y) // (z - x) if z > x else 0
    return slope, y - slope * x


def value_at(points: Points, x: int, where: str) -> int:
    """A function at a number that it is defined for."""
    if not points[0][0] <= x <= points[-1][0]:
        refuse(where, "a table is used outside its range")
    i = min(bisect_right(points, (x, sys.maxsize)), len(points) - 1)
    (x0, y0), (x1, y1) = points[i - 1], points[i]
    return y0 if x == x0 else y0 + (y1 - y0) * (x - x0) // (x1 - x0)


# Scores.

Score = dict[tuple[int, int], int]
"""Coefficients of products: an atom of the query, an atom of the key."""


def score_of(queries: Sequence[Affine], keys: Sequence[Affine], atoms: Atoms, where: str) -> Score:
    found: Score = {}
    for query, key in zip(queries, keys, strict=True):
        atoms.spend(len(query) * len(key), where)
        for (a, c), (b, d) in product(query.items(), key.items()):
            found[a, b] = found.get((a, b), 0) + c * d
    return {pair: c for pair, c in found.items() if c}


def nearer(one: tuple[int, int], other: tuple[int, int]) -> tuple[int, int]:
    """Of two numbers with their limits the one that is nearer to its own."""
    return one if one[0] * other[1] > other[0] * one[1] else other


def less(one: Score, other: Score) -> Score:
    found = dict(one)
    for pair, c in other.items():
        found[pair] = found.get(pair, 0) - c
    return {pair: c for pair, c in found.items() if c}


def setting(score: Score, key_bit: int, value: int) -> Score:
    """The score where a bit of the key has this value."""
    found: Score = {}
    for (a, b), c in score.items():
        at, times = ((a, 0), value) if b == key_bit else ((a, b), 1)
        found[at] = found.get(at, 0) + c * times
    return {pair: c for pair, c in found.items() if c}


def extremes(score: Score, atoms: Atoms) -> tuple[int, int]:
    """The least and the largest value of a score: it is affine in each atom, so both are at corners. Parts that share
    no atom have corners of their own; within one part all corners are tried."""
    parent: dict[tuple[int, int], tuple[int, int]] = {}

    def root(x: tuple[int, int]) -> tuple[int, int]:
        parent.setdefault(x, x)
        while parent[x] != x:
            x = parent[x]
        return x

    for a, b in score:
        if a and b:
            parent[root((0, a))] = root((1, b))
    parts: dict[tuple[int, int], list[tuple[int, int]]] = {}
    lo = hi = score.get((0, 0), 0)
    for a, b in score:
        if a or b:
            parts.setdefault(root((0, a) if a else (1, b)), []).append((a, b))
    for pairs in parts.values():
        sides = sorted({(0, a) for a, _ in pairs if a} | {(1, b) for _, b in pairs if b})
        if len(sides) > 10:
            # Each product by itself: further out than it need be.
            ends = []
            for a, b in pairs:
                corners = [score[a, b] * x * y for x in atoms.span[a] for y in atoms.span[b]]
                ends.append((min(corners), max(corners)))
            lo, hi = lo + sum(e[0] for e in ends), hi + sum(e[1] for e in ends)
            continue
        values = []
        for corner in product(*(atoms.span[x] for _, x in sides)):
            at = dict(zip(sides, corner, strict=True))
            values.append(sum(score[a, b] * at.get((0, a), 1) * at.get((1, b), 1) for a, b in pairs))
        lo, hi = lo + min(values), hi + max(values)
    return lo, hi


@dataclass
class Best:
    """What a head is found to do for one kind of token that asks: of the keys of kind `kind` (with the bit `flag`
    set), the best by `order`, then by the index bits above `stop` as `found` has them, then the smallest index bits
    `start`..`stop`. `values`: what it returns of the best key. Where there is none it returns START's zeros."""

    head: int
    kind: str
    flag: int
    order: Score
    start: int
    stop: int
    found: dict[int, int]
    values: list[Affine]
    called: str = ""


@dataclass
class Vote:
    """A head that returns the bits `values` of keys of kind `kind` (with the bit `flag`) if one of these has a score
    above START's, by `order`; and otherwise zeros."""

    head: int
    kind: str
    flag: int
    order: Score
    values: list[Affine]
    called: str = ""


@dataclass
class Decompiled:
    """A decompiled head, for people: where, what it prefers, b, bounds."""

    where: str
    record: Best | Vote | None = None
    b: int = 0
    leak: Fraction = Fraction(0)
    slack: Fraction = Fraction(1)

    def told(self, prefers: list[str]) -> dict[str, Any]:
        """As JSON values; the leak rounded up, the slack rounded down."""
        bounds = {"b": self.b, "leak": ceil(self.leak * 2**40) / 2**40, "slack": floor(self.slack * 2**40) / 2**40}
        return {"at": self.where, "prefers": prefers, **bounds}


def e_lower() -> Fraction:
    """Less than e: the beginning of its series."""
    total = term = Fraction(1)
    for k in range(1, 16):
        term /= k
        total += term
    return total


INV_E = Fraction(500, floor(500 * e_lower()))
"""More than 1/e by a factor that makes up, for b up to 32, for weights that are rounded to the smallest numbers."""


def exp_upper(y: Fraction) -> Fraction:
    """More than e^y for 0 <= y < 8: 40 terms of the series, and a geometric series above the rest."""
    total = term = Fraction(1)
    for k in range(1, 40):
        term = up(term * y / k)
        total += term
    return total + term * y / 40 / (1 - y / 41)


def up(x: Fraction) -> Fraction:
    return Fraction(ceil(x * 2**160), 2**160)


def power(x: Fraction, n: int) -> Fraction:
    """No less than x^n, in few digits."""
    result = Fraction(1)
    for bit in bin(n)[2:]:
        result = up(result * result * (x if bit == "1" else 1))
    return result


def leaked(b: int) -> Fraction:
    """More than a key weighs, beside one that is better by b. A larger b is as good as the largest that is bounded."""
    return power(INV_E, min(b, LARGEST_B))


def slack_of(leak: Fraction, keys: int, dtype: Precision) -> Fraction | None:
    """How far a fetched bit stays inside what a restore takes, 0..1/2 and 3/4..5/4 (section 6)."""
    a, u = Fraction(1, 1 << dtype.q), Fraction(1, 1 << dtype.p)
    normal, h = Fraction(1, 1 << -dtype.lowest), dtype.exp_error
    if keys * a >= Fraction(1, 2) or 17 * a * keys >= 8:
        return None
    outside = leak * (1 + h) / (1 - h) * exp_upper(17 * a * keys)
    tiny = (keys / (1 - h) + 1) * u * normal
    left, c = max(Fraction(1, 1 << 100), 2 * normal), keys * a / (1 - keys * a)
    growth = (1 + c) / (1 - c) * (1 + u) ** 2 * (1 + a)
    zero = (outside + tiny) * growth + left
    least = (1 - c) / (1 + c) / (1 + outside) * (1 - u) ** 2 * (1 - a) - tiny
    most = (1 + outside + tiny) * growth + left
    return min(Fraction(1, 2) - zero, least - Fraction(3, 4), Fraction(5, 4) - most)


# The network on symbols.

START, PAD, READ, NOTHING = "START", "PAD", "READ", "nothing"


@dataclass
class OnToken:
    """A kind of token (and, where tokens see themselves, the kind before it): a form for each dimension of its
    residual stream, and the dimensions that no exact number is taken from: where a head's noise is, or a subnormal
    rest of it may be left."""

    kind: str
    before: str
    stream: list[Affine]
    noise: set[int] = field(default_factory=set)
    left: set[int] = field(default_factory=set)

    @property
    def inexact(self) -> set[int]:
        return self.noise | self.left


class Sums:
    """What is added up exactly, on every kind of token: the sums and the stored numbers of all layers."""

    def __init__(self, s: Statement) -> None:
        self.s, self.atoms = s, Atoms()
        self.lemmas = set(LEMMAS)
        self.sums: dict[str, tuple[int, int]] = {}
        self.stored: dict[str, tuple[int, int]] = {}

    def _sum(
        self, row: Mapping[int, int], token: OnToken, layer: str, r: int, bias: int = 0, noise: bool = False
    ) -> Affine:
        """Row r of a linear layer on a token: exact in any order of summation, as a stored number too."""
        form: Affine = {0: bias} if bias else {}
        if not row and not bias:
            return form
        reach, unit = abs(bias), bias
        for d, w in row.items():
            of = token.stream[d]
            if not noise and (d in token.noise or d in token.left):
                refuse(f"{layer}, row {r}", f"on {token.kind} it takes dimension {d}, where a head's noise is")
            self.atoms.spend(len(of), layer)
            lo, hi = self.atoms.range(of)
            reach, unit = reach + abs(w) * max(-lo, hi), gcd(unit, w)
            add(form, of, w)
        if not noise:
            self._added(reach, unit, layer, f"row {r} on {token.kind}")
            self._stored(form, layer, f"row {r} on {token.kind}")
        return form

    def _added(self, reach: int, unit: int, layer: str, where: str) -> None:
        """Every partial sum is a multiple of one power of two, and short enough for the sums."""
        limit = power_of_two(unit or 1) << self.s.dtype.q
        if reach >= limit or reach >= 1 << 120:
            refuse(
                f"{layer}, {where}", f"a partial sum may reach {reach}, too large for the sums of {self.s.type_name}"
            )
        self.sums[layer] = nearer((reach, limit), self.sums.get(layer, (0, 1)))

    def _stored(self, form: Affine, layer: str, where: str) -> None:
        lo, hi = self.atoms.range(form)
        size = max(-lo, hi)
        limit = power_of_two(gcd(*form.values()) or 1) << self.s.dtype.p
        if size > limit or size >= 1 << self.s.dtype.highest:
            refuse(f"{layer}, {where}", f"a number may reach {size}, which {self.s.type_name} does not store exactly")
        self.stored[layer] = nearer((size, limit), self.stored.get(layer, (0, 1)))

    def says(self, atom: int) -> str:
        """An atom, for people."""
        name = self.atoms.names[atom]
        if name[0] == "fetched":
            return f"a bit fetched by head {name[1]}"
        return f"{name[0]} {name[1]}" if name[0] in ("doc", "place") else "a bit made by ReLUs"


class MlpReader(Sums):
    """MLPs read back as functions of forms, as what clears a head's noise, and what restores a bit."""

    def _mlp(self, k: int, block: Layers, token: OnToken) -> None:
        """One hidden layer of ReLUs, added to a token."""
        hidden: list[Affine] = []
        inexact, meets = token.inexact, []
        for u, row in enumerate(block.hidden):
            where, bias = f"block {k}, mlp.hidden.weight, row {u}", block.hidden_bias[u].get(0, 0)
            noisy = row.keys() & inexact
            meets.append(noisy)
            weights = sorted(abs(w) for w in row.values())
            if noisy and (weights, bias) not in (([1], 0), ([4], -2), ([4], -3), ([4, 4], -2), ([4, 4], -3)):
                refuse(where, f"on {token.kind} a head's noise meets another unit than those of restore")
            # Of an unused unit as well: where it overflows, it makes a number that is none.
            if noisy and any(token.stream[d] not in ({}, {0: 1}) for d in row.keys() - noisy):
                refuse(where, f"this checker does not know an AND with a bit that varies on {token.kind} yet")
            hidden.append(self._sum(row, token, f"block {k}, mlp.hidden.weight", u, bias, bool(noisy)))
        changes: list[tuple[int, Affine]] = []
        for d, row in enumerate(block.out):
            where, bias = f"block {k}, mlp.output.weight, row {d}", block.out_bias[d].get(0, 0)
            if not row and not bias:
                continue
            sources = set().union(*(meets[u] for u in row))
            if sources:
                changes.append((d, self._restored(block, row, bias, d, sources, token, where)))
                continue
            if d in inexact:
                refuse(where, f"on {token.kind} exact numbers are added to a head's noise")
            delta = self._bent([(w, hidden[u]) for u, w in row.items()], bias, where)
            reach = abs(bias) + sum(abs(w) * max(0, self.atoms.range(hidden[u])[1]) for u, w in row.items())
            layer, of_row = f"block {k}, mlp.output.weight", f"row {d} on {token.kind}"
            self._added(reach, 1, layer, of_row)
            new = dict(token.stream[d])
            add(new, delta)
            new = self._larger(new)
            for form in (delta, new):
                self._stored(form, layer, of_row)
            changes.append((d, new))
        for d, new in changes:
            token.stream[d] = new
            if d in token.noise:
                token.noise.remove(d)
                token.left.add(d)

    def _bent(self, units: list[tuple[int, Affine]], bias: int, where: str) -> Affine:
        """What ReLUs add up to: those of one form, up to its sign and constant, are one function of it."""
        delta: Affine = {0: bias} if bias else {}
        pieces: dict[tuple[tuple[int, int], ...], list[tuple[int, int, int]]] = {}
        for w, form in units:
            linear = sorted((a, c) for a, c in form.items() if a)
            if not linear:
                add(delta, {0: w * max(0, form.get(0, 0))})
            elif self.atoms.range(form)[1] > 0:
                scale = gcd(*(c for _, c in linear)) * (1 if linear[0][1] > 0 else -1)
                of = tuple((a, c // scale) for a, c in linear)
                pieces.setdefault(of, []).append((scale, form.get(0, 0), w))
        groups: list[Bent] = []
        for of, bends in pieces.items():
            lo, hi = self.atoms.range(dict(of))
            self.atoms.spend(len(bends) * min(hi - lo, 4096), where)
            points = bend(bends, lo, hi, where)
            line = straight(points)
            if line is None:
                groups.append((of, points))
            else:
                add(delta, dict(of), line[0])
                add(delta, {0: line[1]})
        if groups:
            add(delta, {self.atoms.total(groups): 1})
        return delta

    def _larger(self, form: Affine) -> Affine:
        """The same number. Of g + relu(h - g), the larger of g and h, the range is not that of a sum."""
        for a, c in form.items():
            (of, points), *more = self.atoms.groups(a) or [((), ())]
            if c != 1 or more or len(points) != 3 or points[1] != (0, 0) or min(points[0][1], points[2][1]) != 0:
                continue
            one = {b: d for b, d in form.items() if b != a}
            x, y = points[2] if points[0][1] == 0 else points[0]
            other = dict(one)
            add(other, dict(of), y // x)
            if (
                any(one)
                and y % x == 0
                and self.atoms.range(other)[1] < self.atoms.range(form)[1] > self.atoms.range(one)[1]
            ):
                return {self.atoms.larger(one, other): 1}
        return form

    def _restored(
        self, block: Layers, row: Mapping[int, int], bias: int, d: int, noisy: set[int], token: OnToken, where: str
    ) -> Affine:
        """The two things that may be done with what a head returned: to clear it, y - relu(y), and to restore its bit,
        relu(4y - 2) - relu(4y - 3), less the same of y - v where it is to be ANDed with a bit v (section 3)."""
        if len(noisy) != 1:
            refuse(where, f"on {token.kind} it mixes the noise of several dimensions")
        y = noisy.pop()
        (u, w), *more = row.items()
        if y == d:
            if more or w != -1 or block.hidden[u] != {d: 1} or block.hidden_bias[u] or bias:
                refuse(where, f"on {token.kind} a head's noise is not cleared by y - relu(y)")
            return {}
        if token.stream[d] or d in token.left or bias:
            refuse(where, f"on {token.kind} a bit is restored into a dimension that is not empty")
        found: dict[tuple[int | None, int], int] = {}
        for u, w in row.items():
            weights = dict(block.hidden[u])
            if weights.pop(y, 0) != 4 or len(weights) > 1 or any(c != -4 for c in weights.values()):
                refuse(where, f"on {token.kind} a head's noise meets another gate than restore")
            at = (next(iter(weights), None), block.hidden_bias[u].get(0, 0))
            if at in found:
                refuse(where, f"on {token.kind} a unit of restore comes twice")
            found[at] = w
        flags = {v for v, _ in found if v is not None}
        wanted: dict[tuple[int | None, int], int] = {(None, -2): 1, (None, -3): -1}
        if len(flags) == 1:
            v = next(iter(flags))
            wanted |= {(v, -2): -1, (v, -3): 1}
        if found != wanted:
            refuse(where, f"on {token.kind} a head's noise meets another gate than restore")
        if not token.stream[y]:
            refuse(where, f"on {token.kind} there is nothing to restore")
        (raw,) = token.stream[y]
        bit: Affine = {self.atoms.bit("fetched", *self.atoms.names[raw][1:]): 1}
        if not flags:
            return bit
        self.lemmas |= {"restore-and-of-a-zero", "restore-and-of-a-one"}
        flag = token.stream[v]
        if flag not in ({}, {0: 1}) or v in token.left:
            refuse(where, f"this checker does not know an AND with a bit that varies on {token.kind} yet")
        return bit if flag else {}


class HeadReader(Sums):
    """Heads read back as priorities, with their bounds, for each kind of token that asks."""

    def __init__(self, s: Statement, place: int) -> None:
        super().__init__(s)
        self.place = place
        self.keys = s.max_n + 1 + s.inclusive
        self.records: dict[tuple[int, str], Best | Vote] = {}
        self.tokens: list[OnToken] = []

    def _forms(self, m: SparseRows, rows: range, token: OnToken, where: str) -> list[Affine]:
        return [self._sum(m[r], token, where, r - rows.start) for r in rows]

    def _head(
        self, head: int, block: Layers, rows: range, running: list[OnToken], where: str, told: Decompiled
    ) -> None:
        """What a head does for each kind of token that asks."""
        queries: dict[str, list[Affine]] = {}
        for token in running:
            query = self._forms(block.query, rows, token, f"{where}, queries")
            if queries.setdefault(token.kind, query) != query:
                refuse(where, f"what {token.kind} asks depends on the token before it")
        copies = self.s.inclusive and not block.read
        keys: dict[str, tuple[list[Affine], list[Affine]]] = {}
        for token in self.tokens:
            if token.kind == READ and not self.s.inclusive:
                continue
            kind = token.before if copies else token.kind
            key = self._forms(block.key, rows, token, f"{where}, keys")
            value = self._forms(block.value, rows, token, f"{where}, values")
            if copies:
                key, value = ([self.atoms.of_seen(f, where) for f in forms] for forms in (key, value))
            if keys.setdefault(kind, (key, value)) != (key, value):
                refuse(where, f"what is seen of {kind} depends on another token")
            for f in value:
                lo, hi = self.atoms.range(f)
                if lo < 0 or hi > 1:
                    refuse(where, f"what it returns of {kind} is no bit")
        if any(keys[START][1]):
            refuse(where, "what it returns of START is not 0")
        if copies and any(keys[NOTHING][1]):
            refuse(where, "what it returns to START is not 0")
        if not copies:
            queries.pop(START, None)
        self._exact(queries, keys, where)
        queries.pop(START, None)
        for kind, query in queries.items():
            scores = {of: score_of(query, key, self.atoms, where) for of, (key, _) in keys.items()}
            values = {of: value for of, (_, value) in keys.items()}
            seen = f"{where}, asked by {kind}"
            record: Best | Vote
            if any(self.atoms.names[key][0] == "place" for score in scores.values() for _, key in score):
                record, b, leak = self._select(head, kind, scores, values, seen)
            else:
                record, b, leak = self._vote(head, scores, values, seen)
            self.records[head, kind] = record
            slack = slack_of(leak, self.keys, self.s.dtype)
            if slack is None or slack < 0:
                refuse(seen, f"a fetched bit cannot be restored: leak {float(leak):.3g} with {self.keys} keys")
            if told.record is None or kind in (self.s.first, READ if block.read else self.s.first):
                told.record, told.b = record, b
            told.leak, told.slack = max(told.leak, leak), min(told.slack, slack)

    def _exact(
        self, queries: dict[str, list[Affine]], keys: dict[str, tuple[list[Affine], list[Affine]]], where: str
    ) -> None:
        """Scores are exact in any order of summation."""
        reach, unit = 0, 0
        for r in range(len(next(iter(queries.values())))):
            sizes = []
            for forms in ([q[r] for q in queries.values()], [k[r] for k, _ in keys.values()]):
                spans = [self.atoms.range(f) for f in forms]
                sizes.append((max(max(-lo, hi) for lo, hi in spans), gcd(*(c for f in forms for c in f.values()))))
            (query, q_unit), (key, k_unit) = sizes
            if query and key:
                reach, step = reach + query * key, power_of_two(q_unit) * power_of_two(k_unit)
                unit = min(unit or step, step)
        self._added(reach, unit, f"{where}, scores", "any row")

    def _visible(self, score: Score) -> tuple[int, Score] | None:
        """The bit that makes documents of this kind visible (0: all are) with their score where it is set."""
        lo, hi = extremes(score, self.atoms)
        if lo > 0:
            return 0, score
        bits = [(c, b) for (a, b), c in score.items() if a == 0 and b and self.atoms.span[b] == (0, 1) and c > 0]
        if hi < 0 or not bits:
            return None
        flag = max(bits)[1]
        return flag, setting(score, flag, 1)

    def _select(
        self, head: int, asks: str, scores: dict[str, Score], values: dict[str, list[Affine]], where: str
    ) -> tuple[Best, int, Fraction]:
        """A head whose score has the index in it."""
        beyond = {kind: less(score, scores[START]) for kind, score in scores.items() if kind != START}
        seen: dict[str, tuple[int, Score]] = {}
        gaps: list[int] = []
        for kind in self.s.documents:
            visible = self._visible(beyond[kind])
            if visible is not None:
                seen[kind] = visible
        if len(seen) != 1:
            refuse(where, f"{len(seen)} kinds of documents are above START, not one")
        kind, (flag, score) = next(iter(seen.items()))
        gaps.append(extremes(score, self.atoms)[0])
        for other, off in beyond.items():
            if other != kind:
                gaps.append(-extremes(off, self.atoms)[1])
            elif flag:
                gaps.append(-extremes(setting(off, flag, 0), self.atoms)[1])
        places = {self.atoms.bit("place", i): i for i in range(self.place)}
        order = {pair: c for pair, c in score.items() if pair[1] and pair[1] not in places}
        b = gcd(*(c for pair, c in score.items() if pair[1]))
        index: dict[int, dict[int, int]] = {}
        for (query, key), c in score.items():
            if key in places:
                index.setdefault(places[key], {})[query] = c
        digit = sorted(i for i, of in index.items() if of.keys() == {0})
        if not digit or digit != list(range(digit[0], digit[-1] + 1)):
            refuse(where, "no digit of the index is in the score")
        start, stop, level = digit[0], digit[-1] + 1, 0
        found: dict[int, int] = {}
        for i in digit:
            if index[i][0] != -b << (i - start):
                refuse(where, f"bit {i} of the index does not count with its weight")
        if index.keys() != set(range(start, stop)) | set(range(stop, self.place)):
            refuse(where, "bits of the index above the digit are missing, or some below it are there")
        for i in range(stop, self.place):
            (bit, twice), weight = max(index[i].items()), -index[i].get(0, 0)
            if len(index[i]) != 2 or not bit or twice != 2 * weight or weight <= 0 or level not in (0, weight):
                refuse(where, f"bit {i} of the index is not compared with one that was found")
            found[i], level = bit, weight
        step = gcd(level, *order.values()) // b
        if (order or level) and step < 1 << (stop - start):
            refuse(where, f"the order goes in steps of {step}, and the index below it has {stop - start} bits")
        gap = min(gaps) // b
        if gap < 1:
            refuse(where, "START is not below all keys that are visible and above all others")
        common = gcd(*order.values()) or 1
        returned = []
        for f in values[kind]:
            sure: Affine = {}
            add(sure, f)
            if flag in sure and flag:
                add(sure, {flag: -sure[flag], 0: sure[flag]})
            returned.append(sure)
        record = Best(head, kind, flag, {p: c // common for p, c in order.items()}, start, stop, found, returned)
        self.lemmas.add("bits-of-an-index")
        if found:
            self.lemmas |= {"a-prefix-counts-mismatches", "a-prefix-shares-a-level"}
        self._rounds(record, asks, where)
        digits = {self.atoms.bit("place", i) for i in range(start, stop)}
        for f in returned:
            if start and f and not (len(f) == 1 and next(iter(f)) in digits | {0}):
                refuse(where, "it returns what its best keys need not agree in")
        sharing = min(self.s.max_n, 1 << (self.place - (stop - start)))
        x = leaked(b)
        leak = min(self.keys * x, sharing * x / (1 - x) + self.keys * power(x, min(gap, 1 << 12)))
        return record, b, up(leak)

    def _rounds(self, record: Best, asks: str, where: str) -> None:
        """The bits of the index that are compared are those of a best key of the same order (section 5)."""
        if record.stop == self.place:
            return
        for (_, of), before in self.records.items():
            if of != asks or not isinstance(before, Best) or before.start != record.stop:
                continue
            same = (before.kind, before.flag, before.order) == (record.kind, record.flag, record.order)
            settled = all(record.found[i] == bit for i, bit in before.found.items())
            fetched = {}
            for slot, f in enumerate(before.values):
                for i in range(before.start, before.stop):
                    if f == {self.atoms.bit("place", i): 1}:
                        fetched[i, self.atoms.bit("fetched", before.head, slot)] = True
            if same and settled and all((i, record.found[i]) in fetched for i in range(before.start, before.stop)):
                return
        refuse(where, "the bits of the index that it compares are not those that a round before it found")

    def _vote(
        self, head: int, scores: dict[str, Score], values: dict[str, list[Affine]], where: str
    ) -> tuple[Vote, int, Fraction]:
        """A head whose score has no index in it: what it returns is the same on all keys of the same score."""
        voters: list[tuple[str, int, Score, list[Affine]]] = []
        steps: list[int] = []
        for kind, score in scores.items():
            beyond = less(score, scores[START])
            steps += beyond.values()
            bits = {a for f in values[kind] for a in f if a}
            if len(bits) > 1:
                refuse(where, f"it returns more than one bit of {kind}")
            flag, rest = (bits or {0}).pop(), beyond
            if any(values[kind]):
                on = setting(beyond, flag, 1) if flag else beyond
                returned = [{0: f.get(0, 0) + (f.get(flag, 0) if flag else 0)} for f in values[kind]]
                if flag and any(f.get(0, 0) for f in values[kind]):
                    refuse(where, f"it returns something of {kind} where its bit is not set")
                voters.append((kind, flag, on, returned))
                if not flag:
                    continue
                rest = setting(beyond, flag, 0)
            if kind != START and extremes(rest, self.atoms)[1] > 0:
                refuse(where, f"{kind} may outweigh START, and returns 0 as that does")
        if len(voters) != 1:
            refuse(where, f"{len(voters)} kinds of tokens have something to return, not one")
        kind, flag, score, returned = voters[0]
        constant, rest_of = score.get((0, 0), 0), [c for pair, c in score.items() if pair != (0, 0)]
        lo, hi = extremes(score, self.atoms)
        if lo <= 0 <= hi and (not rest_of or constant % gcd(*rest_of) == 0):
            refuse(where, f"{kind} may score what START does, and what is returned then is no bit")
        b = gcd(*steps)
        if not b:
            refuse(where, "all keys have the same score")
        return Vote(head, kind, flag, score, returned), b, up(self.keys * leaked(b))

    def tells(self, record: Best | Vote) -> list[str]:
        flagged = f" flagged by {self.says(record.flag)}" if record.flag else ""
        whom = f"{record.kind}{'s' if record.kind == 'document' else ' set'}{flagged}"
        if isinstance(record, Vote):
            return [f"whether, among {whom} seen, {record.called or 'one scores above START'}"]
        same = (record.kind, record.flag, record.order)
        rounds = (r for r in self.records.values() if isinstance(r, Best) and (r.kind, r.flag, r.order) == same)
        called = next((r.called for r in rounds if r.called), f"most by {len(record.order)} products")
        order = [called] if record.order else []
        found = [f"index bits {record.stop}..{self.place - 1} as found"] if record.found else []
        last = "smallest index" if record.start == 0 else f"smallest index bits {record.start}..{record.stop - 1}"
        return [f"among {whom} seen", *order, *found, last]


def bits_of_index(net: ModelWeights, s: Statement) -> int:
    """The bits of an index, if the inputs are laid out as the statement asks."""
    flags = ("is_first", "is_second") if s.two else ("is_document",)
    own = [(name, n) for name, n in net.inputs if not name.startswith("seen:")]
    seen = [name.removeprefix("seen:") for name, _ in net.inputs[len(own) :]]
    wanted = [("one", 1), ("is_start", 1), *((f, 1) for f in flags), ("doc", s.bits)]
    if list(net.inputs[: len(own)]) != own or own[:-1] != wanted or own[-1][0] != "place":
        refuse("config.json: shape", "the inputs are not those of the statement")
    copies = dict(own) if s.inclusive else {}
    if seen != [name for name, _ in own if name in seen] or any(
        copies.get(name) != n for name, (_, n) in zip(seen, net.inputs[len(own) :], strict=True)
    ):
        refuse("config.json: shape", "the copies of the token before are not those of inputs")
    if 1 << own[-1][1] < s.max_n - s.two:
        refuse("config.json: shape", f"an index of {own[-1][1]} bits is too short for {s.max_n} documents")
    return own[-1][1]


class Symbolic(HeadReader, MlpReader):
    """The network, run on every kind of token at once."""

    def __init__(self, net: ModelWeights, s: Statement) -> None:
        super().__init__(s, bits_of_index(net, s))
        self.net = net
        self.told: list[Decompiled] = []
        self.heads = 0
        self.tokens = [self._token(kind, before) for kind, before in self._kinds()]
        for k, block in enumerate(net.blocks):
            self._run(k, block)
        answers = [
            [self._sum(row, token, "unembed.weight", r) for r, row in enumerate(net.unembed)]
            for token in self.tokens
            if token.kind == READ
        ]
        self.answer = answers[0]
        if any(answer != self.answer for answer in answers):
            refuse("unembed.weight", "the answer depends on the token before READ")

    def _kinds(self) -> list[tuple[str, str]]:
        kinds = [START, PAD, *self.s.documents]
        if not self.s.inclusive:
            return [(kind, "") for kind in (*kinds, READ)]
        return [(START, NOTHING), *((kind, before) for kind in (*kinds[1:], READ) for before in kinds)]

    def _signal(self, name: str, width: int, kind: str, seen: bool) -> list[Affine]:
        """An input of this kind of token."""
        flag = {"is_start": START, "is_document": "document", "is_first": "first", "is_second": "second"}.get(name)
        if name in ("doc", "place") and kind in self.s.documents:
            return [{self.atoms.bit("seen", name, i) if seen else self.atoms.bit(name, i): 1} for i in range(width)]
        on = (name == "one" and kind != NOTHING) or (flag is not None and flag == kind)
        return [{0: 1} if on else {}] * width

    def _token(self, kind: str, before: str) -> OnToken:
        signals: list[Affine] = []
        for name, width in self.net.inputs:
            seen = name.startswith("seen:")
            signals += self._signal(name.removeprefix("seen:"), width, before if seen else kind, seen)
        given = OnToken(kind, before, signals)
        stream = [self._sum(row, given, "embed.weight", r) for r, row in enumerate(self.net.embed)]
        return OnToken(kind, before, stream)

    def _run(self, k: int, block: Layers) -> None:
        running = [t for t in self.tokens if not block.read or t.kind == READ]
        if block.heads:
            self._attend(k, block, running)
        if block.hidden:
            for token in running:
                self._mlp(k, block, token)

    def _attend(self, k: int, block: Layers, running: list[OnToken]) -> None:
        width = len(block.query) // block.heads
        first = self.heads
        self.heads += block.heads
        for h in range(block.heads):
            where, rows = f"block {k}, head {h}", range(h * width, (h + 1) * width)
            told = Decompiled(f"{where} ({'READ' if block.read else 'every token'})")
            self._head(first + h, block, rows, running, where, told)
            self.told.append(told)
        for d, row in enumerate(block.output):
            if not row:
                continue
            where = f"block {k}, attention.output.weight, row {d}"
            (c, w), *more = row.items()
            if more or w != 1:
                refuse(where, "a dimension takes one number that a head returns, as it is")
            raw = self.atoms.bit("raw", first + c // width, c % width)
            for token in running:
                if token.stream[d]:
                    refuse(where, f"on {token.kind} a head's noise is added to something else")
                if token.kind != START:
                    token.stream[d] = {raw: 1}
                    token.noise.add(d)


# The question.


Split = tuple[int, int, int, list[tuple[int, int]]]


class Meaning:
    """Atoms of one token as functions of what a pair is known by: `value` (or the ones that are shared), `own` and
    `other`, the numbers of ones of the document and of its partner, and `found`."""

    def __init__(self, run: Symbolic, own: Mapping[int, int], other: Mapping[int, int], found: int) -> None:
        self.run, self.own, self.other, self.found = run, own, other, found
        self._known: dict[tuple[int, ...], int] = {}
        self._measures: dict[int, tuple[int, int] | None] = {}
        self._needs: dict[int, tuple[str, ...]] = {}
        self._inside: dict[int, list[tuple[Split, Points]]] = {}

    def measure(self, atom: int) -> tuple[int, int] | None:
        """The factor and the constant that make it of the value of the pair; None for what is no such number."""
        if atom not in self._measures:
            try:
                steps, constant = by_entry(self.run, {(0, atom): 1}, {}, self.own, self.other)
                self._measures[atom] = affine_in_value(self.run.s, steps, constant, False)
            except Exhausted:
                raise
            except Refused:
                self._measures[atom] = None
        return self._measures[atom]

    def needs(self, form: Mapping[int, int], where: str) -> tuple[str, ...]:
        found: set[str] = set()
        for a in form:
            if a and a not in self._needs:
                self._needs[a] = self._need(a, where)
            found.update(self._needs[a] if a else ())
        return tuple(sorted(found))

    def _need(self, atom: int, where: str) -> tuple[str, ...]:
        if atom == self.found:
            return ("found",)
        if atom in self.own or atom in self.other:
            return ("own" if atom in self.own else "other",)
        if not self.run.atoms.groups(atom):
            refuse(where, f"it depends on {self.run.says(atom)}")
        if self.measure(atom) is not None:
            return ("value",)
        return tuple({name for of, _ in self.run.atoms.groups(atom) for name in self.needs(dict(of), where)})

    def of(self, form: Mapping[int, int], point: Mapping[str, int], where: str) -> int:
        """The value of a form."""
        return self._of(self._split(form, where), point, where)

    def _split(self, form: Mapping[int, int], where: str) -> Split:
        """A constant, how often the ones of either document count, and the atoms that are left."""
        counts = []
        for side in (self.own, self.other):
            inside = [c for a, c in form.items() if a in side]
            places = {side[a] for a in form if a in side}
            if inside and (len(set(inside)) > 1 or not len(inside) == len(places) == self.run.s.dim == self.run.s.bits):
                refuse(where, "it counts some entries of a document only")
            counts.append(inside[0] if inside else 0)
        rest = [(a, c) for a, c in form.items() if a and a not in self.own and a not in self.other]
        return form.get(0, 0), counts[0], counts[1], rest

    def _of(self, split: Split, point: Mapping[str, int], where: str) -> int:
        total, own, other, rest = split
        if (own and "own" not in point) or (other and "other" not in point):
            refuse(where, "it depends on the ones of a document")
        if own:
            total += own * point["own"]
        if other:
            total += other * point["other"]
        return total + sum(c * self._atom(a, point, where) for a, c in rest)

    def _atom(self, atom: int, point: Mapping[str, int], where: str) -> int:
        if atom not in self._needs:
            self.needs({atom: 1}, where)
        if any(name not in point for name in self._needs[atom]):
            refuse(where, "it depends on more than it may of a pair")
        key = (atom, *(point[name] for name in self._needs[atom]))
        if key not in self._known:
            measure = self.measure(atom) if atom != self.found else None
            if atom == self.found:
                self._known[key] = point["found"]
            elif measure is not None:
                self._known[key] = measure[0] * point["value"] + measure[1]
            else:
                if atom not in self._inside:
                    self._inside[atom] = [(self._split(dict(f), where), p) for f, p in self.run.atoms.groups(atom)]
                inside = self._inside[atom]
                self._known[key] = sum(value_at(p, self._of(f, point, where), where) for f, p in inside)
        return self._known[key]


Side = tuple[Mapping[int, int], dict[int, frozenset[int]]]
"""The bits of a document by their place in it, and the entries that atoms were found to depend on."""

Steps = list[dict[tuple[int, int], int]]
"""For each entry of a document: what it adds, by its value in the document and in the other."""


def by_entry(
    run: Symbolic, score: Score, query: Mapping[int, int], own: Mapping[int, int], other: Mapping[int, int]
) -> tuple[Steps, int]:
    """A score as a sum over entries. Atoms of the query are functions of the bits `query`, those of the key of `own`
    and `other`: bits by their place in a document. The first entry of a pair is `query` or `own`, whichever is given.
    """
    s, atoms = run.s, run.atoms
    weights = s.entry_weights
    where = "the order of pairs"

    def leaves(form: Iterable[tuple[int, int]], side: Side) -> frozenset[int]:
        """The entries that a form depends on."""
        bits, known = side
        for a, _ in form:
            if a and a not in known:
                if a not in bits and not atoms.groups(a):
                    refuse(where, f"it depends on {run.says(a)}")
                own = frozenset({bits[a] // len(weights)} if a in bits else ())
                known[a] = own.union(*(leaves(of, side) for of, _ in atoms.groups(a)))
        return frozenset().union(*(known[a] for a, _ in form if a))

    def pieces(a: int, side: Side) -> Iterator[tuple[int, Any]]:
        """An atom as a sum of functions of one entry each."""
        at = leaves([(a, 1)], side)
        for what in [a] if len(at) == 1 else atoms.groups(a) or refuse(where, "it is no sum over entries"):
            at = leaves([(what, 1)] if isinstance(what, int) else what[0], side)
            if len(at) != 1:
                refuse(where, "it is no sum over entries")
            yield next(iter(at)), what

    def value(what: Any, env: dict[int, int]) -> int:
        if isinstance(what, int):
            if what not in env:
                env[what] = sum(value(group, env) for group in atoms.groups(what))
            return env[what]
        form, points = what
        atoms.spend(len(form), where)
        return value_at(points, sum(c * (value(a, env) if a else 1) for a, c in form), where)

    if s.dim * s.levels**2 > LARGEST_TABLE:
        refuse(where, "this checker does not know so many levels yet")
    terms: list[list[tuple[int, Any, Any]]] = [[] for _ in range(s.dim)]
    constant = score.get((0, 0), 0)
    sides: tuple[Side, Side] = (query, {}), ({**own, **other}, {})
    for (a, b), c in score.items():
        found = []
        for atom, side in zip((a, b), sides, strict=True):
            found.append(list(pieces(atom, side)) if atom else [])
        if a and b:
            if len(found[0]) != 1 or len(found[1]) != 1 or found[0][0][0] != found[1][0][0]:
                refuse(where, "different entries of two documents are compared")
            terms[found[0][0][0]].append((c, found[0][0][1], found[1][0][1]))
        for entry, what in found[0] if not b else []:
            terms[entry].append((c, what, None))
        for entry, what in found[1] if not a else []:
            terms[entry].append((c, None, what))
    codes = [code(x, s) for x in range(s.levels + 1)]
    places: list[list[list[tuple[int, int]]]] = [[[] for _ in range(s.dim)] for _ in range(3)]
    for bits, at in zip((query, own, other), places, strict=True):
        for a, i in bits.items():
            at[i // len(weights)].append((a, i % len(weights)))
    steps: Steps = []
    for entry, of in enumerate(terms):
        table = {}
        for x, y in product(range(s.levels + 1), repeat=2):
            left = {a: codes[x][i] for a, i in places[0][entry]}
            right = {a: codes[number][i] for of_whom, number in ((1, x), (2, y)) for a, i in places[of_whom][entry]}
            table[x, y] = sum(
                c * (1 if q is None else value(q, left)) * (1 if k is None else value(k, right)) for c, q, k in of
            )
        steps.append(table)
    return steps, constant


def code(x: int, s: Statement) -> tuple[int, ...]:
    """The bits of an entry, as documents are written (section 2)."""
    *low, last = s.entry_weights
    top = int(x >= 1 << len(low))
    return (*(x - top * last >> i & 1 for i in range(len(low))), top)


def affine_in_value(s: Statement, steps: Steps, constant: int, of_row: bool) -> tuple[int, int] | None:
    """(a, c) for which the sum is a times the value of the pair, plus c; of a row, plus anything of the first document.
    Of similarities, the value is the number of ones that are shared."""
    factor: int | None = None
    for table in steps:
        base = table[0, 0]
        for x in range(s.levels + 1):
            from_row = table[x, 0] if of_row else base
            for y in range(s.levels + 1):
                v = s.step(x, y) - (s.step(x, 0) if of_row else 0) if not s.similar else x * y
                if factor is None and v:
                    if (table[x, y] - from_row) % v:
                        return None
                    factor = (table[x, y] - from_row) // v
                if table[x, y] - from_row != (factor or 0) * v:
                    return None
        constant += base
    return None if not factor else (factor, constant)


def bits_of_documents(run: Symbolic) -> dict[int, int]:
    return {run.atoms.bit("doc", i): i for i in range(run.s.bits)}


def prove(run: Symbolic, task: ValueOf | None) -> tuple[str, str]:
    """That what READ puts out answers the question. Returns what it measures, and of a task of one's own what that was
    compared with, for people."""
    if run.s.decide:
        hit = _hit(run)
        return _own_decision(run, hit, task) if run.s.own else (_decision(run, hit), "")
    found = _taken_apart(run)
    return _own_search(run, found, task) if run.s.own else (_search(run, found), "")


def _fetched(run: Symbolic, form: Affine, where: str) -> tuple[int, int]:
    """The head and the number in it that a bit was fetched by."""
    if len(form) == 1 and list(form.values()) == [1]:
        name = run.atoms.names[next(iter(form))]
        if name[0] == "fetched":
            return name[1], name[2]
    refuse(where, "it is no bit that a head fetched")


def _record(run: Symbolic, head: int, asks: str, kind: type, where: str) -> Any:
    record = run.records.get((head, asks))
    if not isinstance(record, kind):
        refuse(where, "a head is not of the kind that this answer needs")
    return record


def _hit(run: Symbolic) -> Vote:
    """A decision taken apart: what asks, for each document, whether some partner meets the threshold."""
    s, where = run.s, "the decision"
    if len(run.answer) != 1:
        refuse(where, f"{len(run.answer)} bits are put out, not one")
    head, slot = _fetched(run, run.answer[0], where)
    yes = _record(run, head, READ, Vote, where)
    if yes.values[slot] != {0: 1} or yes.kind != s.first or not yes.flag:
        refuse(where, f"READ asks no flag of {s.first}")
    if extremes(yes.order, run.atoms)[0] <= 0:
        refuse(where, "READ may prefer START to a document that found a pair")
    head, slot = _fetched(run, {yes.flag: 1}, where)
    hit: Vote = _record(run, head, s.first, Vote, where)
    yes.called, hit.called = "there is one", "one meets the threshold"
    if hit.values[slot] != {0: 1} or hit.kind != s.second or hit.flag:
        refuse(where, f"a {s.first} does not ask for every {s.second}")
    return hit


def _decision(run: Symbolic, hit: Vote) -> str:
    s, where, doc = run.s, "the decision", bits_of_documents(run)
    if s.similar:
        for (k, a, b), score in _similar_scores(run, hit.order, doc):
            if (score > 0) != s.meets(*s.similarity(k, a, b)):
                refuse(where, f"documents of {a} and {b} ones that share {k} are on the wrong side of the threshold")
        return "the score is above START's exactly when the similarity meets the threshold, for all norms there are"
    steps, constant = by_entry(run, hit.order, doc, {}, doc)
    found = affine_in_value(s, steps, constant, False)
    if found is None:
        refuse(where, "what is compared with START is not the value of the pair")
    for v in range(s.largest_value + 1):
        if (found[0] * v + found[1] > 0) != s.meets(v):
            refuse(where, f"a pair of value {v} is on the wrong side of the threshold")
    return f"less START's, the score is {found[0]} times the value, plus {found[1]}: above 0 at the threshold"


def _triples(run: Symbolic) -> Iterator[tuple[int, int, int]]:
    s = run.s
    for a, b in product(s.norms, repeat=2):
        run.atoms.spend(8 * (min(a, b) + 1 - max(0, a + b - s.dim)), "the similarities of all pairs")
        for k in range(max(0, a + b - s.dim), min(a, b) + 1):
            yield k, a, b


def _similar_scores(run: Symbolic, order: Score, doc: Mapping[int, int]) -> Iterator[tuple[tuple[int, int, int], int]]:
    """A score of documents by what they share and their norms: `<a, b>` times a function of the key's norm, and
    products of functions of either norm."""
    where, means = "the order of pairs", Meaning(run, doc, {}, -1)
    shared: dict[int, tuple[int, int]] = {}
    rest: list[tuple[int, int, int]] = []
    for (a, b), c in order.items():
        if a in doc:
            if doc[a] in shared:
                refuse(where, "an entry counts twice")
            shared[doc[a]] = (b, c)
        else:
            rest.append((a, b, c))
    counted = [shared.get(i, (0, 0)) for i in range(run.s.dim)]
    run.atoms.spend(len(run.s.norms) * (8 * run.s.dim + len(run.s.norms) * (8 + len(rest))), where)
    scale = {b: {_scale(run, i, key, c, b, doc, where) for i, (key, c) in enumerate(counted)} for b in run.s.norms}
    if any(len(of) != 1 for of in scale.values()):
        refuse(where, "entries do not count alike")
    factor = {b: next(iter(of)) for b, of in scale.items()}

    at = {
        x: {n: means.of({x: 1}, {"own": n, "found": 1}, where) for n in run.s.norms}
        for x in {x for term in rest for x in term[:2]}
    }
    off = {(a, b): sum(c * at[x][a] * at[y][b] for x, y, c in rest) for a, b in product(run.s.norms, repeat=2)}
    for k, a, b in _triples(run):
        yield (k, a, b), k * factor[b] + off[a, b]


def _scale(run: Symbolic, i: int, key: int, c: int, ones: int, doc: Mapping[int, int], where: str) -> int:
    """What entry i of the key counts where it is 1: the bit itself, or what ReLUs make of it and its norm."""
    bit = run.atoms.bit("doc", i)
    if key == bit or not c:
        return c
    means, found = Meaning(run, doc, {}, -1), []
    for value in (0, 1):
        total = 0
        for form, points in run.atoms.groups(key) or refuse(where, "different entries of two documents are compared"):
            rest = dict(form)
            own = rest.pop(bit, 0)
            total += value_at(points, own * value + means.of(rest, {"own": ones, "found": 1}, where), where)
        found.append(total)
    if found[0] != 0:
        refuse(where, "an entry counts where it is 0")
    return c * found[1]


@dataclass(frozen=True)
class Search:
    """A search taken apart: who finds each document's partner, whom READ chooses by which order, the bits put out for
    each number of the pair."""

    partner: Best
    best: Best
    order: Affine
    numbers: list[list[Affine]]


def _taken_apart(run: Symbolic) -> Search:
    """What READ puts out is a document of its choice, that document's partner, and numbers of this pair."""
    s, atoms, where = run.s, run.atoms, "the answer"
    fields = 3 if s.similar else 1
    width = (len(run.answer) - 1 - 2 * run.place) // fields
    if len(run.answer) != 1 + 2 * run.place + width * fields or width < 1:
        refuse(where, f"{len(run.answer)} bits are put out, which does not fit the statement")
    places = [_fetched(run, form, f"{where}, bit {i}") for i, form in enumerate(run.answer)]
    if len({head for head, _ in places}) != 1:
        refuse(where, "its bits come from several heads, so of several documents")
    best = _record(run, places[0][0], READ, Best, where)
    if best.kind != s.first or best.start:
        refuse(where, f"READ does not settle on one {s.first}")
    got = [best.values[slot] for _, slot in places]
    index = [{atoms.bit("place", i): 1} for i in range(run.place)]
    if got[: run.place] != index:
        refuse(where, "i is not the index of the document that READ chose")
    found_j = [_fetched(run, form, f"{where}, j") for form in got[run.place : 2 * run.place]]
    if len({head for head, _ in found_j}) != 1:
        refuse(where, "the bits of j come from several heads")
    partner = _record(run, found_j[0][0], s.first, Best, where)
    if partner.kind != s.second or partner.flag or partner.start:
        refuse(where, f"a {s.first} does not settle on one {s.second} of all it sees")
    if [partner.values[slot] for _, slot in found_j] != index:
        refuse(where, "j is not the index of the partner")
    if got[-1] != {0: 1} or not best.flag:
        refuse(where, "found is not the flag of the documents that READ asks")
    order = {b: c for (a, b), c in best.order.items() if a == 0}
    if len(order) < len(best.order):
        refuse(where, "READ's own signals change the order of documents")
    called = "largest measure" if s.own else f"{'most' if s.most else 'least'} {s.metric}"
    partner.called, best.called = called + s.near * s.similar, called + s.near
    rest = got[2 * run.place : -1]
    return Search(partner, best, order, [rest[width * f : width * (f + 1)] for f in range(fields)])


def _search(run: Symbolic, found: Search) -> str:
    s, where = run.s, "the answer"
    doc = bits_of_documents(run)
    other, flag = _returned(run, found.partner, doc)
    means = Meaning(run, doc, other, flag)
    if s.similar:
        return _similar_search(run, found, means, where)
    steps, constant = by_entry(run, found.partner.order, doc, {}, doc)
    ordered = affine_in_value(s, steps, constant, True)
    if ordered is None or (ordered[0] > 0) != s.most:
        refuse("the order of partners", "it is not that of the values of pairs")
    if s.largest_value > LARGEST_TABLE:
        refuse(where, "this checker does not know so many values yet")
    chosen: list[tuple[int, int]] = []
    for v in range(s.largest_value + 1):
        point = {"value": v, "found": 1}
        visible = means.of({found.best.flag: 1}, point, where)
        if means.of({found.best.flag: 1}, {"value": v, "found": 0}, where):
            refuse(where, "READ may choose a document that has no partner")
        if visible != (s.name != "ov" or v == 0):
            refuse(where, f"a pair of value {v} counts or not, against the question")
        if visible:
            chosen.append((means.of(found.order, point, where), v))
            _spelled(means, found.numbers[0], v, point, where)
    _within(s, _factor(s, chosen, where), where)
    if s.name == "ov":
        return "a document's partner is one of least inner product, and READ takes the first whose value is 0"
    up_to = "up to terms of the one that asks"
    return f"the order of partners is {ordered[0]} times the value, {up_to}; READ's is that of the value{s.near}"


def _returned(run: Symbolic, head: Best, doc: Mapping[int, int]) -> tuple[dict[int, int], int]:
    """The bits of the document that a head returned, by their place in it, and the bit that it found one."""
    other, found = {}, -1
    for slot, form in enumerate(head.values):
        bit = run.atoms.bit("fetched", head.head, slot)
        if len(form) == 1 and next(iter(form)) in doc and list(form.values()) == [1]:
            other[bit] = doc[next(iter(form))]
        if form == {0: 1}:
            found = bit
    return other, found


def _spelled(means: Meaning, bits: list[Affine], v: int, point: Mapping[str, int], where: str) -> None:
    if sum(means.of(form, point, where) << i for i, form in enumerate(bits)) != v:
        refuse(where, f"the bits put out for the value {v} spell another")


def _factor(s: Statement, chosen: Sequence[tuple[int, Fraction | int]], where: str) -> Fraction:
    """Of pairs (order, value): the factor by which the value of what has the largest order may miss the best. Without
    gamma it has to be 1, and equal values have to be equal in order."""
    worst, factor, at = Fraction(-1), Fraction(1), 0
    ranked = sorted(chosen, key=lambda pair: -pair[0])
    while at < len(ranked):
        end = at
        while end < len(ranked) and ranked[end][0] == ranked[at][0]:
            end += 1
        values = [v for _, v in ranked[at:end]]
        here, best = (min(values), max(values)) if s.most else (max(values), min(values))
        worst = Fraction(here) if worst < 0 else min(worst, Fraction(here)) if s.most else max(worst, Fraction(here))
        low, high = (worst, best) if s.most else (best, worst)
        if high > low:
            if not low or s.gamma == 1:
                refuse(where, f"a pair of value {worst} may be chosen before one of value {best}")
            factor = max(factor, Fraction(high) / low)
        at = end
    orders: dict[Fraction | int, int] = {}
    if s.gamma == 1 and any(orders.setdefault(v, o) != o for o, v in chosen):
        refuse(where, "pairs of equal value are not equal in order")
    return factor


def _within(s: Statement, factor: Fraction, where: str) -> None:
    if factor > s.gamma:
        refuse(where, f"a pair may be chosen before one that is better by the factor {float(factor):.4f}")


def _similar_search(run: Symbolic, found: Search, means: Meaning, where: str) -> str:
    s, doc, flag = run.s, bits_of_documents(run), found.best.flag
    for form, name in zip(found.numbers, ("value", "own", "other"), strict=True):
        if any(set(means.needs(f, where)) - {name} for f in form):
            refuse(where, "a number of the answer depends on another")
        for n in range(s.dim + 1):
            _spelled(means, form, n, {name: n}, where)
    for one in (0, 1):
        if means.needs({flag: 1}, where) != ("found",) or means.of({flag: 1}, {"found": one}, where) != one:
            refuse(where, "READ's flag is not that a partner was found")
    if s.declared and s.dim == 1:
        refuse(where, "this checker does not know searches by declared norms of documents of one entry yet")
    if s.declared:
        return _by_norm(run, found.partner, found.order, doc)
    if s.metric != "cosine":
        refuse(where, f"this checker does not know searches by {s.metric} of any norms yet")
    rows: dict[int, list[tuple[int, Fraction | int]]] = {}
    common = lcm(*s.norms)
    for (k, a, b), score in _similar_scores(run, found.partner.order, doc):
        rows.setdefault(a, []).append((score, k * k * (common // b)))
    of_row = max(_factor(s, of, "the order of partners") for of in rows.values())
    chosen: list[tuple[int, Fraction | int]] = []
    for k, a, b in _triples(run):
        point = {"value": k, "own": a, "other": b, "found": 1}
        chosen.append((means.of(found.order, point, where), k * k * (common // a) * (common // b)))
    _within(s, of_row * _factor(s, chosen, where), where)
    if s.gamma > 1:
        run.lemmas.add("two-choices-share-a-factor")
    return (
        f"partners and pairs are in the order of their cosines{s.near}, "
        f"for all {len(chosen)} triples of shared ones and norms"
    )


def _by_norm(run: Symbolic, partner: Best, order: Affine, doc: Mapping[int, int]) -> str:
    """A search by declared norms (section 7). For each norm a head finds the best key of that norm; ranks of what these
    share are in the order of similarities, and the largest is the best. A key scores most where its norm has that rank
    and it shares as many as the best of its norm."""
    s, atoms, where = run.s, run.atoms, "the best of each norm"
    ranks, forms = {}, [order]
    while any(len(atoms.two(form)) == 2 for form in forms):
        if len(forms) > len(s.norms):
            refuse(where, "more ranks than norms are compared")
        forms = [part for form in forms for part in atoms.two(form)]
    chosen: list[tuple[int, Fraction | int]] = []
    of_norm: dict[int, tuple[int, Meaning, Affine]] = {}
    lowest, absent = [], []
    for form in forms:
        heads = atoms.heads(form)
        if len(heads) != 1:
            refuse(where, f"a rank is made of what {len(heads)} heads fetched")
        best = _record(run, min(heads), s.first, Best, where)
        own = Meaning(run, doc, {}, -1)
        norms = [b for b in s.norms if own.of({best.flag: 1}, {"own": b}, where)]
        if best.kind != s.second or not best.flag or best.start or len(norms) != 1 or norms[0] in ranks:
            refuse(where, "a head does not find the best key of one norm")
        best.called = f"{'most' if s.most else 'least'} that are shared"
        steps, constant = by_entry(run, best.order, doc, {}, doc)
        shared = affine_in_value(s, steps, constant, True)
        if shared is None or (shared[0] > 0) != s.most:
            refuse(where, "the order of keys of one norm is not that of what they share")
        other, found = _returned(run, best, doc)
        means, b = Meaning(run, doc, other, found), norms[0]
        of_norm[best.flag], ranks[b] = (b, means, form), form
        for k, a, c in _triples(run):
            if c == b:
                rank = means.of(form, {"value": k, "own": a, "other": b, "found": 1}, where)
                chosen.append((rank, Fraction(*s.similarity(k, a, b))))
                lowest.append(rank)
        absent += [means.of(form, {"value": 0, "own": a, "other": 0, "found": 0}, where) for a in s.norms]
    if ranks.keys() != set(s.norms) or max(absent) > min(lowest):
        refuse(where, "not every norm has a rank, or one without a key has one that counts")
    # READ takes the largest rank; `_factor` wants what is better for the question first.
    factor = _factor(s, chosen, where)
    _within(s, factor, where)
    counts, gains = set(), set()
    by_flag: dict[int, Affine] = {flag: {} for flag in of_norm}
    entries = set()
    for (a, key), c in partner.order.items():
        if key in by_flag:
            by_flag[key][a] = c
        elif a == key and a in doc:
            counts.add(c)
            entries.add(doc[a])
        else:
            refuse(where, "a partner is chosen by something else than shared ones and norms")
    if len(counts) != 1 or len(entries) != s.dim or (next(iter(counts)) > 0) != s.most:
        refuse(where, "a partner is not chosen by what it shares")
    for flag, (_, of, ranked) in of_norm.items():
        gain, as_many = dict(by_flag[flag]), 0
        for a, c in by_flag[flag].items():
            measure = of.measure(a) if a else None
            if measure is not None:
                as_many += c * measure[0]
                add(gain, {a: -c, 0: c * measure[1]})
        if as_many != -next(iter(counts)):
            refuse(where, "a partner is not compared with what the best of its norm shares")
        below = dict(order)
        add(below, ranked, -1)
        gains.add(_gain(run, gain, below, where))
    if len(gains) != 1:
        refuse(where, "norms of the best rank do not gain alike")
    ranks_of = f"{len(chosen)} triples of shared ones and norms"
    return f"partners have the best rank of {ranks_of}, in the order of {s.metric}{s.near}"


def _gain(run: Symbolic, gain: Affine, below: Affine, where: str) -> int:
    """What a key gains where its norm is `below` the best rank by 0, if that is more than with any other number."""
    constant = gain.pop(0, 0)
    if not below:
        return constant if not gain else refuse(where, "what a key gains depends on something else than ranks")
    hi, offset = run.atoms.range(below)[1], below.get(0, 0)
    run.atoms.spend(64 * max(0, hi), where)
    linear = {a: c for a, c in below.items() if a}
    first = min(linear)
    if gain.keys() == linear.keys():
        slope = Fraction(gain[first], linear[first])
        values = [constant + slope * (x - offset) for x in range(hi + 1)]
        same = all(gain[a] == slope * c for a, c in linear.items())
    else:
        ((atom, times),) = gain.items()
        ((of, points),) = run.atoms.groups(atom)
        ratio = Fraction(dict(of).get(first, 0), linear[first])
        same = dict(of) == {a: ratio * c for a, c in linear.items()}
        values = [
            Fraction(constant + times * value_at(points, int(ratio * (x - offset)), where)) for x in range(hi + 1)
        ]
    if not same or any(v >= values[0] for v in values[1:]):
        refuse(where, "what a key gains is not most where its norm has the best rank")
    return int(values[0])


# A task of a theorem of one's own.


class Measured:
    """Forms as functions of the row `a` that asks and of `b`, its partner: their numbers, and how they are written."""

    def __init__(self, run: Symbolic, partner: Best | Vote) -> None:
        self.run, self.partner = run, partner
        self.fetched = {run.atoms.bit("fetched", partner.head, slot): f for slot, f in enumerate(partner.values)}
        self._known: dict[int | Bent, frozenset[int]] = {}

    def of(self, row: Values) -> dict[int, int]:
        """The atoms of a document."""
        bits = (bit for x in row for bit in code(x, self.run.s))
        return {0: 1} | {self.run.atoms.bit("doc", i): bit for i, bit in enumerate(bits)}

    def both(self, a: Mapping[int, int], b: dict[int, int]) -> dict[int, int]:
        """The atoms of a document that knows its partner."""
        return {**a, **{bit: self.number(form, b) for bit, form in self.fetched.items() if not self._placed(form)}}

    def _placed(self, form: Affine) -> bool:
        return any(self.run.atoms.names[a][0] == "place" for a in form)

    def number(self, form: Mapping[int, int], at: dict[int, int]) -> int:
        return sum(c * (at[a] if a in at else self._atom(a, at)) for a, c in form.items())

    def score(self, score: Score, a: dict[int, int], b: dict[int, int]) -> int:
        return sum(c * self.number({q: 1}, a) * self.number({k: 1}, b) for (q, k), c in score.items())

    def _atom(self, atom: int, at: dict[int, int]) -> int:
        where, name = "the measure", self.run.atoms.names[atom]
        if name[0] == "max":
            at[atom] = max(self.number(dict(form), at) for form in name[1:])
        elif name[0] == "sum":
            at[atom] = sum(value_at(points, self.number(dict(f), at), where) for f, points in name[1])
        else:
            refuse(where, f"it depends on {self.run.says(atom)}")
        return at[atom]

    # -- in writing

    def writes(self, form: Mapping[int, int], letter: str = "a", i: int = -1) -> str:
        return self._sum([(c, ((a, letter),)) for a, c in form.items()], i)

    def writes_score(self, score: Score) -> str:
        """But for a factor."""
        common = gcd(*score.values())
        return self._sum([(c // common, ((q, "a"), (k, "b"))) for (q, k), c in score.items()], -1)

    def prefers(self, score: Score) -> str:
        """What is largest or, of what is taken off, least."""
        least = all(c < 0 for c in score.values())
        return (
            f"{'least' if least else 'largest'} {self.writes_score({p: -c if least else c for p, c in score.items()})}"
        )

    def writes_bits(self, bits: Sequence[Affine]) -> str:
        """The number that bits spell; where all are functions of one form, as a function of that."""
        groups = [[(f, p) for a in form for f, p in self.run.atoms.groups(a)] for form in bits]
        of = {f for each in groups for f, _ in each}
        plain = all(c == 1 and self.run.atoms.groups(a) for form in bits for a, c in form.items())
        if len(of) != 1 or not plain:
            return " + ".join(f"{1 << i} ({self.writes(form)})" for i, form in enumerate(bits))
        form = dict(of.pop())
        lo, hi = self.run.atoms.range(form)
        self.run.atoms.spend(64 * (hi - lo), "the measure")
        values = [
            (x, sum(value_at(p, x, "") << i for i, each in enumerate(groups) for _, p in each))
            for x in range(lo, hi + 1)
        ]
        points, text = corners(values), self.writes(form)
        return text if points == ((lo, lo), (hi, hi)) else _written(points, text)

    def _sum(self, terms: Sequence[tuple[int, tuple[tuple[int | Bent, str], ...]]], i: int) -> str:
        """A sum of products. Entry i of a row is written [i], and what is alike in all entries once."""
        alike: dict[tuple[int, str], list[int]] = {}
        for c, factors in terms:
            entries = frozenset().union(*(self._entries(of) for of, _ in factors))
            one = i < 0 and len(entries) == 1
            text = " ".join(self._word(of, letter, min(entries) if one else i) for of, letter in factors if of != 0)
            self.run.atoms.spend(len(text), "the measure")
            if len(text) > LARGEST_TEXT:
                refuse("the measure", "it is too long to be written")
            alike.setdefault((c, text), []).extend(entries if one else ())
        told = []
        for (c, text), at in alike.items():
            each = [text.replace("[i]", f"[{entry}]") for entry in at] or [text]
            if len(at) == self.run.s.dim > 1:
                each = [f"sum_i {text}"]
            times = str(abs(c)) if abs(c) > 1 or not text else ""
            told += [f"{'-' if c < 0 else '+'} {times}{' ' if times and word else ''}{word}" for word in each]
        return " ".join(told).removeprefix("+ ") or "0"

    def _inside(self, of: int | Bent) -> Iterable[Affine]:
        """The forms that an atom, or a function of a form, is made of."""
        if not isinstance(of, int):
            return [dict(of[0])]
        name = self.run.atoms.names[of]
        if of in self.fetched:
            return [self.fetched[of]]
        return map(dict, name[1:] if name[0] == "max" else [f for f, _ in self.run.atoms.groups(of)])

    def _entries(self, of: int | Bent) -> frozenset[int]:
        """The entries of rows that it is made of."""
        if of not in self._known:
            self._known[of] = self._entries_of(of)
        return self._known[of]

    def _entries_of(self, of: int | Bent) -> frozenset[int]:
        if isinstance(of, int) and self.run.atoms.names[of][0] == "doc":
            return frozenset({self.run.atoms.names[of][1] // len(self.run.s.entry_weights)})
        return frozenset().union(*(self._entries(a) for form in self._inside(of) for a in form))

    def _word(self, of: int | Bent, letter: str, i: int) -> str:
        if not isinstance(of, int):
            return _written(of[1], self.writes(dict(of[0]), letter, i))
        name = self.run.atoms.names[of]
        if name[0] == "sum":
            text = self._sum([(1, ((group, letter),)) for group in name[1]], i)
            return f"({text})" if len(name[1]) > 1 else text
        if name[0] == "doc":
            entry, bit = divmod(name[1], len(self.run.s.entry_weights))
            dot = f".{bit}" if len(self.run.s.entry_weights) > 1 else ""
            return f"{letter}[{'i' if entry == i else entry}]{dot}"
        inside = [self.writes(form, "b" if of in self.fetched else letter, i) for form in self._inside(of)]
        return f"max({', '.join(inside)})" if name[0] == "max" else inside[0] if inside else self.run.says(of)


def _written(points: Points, of: str) -> str:
    """A function of what is written so: max(0, x - k), or its values, straight in between."""
    (_, y), (k, z), *last = points
    if len(last) == 1 and y == z == 0 and last[0][1] == last[0][0] - k:
        return f"max(0, {of}{f' - {k}' if k > 0 else f' + {-k}' if k else ''})"
    return f"table({of}; {', '.join(f'{x}: {y}' for x, y in points)})"


def _asked(task: ValueOf | None, a: Values, b: Values) -> int:
    where = f"the value of {list(a)} and {list(b)}"
    try:
        value = task(a, b) if task is not None else None
    except (Exception, SystemExit) as error:
        refuse(where, _raised(error))
    if isinstance(value, bool) or not isinstance(value, int):
        refuse(where, f"{repr(value)[:80]} is no whole number")
    if value.bit_length() > 64:
        refuse(where, "it is too large")
    return value


def _raised(error: BaseException) -> str:
    return f"{type(error).__name__}: {shorten(str(error), 200, placeholder=' ..')}"


def _rows(s: Statement) -> tuple[list[Values], list[Values], bool]:
    """Rows that ask and rows that are asked about: all of them, or a hundred of each."""
    if (s.levels + 1) ** (2 * s.dim) <= LARGEST_TABLE:
        rows = list(product(range(s.levels + 1), repeat=s.dim))
        return rows, rows, True
    rng, sides = random.Random(0), []
    for _ in range(2):
        rows = [(x,) * s.dim for x in (0, 1, s.levels)]
        while len(rows) < 100:
            share, near = rng.random(), rng.choice(rows)
            fresh = [rng.randint(1, s.levels) if rng.random() < share else 0 for _ in range(s.dim)]
            rows.append(
                tuple(x if rng.random() < 0.1 else y for x, y in zip(fresh, near, strict=True))
                if len(rows) % 2
                else tuple(fresh)
            )
        sides.append(rows)
    return sides[0], sides[1], False


def _pairs(measured: Measured, task: ValueOf | None) -> Iterator[tuple[Values, Values, dict[int, int], dict[int, int]]]:
    """Pairs of rows with their atoms; none without a task."""
    rows, others, _ = _rows(measured.run.s) if task is not None else ([], [], True)
    keys = [(b, measured.of(b)) for b in others]
    for a in rows:
        asks = measured.of(a)
        for b, key in keys:
            yield a, b, asks, key


def _compared(s: Statement, task: ValueOf | None) -> str:
    if task is None:
        return "measure not compared with a task"
    rows, others, every = _rows(s)
    pairs = f"{'all' if every else 'a sample of'} {len(rows) * len(others):,} pairs of rows"
    return f"measure equal to the task's, of which the {s.prefers} is best, on {pairs}"


def _own_decision(run: Symbolic, hit: Vote, task: ValueOf | None) -> tuple[str, str]:
    s, measured, where = run.s, Measured(run, hit), "the decision"
    told: dict[int, int] = {}
    for a, b, asks, key in _pairs(measured, task):
        value, score = _asked(task, a, b), measured.score(hit.order, asks, key)
        if (score > 0) != s.meets(value):
            refuse(where, f"rows {list(a)} and {list(b)} are on the wrong side of the threshold")
        told[value] = score
    if len(told) > 1:
        # Where the score is straight in the value, it is also told at the threshold, which no pair tried may have.
        (low, first), (high, last) = min(told.items()), max(told.items())
        line = {v: Fraction((v - low) * (last - first), high - low) + first for v in told}
        limit = int(s.threshold)
        for v in (limit - 1, limit, limit + 1) if line == told else ():
            if (Fraction((v - low) * (last - first), high - low) + first > 0) != s.meets(v):
                refuse(where, f"pairs of value {v} are on the wrong side of the threshold")
    return f"a pair (a, b) meets the threshold where {measured.writes_score(hit.order)} > 0", _compared(s, task)


def _own_search(run: Symbolic, found: Search, task: ValueOf | None) -> tuple[str, str]:
    s, measured, where = run.s, Measured(run, found.partner), "the answer"
    if measured.fetched.get(found.best.flag) != {0: 1}:
        refuse(where, "READ's flag is not that a partner was found")
    partners: dict[Values, set[tuple[int, int]]] = {}
    pairs: set[tuple[int, int]] = set()
    for a, b, asks, key in _pairs(measured, task):
        value, at = _asked(task, a, b), measured.both(asks, key)
        told = sum(measured.number(form, at) << i for i, form in enumerate(found.numbers[0]))
        if told != value:
            refuse(where, f"of the rows {list(a)} and {list(b)} it puts out {told}, and their value is {value}")
        partners.setdefault(a, set()).add((measured.score(found.partner.order, asks, key), value))
        pairs.add((measured.number(found.order, at), value))
    for a, of in partners.items():
        _factor(s, list(of), f"partners of the row {list(a)}")
    _factor(s, list(pairs), where)
    by, prefers = measured.prefers(found.partner.order), measured.prefers({(a, 0): c for a, c in found.order.items()})
    spells = measured.writes_bits(found.numbers[0])
    text = f"a's partner b has the {by}; READ takes the {prefers}; the value is {spells}"
    return text, _compared(s, task)


# The command.


def check(folder: Path, theorem: OwnTask | None = None, claimed: bool = True) -> dict[str, Any]:
    """What was found of a model folder: an exit code, sentences, the certificate that it has, seconds. If there is one
    in the folder, it has to be this one, unless `claimed` is False. What a model of a theorem of one's own measures is
    compared with that theorem's task."""
    return examine(lambda name: bytes_of(folder / name) if claimed or name != CERTIFICATE else None, theorem)


def examine(read: Callable[[str], bytes | None], theorem: OwnTask | None = None) -> dict[str, Any]:
    """`check` of files by their names, of which the certificate may be missing."""
    began, certificate, compared = time.perf_counter(), None, ""
    try:
        files = {name: _needed(name, read(name)) for name in (CONFIG, WEIGHTS)}
        claimed = read(CERTIFICATE)
        told = read_json(files[CONFIG], CONFIG)
        s = statement_of(told)
        if theorem is not None and theorem[:2] != (s.name, s.prefers):
            told = f"the {theorem[1]} of {theorem[0]!r}, and the model for the {s.prefers} of {s.name!r}"
            raise Unreadable(f"the theorem asks for {told}: name the theorem that it was compiled from, or none")
        run = Symbolic(network_of(told, files[WEIGHTS], s), s)
        measured, compared = prove(run, theorem[2] if theorem is not None else None)
        certificate = certificate_of(run, measured, files)
        if claimed is not None:
            _agree(read_json(claimed, CERTIFICATE), certificate)
        code, sentence = CERTIFIED, certificate["says"]
    except Refused as error:
        code, sentence = REFUSED, f"not certified: {error}"
    except Unreadable as error:
        code, sentence = UNREADABLE, f"not readable: {error}"
    except (ArithmeticError, LookupError, TypeError, ValueError, RecursionError, MemoryError) as error:
        code, sentence = REFUSED, f"not certified: it is like nothing that this checker knows ({type(error).__name__})"
    return {
        "code": code,
        "says": sentence.encode("utf-8", "backslashreplace").decode(),
        "compared": compared if code == CERTIFIED else "",
        "certificate": certificate if code == CERTIFIED else None,
        "seconds": round(time.perf_counter() - began, 3),
    }


def _needed(name: str, raw: bytes | None) -> bytes:
    if raw is None:
        raise Unreadable(f"{name} is missing: name a model folder of proofformer")
    return raw


def certificate_of(run: Symbolic, measured: str, files: Mapping[str, bytes]) -> dict[str, Any]:
    """What was proved of these files, with all that it rests on, as JSON values."""
    s, constants = run.s, run.s.dtype.constants
    where = "on any machine that keeps to the assumptions of docs/theory.md, section 6"
    heads = [head.told(run.tells(head.record) if head.record is not None else []) for head in run.told]
    return {
        "format": "proofformer-certificate",
        "versions": VERSIONS,
        "says": f"certified: {s.says}, in {s.type_name}, {where}",
        "measured": measured,
        "sha256": {name: hashlib.sha256(raw).hexdigest() for name, raw in files.items()},
        "heads": heads,
        "sums": {layer: {"largest": reach, "below": limit} for layer, (reach, limit) in run.sums.items()},
        "stored": {layer: {"largest": size, "up to": limit} for layer, (size, limit) in run.stored.items()},
        "assumptions": [
            {"number": k, "name": name} | ({"constant": constants[name]} if name in constants else {})
            for k, name in enumerate(ASSUMPTIONS, 1)
        ],
        "lemmas": sorted(run.lemmas),
    }


def _agree(claimed: Any, found: Mapping[str, Any]) -> None:
    """A certificate is what these files prove, to the letter."""
    again = "remove it, and `proofformer certify` writes it again"
    if not isinstance(claimed, dict) or claimed.keys() != found.keys():
        refuse(CERTIFICATE, f"it has other fields than a certificate; {again}")
    if claimed["sha256"] != found["sha256"]:
        refuse(CERTIFICATE, f"it is of other files than these; {again}")
    for name, value in found.items():
        if claimed[name] != value:
            refuse(CERTIFICATE, f"what it has as {name} is not what these files prove; {again}")


def bytes_of(path: Path) -> bytes | None:
    """A file of a model folder, if it is there. Raises `Unreadable` for what is no file, or is too large to be one."""
    most = LARGEST_WEIGHTS if path.name == WEIGHTS else LARGEST_CONFIG
    try:
        if not path.parent.is_dir():
            what = "is no folder" if path.parent.exists() else "is not there"
            raise Unreadable(f"{path.parent} {what}: name a model folder of proofformer")
        if path.exists() and not path.is_file():
            raise Unreadable(f"{path} is no file")
        if path.exists() and path.stat().st_size > most:
            raise Unreadable(f"{path} is too large to be one")
        return path.read_bytes()
    except FileNotFoundError:
        return None
    except OSError as error:
        raise Unreadable(f"{str(path)[:200]} cannot be read: {error.strerror}") from None


def theorem_of(path: str) -> OwnTask:
    """Name and value of the task of the THEOREM in a Python file, which is run."""
    sys.path.insert(0, str(Path(path).parent))
    try:
        task = runpy.run_path(path)["THEOREM"].task
        return task.name, task.prefers, task.of
    except OSError as error:
        raise Unreadable(f"{path} cannot be read: {error.strerror}") from None
    except (Exception, SystemExit) as error:
        raise Unreadable(f"{path} has no THEOREM with a task ({_raised(error)})") from None


def lines(found: Mapping[str, Any]) -> list[str]:
    """What was found, line by line."""
    proved = found["certificate"]
    heads = [
        f"{h['at']}: {'; '.join(h['prefers'])}; b = {h['b']}, leak <= {h['leak']:.4f}, slack {h['slack']:.4f}"
        for h in (proved["heads"] if proved else [])
    ]
    told = [proved["measured"], found["compared"]] if proved else []
    return [*heads, *filter(None, told), found["says"], f"{found['seconds']} s"]


def main(arguments: Sequence[str]) -> int:
    usage = argparse.ArgumentParser(
        prog="check.py",
        description="Prove from the weights alone that a model answers.",
        epilog="Exit codes: 0 certified, 1 not certified, 2 not readable.",
    )
    usage.add_argument("model_dir", help="a model folder of proofformer")
    usage.add_argument(
        "--theorem", metavar="FILE", help="compare what it measures with the THEOREM in FILE, which is run"
    )
    usage.add_argument("--json", action="store_true", help="print one JSON object and nothing else")
    asked = usage.parse_args(arguments)
    try:
        found = check(Path(asked.model_dir), theorem_of(asked.theorem) if asked.theorem is not None else None)
    except Unreadable as error:
        sys.stderr.write(f"{error}\n")
        return UNREADABLE
    except KeyboardInterrupt:
        return INTERRUPTED
    text = json.dumps(found, indent=1) if asked.json else "\n".join(lines(found))
    print(text, file=sys.stderr if found["code"] == UNREADABLE and not asked.json else sys.stdout)
    return int(found["code"])


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
