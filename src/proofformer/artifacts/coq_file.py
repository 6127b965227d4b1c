"""A model folder as a file of Coq: its weights, and the theorem that they answer, which `coqc` proves or refuses.

What is stored is read as `check.py` reads it. The proof is in proofs/coq; nothing is proved here.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from itertools import accumulate
from math import ceil, floor
from pathlib import Path
from textwrap import fill

from proofformer.artifacts.folder import write_files
from proofformer.check import (
    CONFIG,
    WEIGHTS,
    Layers,
    ModelWeights,
    Refused,
    SparseRows,
    Statement,
    Unreadable,
    network_of,
    read_json,
    statement_of,
)
from proofformer.errors import InputError

QUESTIONS = {
    ("closest-pair", "hamming"): "ClosestPair",
    ("farthest-pair", "hamming"): "FarthestPair",
    ("min-ip", "inner"): "MinIP",
    ("max-ip", "inner"): "MaxIP",
    ("ov", "inner"): "Orthogonal",
}
"""The questions of proofs/coq/Spec.v, by problem and metric."""

MADE = "(** The weights of a model of proofformer"
"""How a file begins that may be written over."""


def coq_file(folder: Path) -> str:
    """The weights in a model folder and their theorem. Raises `InputError` for what proofs/coq does not know yet."""
    config, weights = _read(folder / CONFIG), _read(folder / WEIGHTS)
    try:
        told = read_json(config, CONFIG)
        statement = statement_of(told)
        _demand_known(statement)
        network = network_of(told, weights, statement)
    except (Unreadable, Refused) as error:
        raise InputError(f"{folder}: {error}") from None
    told, said = _theorem(statement, network)
    lines = [
        f"{MADE}, in {statement.type_name}, and the theorem that over the real",
        "    numbers they answer, which coqc proves or refuses (proofs/README.md):",
        f"    {statement.says}.",
        f"    {WEIGHTS} has the sha256 {hashlib.sha256(weights).hexdigest()}. *)",
        "From Coq Require Import ZArith List.",
        "From Proofformer Require Import Net Spec Check Sound.",
        "Import ListNotations.",
        "Open Scope Z_scope.",
        "",
        *definition(network, statement.inclusive),
        f"(** {told}; up to {statement.max_n} documents. *)",
        f"Theorem this_model_is_exact : {said}.",
        f"Proof. apply {'decision' if statement.decide else 'check'}_sound. vm_compute. reflexivity. Qed.",
        "Print Assumptions this_model_is_exact.",
    ]
    return "\n".join(lines) + "\n"


def write_coq_file(folder: Path, target: Path) -> None:
    """`coq_file` as a file, over nothing but another one."""
    write_files(target, {"": coq_file(folder).encode()}, _is_ours, "Coq file of proofformer")


def _is_ours(file: Path) -> bool:
    try:
        return file.read_bytes().startswith(MADE.encode())
    except OSError:
        return False


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise InputError(f"{path} cannot be read: {error.strerror}") from None


def _unknown(what: str) -> InputError:
    return InputError(
        f"proofs/coq has no theorem yet for {what}: it has closest-pair and farthest-pair (hamming), min-ip, "
        "max-ip and ov, of bits"
    )


def _demand_known(s: Statement) -> None:
    unknown = {
        "a theorem of one's own": s.own,
        "grids": s.levels > 1,
        "the factor gamma": s.gamma > 1,
        f"{s.name} ({s.metric})": (s.name, s.metric) not in QUESTIONS,
    }
    for what, is_so in unknown.items():
        if is_so:
            raise _unknown(what)


def _theorem(s: Statement, network: ModelWeights) -> tuple[str, str]:
    """What it is about in words, and the proposition."""
    place = dict(network.inputs).get("place", 0)
    flags = ("is_first", "is_second") if s.two else ("is_document",)
    due = (("one", 1), ("is_start", 1), *((f, 1) for f in flags), ("doc", s.dim), ("place", place))
    copied = tuple((f"seen:{name}", n) for name, n in due if f"seen:{name}" in dict(network.inputs))
    value = len(network.unembed) - 2 * place - 1
    if network.inputs != due + copied * s.inclusive or (len(network.unembed) != 1 if s.decide else value < 0):
        raise InputError(f"{CONFIG}: its inputs or outputs are not those of its question")
    first = dict(zip((f"seen:{name}" for name, _ in due), accumulate((n for _, n in due), initial=0), strict=False))
    copies = " ++ ".join(f"seq {first[name]} {n}" for name, n in copied)
    size = f"{s.dim}%nat {place}%nat"
    asked, two = QUESTIONS[s.name, s.metric], str(s.two).lower()
    documents = f"{'Two sets of documents' if s.two else 'Documents'} of {s.dim} bits"
    if s.decide:
        limit = ceil(s.threshold) if s.most else floor(s.threshold)
        return (
            f"{documents}; a value of {limit} or {'more' if s.most else 'less'}",
            f"decides {asked} {limit}%nat {two} W {size} ({copies or 'nil'}) {s.max_n}",
        )
    return (
        f"{documents}, indices of {place}, values of {value}",
        f"answers {asked} {two} W {size} {value}%nat ({copies or 'nil'}) {s.max_n}",
    )


def definition(network: ModelWeights, inclusive: bool = False) -> Iterator[str]:
    """The definition of W, block by block; `inclusive`: where a token sees itself."""
    for k, block in enumerate(network.blocks):
        yield from _block(f"block_{k}", block)
    names = "; ".join(f"block_{k}" for k in range(len(network.blocks)))
    yield "Definition W : model := {|"
    yield f"  sees_itself := {str(inclusive).lower()};"
    yield _matrix("embed", network.embed) + ";"
    yield f"  blocks := [{names}];"
    yield _matrix("unembed", network.unembed) + " |}."
    yield ""


def _block(name: str, block: Layers) -> Iterator[str]:
    yield f"Definition {name} : block := {{|"
    yield f"  at_read := {str(block.read).lower()};"
    if block.heads:
        yield "  heads := [{|"
        head = {"query": block.query, "key": block.key, "value": block.value, "output": block.output}
        yield ";\n".join(_matrix(part, rows) for part, rows in head.items()) + " |}];"
    else:
        yield "  heads := [];"
    yield _matrix("hidden", block.hidden) + ";"
    yield _vector("hidden_bias", block.hidden_bias) + ";"
    yield _matrix("out", block.out) + ";"
    yield _vector("out_bias", block.out_bias) + " |}."
    yield ""


def _matrix(name: str, rows: SparseRows) -> str:
    """Of each row the entries that are not 0: column, weight."""
    return _listed(name, ["[" + "; ".join(f"({c}%N,{w})" for c, w in sorted(row.items())) + "]" for row in rows])


def _vector(name: str, rows: SparseRows) -> str:
    return _listed(name, [str(row.get(0, 0)) for row in rows])


def _listed(name: str, items: Sequence[str]) -> str:
    text = f"  {name} := [{'; '.join(items)}]"
    return fill(text, 118, subsequent_indent="    ", break_long_words=False, break_on_hyphens=False)
