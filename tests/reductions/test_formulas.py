"""DIMACS files in every spacing, simplification, and the check of assignments."""

from __future__ import annotations

import bz2
import gzip
import itertools
import lzma
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from proofformer.errors import InputError
from proofformer.reductions.formulas import Formula, dimacs_answer, read_dimacs


def read(tmp_path: Path, text: str) -> Formula:
    file = tmp_path / "f.cnf"
    file.write_text(text)
    return read_dimacs(file)


@pytest.mark.parametrize(
    ("text", "formula"),
    [
        ("p cnf 2 2\n1 2 0\n-1 -2 0\n", Formula(2, ((1, 2), (-1, -2)))),
        ("c hello\n\np  cnf   2\t2\n  1 2 0 -1\n\n -2\n0", Formula(2, ((1, 2), (-1, -2)))),
        ("p cnf 3 99\n1 0\n", Formula(3, ((1,),))),
        ("p cnf 1 1\n5 0\n", Formula(5, ((5,),))),
        ("p cnf 4 1\n0\n", Formula(4, ((),))),
        ("p cnf 0 0\n", Formula(0, ())),
        ("p cnf 3 0\n", Formula(3, ())),
        ("1 -2 0\n", Formula(2, ((1, -2),))),
        ("p cnf 1 2\n1 -1 0 1 1 0\n", Formula(1, ((1, -1), (1, 1)))),
        ("p cnf 2 1\r\n1 2 0\r\n%\n0\n", Formula(2, ((1, 2),))),
    ],
)
def test_files(tmp_path: Path, text: str, formula: Formula) -> None:
    assert read(tmp_path, text) == formula


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("", "holds no formula"),
        ("p cnf 2 1\n1 2\n", "ends within a clause"),
        ("p cnf 2 1\n1 x 0\n", "line 2 holds 'x'"),
        ("p dnf 2 1\n1 0\n", "line 1 is 'p dnf 2 1'"),
        ("p cnf 2\n1 0\n", "line 1 is 'p cnf 2'"),
        ("p cnf 1 1\np cnf 1 1\n1 0\n", "line 2 is"),
        ("p cnf 1 1\n1.5 0\n", "holds '1.5'"),
        ("p cnf 1 1\n99999999999999999999 0\n", "holds '99999999999999999999'"),
        ("p cnf -1 1\n1 0\n", "line 1 is"),
    ],
)
def test_what_is_no_formula_is_refused(tmp_path: Path, text: str, sentence: str) -> None:
    with pytest.raises(InputError, match=sentence):
        read(tmp_path, text)


TWO = Formula(2, ((1,), (1, 2)))
PLAIN = "p cnf 2 2\n1 0\n1 2 0\n"


