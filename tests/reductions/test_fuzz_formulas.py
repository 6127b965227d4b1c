"""Mutated formulas: read as a strict reader of its own reads them, or refused. It shares no code with ours."""

from __future__ import annotations

import bz2
import gzip
import lzma
import random
from pathlib import Path

import pytest
from tests.problems.test_fuzz_matrices import mutated

from proofformer.errors import InputError
from proofformer.reductions.formulas import read_dimacs

ALPHABET = "0123456789- \t\n\r\f\v\x1c\x85\u2028\ufeff%cpnf.+x\0"
PACKED = (bytes, bytes, bytes, gzip.compress, bz2.compress, lzma.compress)


def strict(text: str) -> tuple[int, list[list[int]]] | None:
    """The number of variables and the clauses, character by character; None for what is no formula."""
    lines, line = [], ""
    for c in text.replace("\r\n", "\n"):
        if c in "\r\n":
            lines.append(line)
            line = ""
        else:
            line += c
    declared, clauses, clause, seen, ended = 0, list[list[int]](), list[int](), False, False
    for whole in [*lines, line]:
        line = whole
        for blank in "\t\v\f":
            line = line.replace(blank, " ")
        words = [word for word in line.split(" ") if word]
        if not words or words[0][0] == "c":
            continue
        if ended and words not in (["0"], ["%"]):
            return None
        if words[0] == "%":
            ended = True
        if ended:
            continue
        if words[0] == "p":
            if seen or len(words) != 4 or words[1] != "cnf":
                return None
            declared = int(words[2])
            seen = True
            continue
        for word in words:
            if set(word) - set("0123456789-") or "-" in word[1:] or word == "-":
                return None
            if int(word) == 0:
                clauses.append(clause)
                clause = []
            else:
                clause.append(int(word))
        seen = True
    if clause or not seen:
        return None
    return max([declared, *(abs(x) for c in clauses for x in c)]), clauses


def made(rng: random.Random) -> str:
    variables, count = rng.randint(1, 6), rng.randint(0, 6)
    end = rng.choice(["\n", "\n", "\r\n", "\r"])
    lines = [
        "c " + rng.choice(["a", "page", "Andr\u00e9"]) + rng.choice(" \f\v\x1d\x85\u2028") + "-1 0"
        for _ in range(rng.randint(0, 2))
    ]
    lines.append(f"p cnf {variables} {count}")
    for _ in range(count):
        clause = [rng.choice((1, -1)) * rng.randint(1, variables) for _ in range(rng.randint(1, 3))]
        lines.append(rng.choice([" ", "  ", "\t", "\n"]).join(map(str, [*clause, 0])))
    return end.join(lines) + rng.choice(["", end, f"{end}%{end}0{end}"])


def run(folder: Path, count: int, seed: int) -> tuple[int, int]:
    """How many were read, and refused."""
    rng, read, refused = random.Random(seed), 0, 0
    file = folder / "f.cnf"
    for _ in range(count):
        text = mutated(rng, made(rng), ALPHABET)
        data = text.encode(rng.choice(["utf-8", "utf-8-sig", "utf-16"]))
        file.write_bytes(rng.choice(PACKED)(data))
        try:
            found = read_dimacs(file)
        except InputError:
            refused += 1
            continue
        wanted = strict(text.removeprefix("\ufeff"))
        assert wanted == (found.variables, [list(clause) for clause in found.clauses]), (text, found)
        read += 1
    return read, refused


@pytest.mark.parametrize("count", [300, pytest.param(6000, marks=pytest.mark.slow)])
def test_mutated_formulas(tmp_path: Path, count: int) -> None:
    read, refused = run(tmp_path, count, seed=17)
    assert read > count / 5
    assert refused > count / 10
