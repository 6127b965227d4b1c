"""Mutated matrices in text: read as a strict reader of its own reads them, or refused. It shares no code with ours."""

from __future__ import annotations

import random
from fractions import Fraction
from pathlib import Path

import pytest

from proofformer.errors import InputError
from proofformer.problems import load_matrix

ALPHABET = "0123456789,;\t\n\r \"'#+-.eE\f\v\x1c\x85\u2028\ufeff" + "TRUEFALSEtrueabOlx_"


def strict(text: str, suffix: str) -> list[list[Fraction]] | None:
    """The entries, one character after another; None for whatever is not a matrix in the plainest sense."""
    lines, last = [""], ""
    for c in text:
        if c not in "\r\n":
            lines[-1] += c
        elif not (c == "\n" and last == "\r"):
            lines.append("")
        last = c
    lines = [x for x in lines if x.strip(" \t") and x.lstrip(" \t")[0] != "#"]
    lines = [x.partition("#")[0] for x in lines] if suffix == ".txt" else lines
    marks = {c for x in lines for k, c in enumerate(x) if c in ",;" and x[:k].count('"') % 2 == 0}
    if len(marks) > 1:
        return None
    spaced = suffix == ".txt" and not marks and ("\t" not in text or any(" " in x.strip(" ") for x in lines))
    table = [cells(x, " " if spaced else min(marks, default="\t"), suffix, spaced) for x in lines]
    rows = [row for row in table if row is not None]
    if not rows or len(rows) < len(table) or len({len(row) for row in rows}) > 1:
        return None
    if number(rows[0][-1]) is None or rows[0][0] == "":
        corner = rows[0][0] == ""
        names, rows = rows[0][corner:], [row[corner:] for row in rows[1:]]
        if not all(x[:1].isalpha() or x[:1] == "_" for x in names) and names != [str(k) for k in range(len(names))]:
            return None
    entries = [[number(x) for x in row] for row in rows]
    good = [[x for x in row if x is not None] for row in entries]
    return good if good and good == entries else None


def cells(line: str, mark: str, suffix: str, spaced: bool) -> list[str] | None:
    bare = line.strip(" \t")
    if suffix == ".txt" and not set(bare) - set("0123456789"):
        return list(bare)
    if spaced:
        return line.split()
    found, quoted = [""], False
    for c in line:
        if c == '"':
            quoted = not quoted
        elif c == mark and not quoted:
            found.append("")
        else:
            found[-1] += c
    return None if quoted else [x.strip(" \t") for x in found]


def number(cell: str) -> Fraction | None:
    if cell.lower() in ("true", "false"):
        return Fraction(cell.lower() == "true")
    if set(cell) - set("0123456789+-.eE") or not cell:
        return None
    try:
        power = cell.lower().partition("e")[2]
        return None if len(power) > 4 else Fraction(cell)
    except ValueError:
        return None


def made(rng: random.Random) -> tuple[str, str]:
    """A good matrix, its separator, header and index drawn, and the extension."""
    n, width, mark, end = rng.randint(1, 5), rng.randint(1, 5), rng.choice(",,,;\t"), rng.choice(["\n", "\r\n", "\r"])
    word = rng.choice([str, str, lambda x: f"{x}.0", lambda x: ["FALSE", "TRUE"][x], lambda x: f'"{x}"'])
    rows = [[word(rng.randint(0, 1)) for _ in range(width)] for _ in range(n)]
    suffix = rng.choice([".csv", ".csv", ".tsv", ".txt"])
    if suffix == ".txt" and rng.random() < 0.6:
        digits = rng.choice(["", " ", "  "])
        return end.join(digits.join(rng.choice("01") for _ in range(width)) for _ in range(n)) + end, suffix
    shape = rng.random()
    if shape < 0.4:
        rows.insert(0, [f"{rng.choice('abcxyz')}{k}" for k in range(width)])
    if shape < 0.2:
        rows = [["" if k == 0 else str(k - 1), *row] for k, row in enumerate(rows)]
    return end.join(mark.join(row) for row in rows) + end, suffix


def mutated(rng: random.Random, text: str, alphabet: str) -> str:
    """The text with up to three characters put in, taken out or changed."""
    for _ in range(rng.choice([0, 1, 1, 1, 2, 3])):
        at, what = rng.randrange(len(text) + 1), rng.random()
        kept = text[at:] if what < 0.4 else text[at + 1 :]
        text = text[:at] + ("" if 0.4 <= what < 0.7 else rng.choice(alphabet)) + kept
    return text


def run(folder: Path, count: int, seed: int) -> tuple[int, int]:
    """How many were read, and refused."""
    rng, read, refused = random.Random(seed), 0, 0
    for _ in range(count):
        text, suffix = made(rng)
        text = mutated(rng, text, ALPHABET)
        path = folder / f"a{suffix}"
        path.write_bytes(text.encode(rng.choice(["utf-8", "utf-8-sig", "utf-16"])))
        try:
            found = load_matrix(path)
        except InputError:
            refused += 1
            continue
        wanted = strict(text.removeprefix("\ufeff"), suffix)
        assert wanted is not None, (text, suffix, found)
        # What is not whole, which no problem takes, is as near as a float can be.
        near = [[x if x.denominator == 1 else Fraction(float(x)) for x in row] for row in wanted]
        assert [[Fraction(x) for x in row] for row in found.tolist()] == near, (text, suffix, found)
        read += 1
    return read, refused


@pytest.mark.parametrize("count", [300, pytest.param(6000, marks=pytest.mark.slow)])
def test_mutated_matrices(tmp_path: Path, count: int) -> None:
    read, refused = run(tmp_path, count, seed=17)
    assert min(read, refused) > count / 5