@pytest.mark.parametrize(
    "data",
    [
        # Nothing but \n, \r\n and \r ends a line, so that what follows in the comment is no clause.
        *(
            f"c page{end}-1 0\n{PLAIN}".encode()
            for end in ("\f", "\v", "\x1c", "\x1d", "\x1e", "\x85", "\u2028", "\u2029")
        ),
        f"c a comment\r{PLAIN}".replace("\n", "\r").encode(),
        f"c a comment\r\n{PLAIN}".replace("\n", "\r\n").encode(),
        gzip.compress(PLAIN.encode()),
        bz2.compress(PLAIN.encode()),
        lzma.compress(PLAIN.encode()),
        gzip.compress(b"c one\n") + gzip.compress(PLAIN.encode()),
        b"\xef\xbb\xbf" + PLAIN.encode(),
        PLAIN.encode("utf-16"),
        b"\xfe\xff" + PLAIN.encode("utf-16-be"),
        b"c Andr\xe9\n" + PLAIN.encode(),
        f"c Andr\u00e9\n{PLAIN}".encode(),
        f"{PLAIN}%\n0\n".encode(),
        b"p\tcnf\f2 2\n1\v0 1\f2\t0\n",
    ],
)
def test_whatever_a_file_is_written_in(tmp_path: Path, data: bytes) -> None:
    (tmp_path / "f.cnf").write_bytes(data)
    assert read_dimacs(tmp_path / "f.cnf") == TWO


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("p cnf 2 4\n1 2 0\n-1 2 0\n", "says 2 variables and 4 clauses, the file has 2 variables and 2 clauses"),
        ("p cnf 2 1\n1 2 0\n-1 2 0\n", "says 2 variables and 1 clauses, the file has 2 variables and 2 clauses"),
        ("p cnf 2 1\n3 0\n", "says 2 variables and 1 clauses, the file has 3 variables and 1 clauses"),
        ("p cnf 1 0\n1 0\n", "says 1 variables and 0 clauses, the file has 1 variables and 1 clauses"),
        ("p cnf 3 1\n1 0\n", None),
        ("1 0\n", None),
    ],
)
def test_a_header_that_promises_other_counts(tmp_path: Path, text: str, said: str | None) -> None:
    differs = read(tmp_path, text).differs
    assert differs is None if said is None else differs is not None and said in differs


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        (gzip.compress(PLAIN.encode())[:-9], "its gzip compression is damaged"),
        (bz2.compress(PLAIN.encode())[:-9], "its bzip2 compression is damaged"),
        (lzma.compress(PLAIN.encode())[:-9], "its xz compression is damaged"),
        (gzip.compress(gzip.compress(PLAIN.encode())), "no text"),
        (PLAIN.encode("utf-16-le"), "no text"),
        (gzip.compress(b"c" * (1 << 26)), "more than 33,554,432 bytes"),
        (b"p cnf 2 1\n1\xc2\xa02 0\n", r"holds '1\\xa02'"),
        (b"p cnf 2 1\n1 -0\n", "holds '-0'"),
        (b"p cnf 2 1\n+1 0\n", r"holds '\+1'"),
        (b"1 0\n%\n-1 0\n", "line 3 is after the %"),
        (b"1 0\np cnf 1 1\n", "begin with one line"),
        (b"\x00p cnf 1 1", "no text"),
    ],
)
def test_what_could_be_read_in_two_ways_is_refused(tmp_path: Path, data: bytes, sentence: str) -> None:
    (tmp_path / "f.cnf").write_bytes(data)
    with pytest.raises(InputError, match=sentence) as caught:
        read_dimacs(tmp_path / "f.cnf")
    assert len(str(caught.value)) < 300 + len(str(tmp_path))


LITERALS = st.integers(1, 4).flatmap(lambda v: st.sampled_from([v, -v]))


@given(st.lists(st.lists(LITERALS, max_size=3).map(tuple), max_size=8).map(tuple))
def test_simplified_has_the_same_solutions(clauses: tuple[tuple[int, ...], ...]) -> None:
    formula = Formula(4, clauses)
    every = [
        tuple(v if bit else -v for v, bit in zip(range(1, 5), bits, strict=True))
        for bits in itertools.product((0, 1), repeat=4)
    ]
    solutions = [a for a in every if formula.holds(a)]
    simplified = formula.simplified()
    if simplified is None:
        assert not solutions
        return
    left, fixed = simplified
    assert all(len(clause) > 1 and all(abs(x) not in fixed for x in clause) for clause in left)
    kept = [a for a in every if all((v if value else -v) in a for v, value in fixed.items())]
    assert solutions == [a for a in kept if all(any(x in a for x in clause) for clause in left)]


def test_only_whole_assignments_hold() -> None:
    formula = Formula(2, ((1, 2),))
    assert formula.holds((1, -2))
    assert not formula.holds((1,))
    assert not formula.holds((1, -1))
    assert not formula.holds((-1, -2))
    assert Formula(0, ()).holds(())
    assert not Formula(1, ((),)).holds((1,))


def test_answers_as_lines() -> None:
    assert list(dimacs_answer(None)) == ["s UNSATISFIABLE"]
    assert list(dimacs_answer(())) == ["s SATISFIABLE", "v 0"]
    lines = list(dimacs_answer(tuple(range(1, 31))))
    assert [len(line.split()) for line in lines] == [2, 21, 12]


def test_literals_have_to_be_variables() -> None:
    with pytest.raises(InputError, match="literal 3"):
        Formula(2, ((3,),))
