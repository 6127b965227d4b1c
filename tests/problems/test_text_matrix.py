"""Matrices in text: separators, headers, index columns and encodings that can be read in one way, and all others."""

from __future__ import annotations

import bz2
import gzip
import lzma
import time
import tracemalloc
from pathlib import Path

import numpy as np
import pytest

from proofformer.errors import InputError
from proofformer.problems import files, load_matrix

ROWS = [[0, 1, 0], [1, 1, 1], [1, 0, 0]]
PLAIN = "0,1,0\n1,1,1\n1,0,0\n"


def read(folder: Path, name: str, content: str | bytes) -> list[list[float]]:
    (folder / name).write_bytes(content if isinstance(content, bytes) else content.encode())
    return load_matrix(folder / name).tolist()  # type: ignore[no-any-return]


@pytest.mark.parametrize(
    ("name", "content"),
    [
        # What pandas and R write.
        ("a.csv", ",a,b,c\n0,0,1,0\n1,1,1,1\n2,1,0,0\n"),
        ("a.csv", ",0,1,2\n0,0,1,0\n1,1,1,1\n2,1,0,0\n"),
        ("a.csv", ",a,b,c\nx,False,True,False\ny,True,True,True\nz,True,False,False\n"),
        ("a.csv", '"","a","b","c"\n"1",FALSE,TRUE,FALSE\n"2",TRUE,TRUE,TRUE\n"3",TRUE,FALSE,FALSE\n'),
        ("a.csv", ",a,b,c\n7,0,1,0\n3,1,1,1\n5,1,0,0\n"),
        ("a.csv", "a,b,c\n0,1,0\n1,1,1\n1,0,0\n"),
        ("a.csv", "a,b,c\n0.0,1.0,0.0\n1.0,1.0,1.0\n1.0,0.0,0.0\n"),
        ("a.csv", '"a,1";b;c\n0;1;0\n1;1;1\n1;0;0\n'),
        ("a.tsv", "\ta\tb\tc\n0\t0\t1\t0\n1\t1\t1\t1\n2\t1\t0\t0\n"),
        ("a.csv", ",f\u00e9v,b,c\nx,0,1,0\ny,1,1,1\nz,1,0,0\n".encode("latin-1")),
        # Digits, spaces and comments.
        ("a.txt", "010\n111\n100\n"),
        ("a.txt", "# comment\n\n  010  \n   \n111\r100"),
        ("a.txt", "0 1 0\n1\t1  1\n1 0 0\n"),
        ("a.txt", '010# 1, "one\n111 # two; three\n100\t#\n'),
        ("a.txt", "0,1,0 # one\n1,1,1#\n1,0,0\n"),
        ("a.txt", "0,1,0\n1, 1, 1\n100\n"),
        ("a.csv", "\ufeff# a comment, with a comma\n0,1,0\n\n1,1,1\n1.0,0e3,-0\n"),
        # Separators and quotes.
        ("a.CSV", " 0, 1,0 \r\n1,1,1\r\n1,0,0"),
        ("a.csv", PLAIN.replace(",", ";")),
        ("a.csv", PLAIN.replace(",", "\t")),
        ("a.tsv", PLAIN.replace(",", "\t")),
        ("a.tsv", PLAIN),
        ("a.txt", PLAIN.replace(",", ";")),
        ("a.txt", PLAIN.replace(",", "\t")),
        ("a.csv", PLAIN.replace(",", " , ")),
        ("a.csv", PLAIN.replace(",", ",\t")),
        ("a.csv", '"0","1","0"\n"1", "1","1"\n1,0,0\n'),
        ("a.csv", "FALSE,TRUE,FALSE\nTRUE,TRUE,TRUE\nTRUE,FALSE,FALSE\n"),
        ("a.csv", "0e0,+1,-0\n1.,1e0,10e-1\n1,.0,0.000\n"),
        # Encodings, line ends and compression.
        ("a.csv", PLAIN.encode("utf-16")),
        ("a.csv", b"\xfe\xff" + PLAIN.encode("utf-16-be")),
        ("a.csv", b"\xef\xbb\xbf" + PLAIN.encode()),
        ("a.csv", PLAIN.replace("\n", "\r")),
        ("a.csv", PLAIN.replace("\n", "\r\n")),
        ("a.csv", f"# one\f9,9,9\u20289,9,9\x859\n{PLAIN}"),
        ("a.csv.gz", gzip.compress(PLAIN.encode())),
        ("a.csv.bz2", bz2.compress(PLAIN.encode())),
        ("a.csv.xz", lzma.compress(PLAIN.encode())),
        ("a.CSV.GZ", gzip.compress(PLAIN.encode())),
        ("a.txt", gzip.compress(b"010\n111\n100\n")),
        ("a.tsv.xz", lzma.compress(PLAIN.replace(",", "\t").encode("utf-16"))),
    ],
)
def test_what_can_be_read_in_one_way_is(tmp_path: Path, name: str, content: str | bytes) -> None:
    assert read(tmp_path, name, content) == ROWS


@pytest.mark.parametrize(
    ("name", "content", "sentence"),
    [
        # A header or an index column that may be entries.
        ("a.csv", "0,1\n0,1\n1,1\n", "line 1 .* looks like a header"),
        ("a.csv", "0,1,2\n0,1,0\n1,1,1\n", "line 1 .* looks like a header"),
        ("a.csv", "0;1;2\n0;1;0\n1;1;1\n", "line 1 .* looks like a header"),
        ("a.csv", "0\n1\n1\n", "line 1 .* looks like a header"),
        ("a.csv", "0,5\n1,6\n2,7\n", "column 1 .* index column"),
        ("a.csv", "1,5\n2,6\n3,7\n", "column 1 .* index column"),
        ("a.csv", "a,b\n0,1\n1,1\n", "column 1 .* index column"),
        ("a.csv", "a,b\n1,1\n2,1\n", "column 1 .* index column"),
        ("a.csv", "id,b\n1,1\n0,1\n1,1\n", "column 1 .* index column"),
        ("a.csv", ",a,b\n0,0,1\n0,1,1\n", "may have an index column"),
        ("a.csv", ",0,1\n1,0,1\n0,1,1\n", "may have an index column"),
        ("a.csv", ",1,1\n1,0,1\n0,1,1\n", "line 1, column 1 .* holds nothing"),
        ("a.csv", "id,0,1\n0,0,1\n1,1,1\n", "line 1, column 1 .* holds 'id'.* header or an index column"),
        ("a.csv", "x,0,1\ny,1,1\n", "line 1, column 1 .* holds 'x'.* header or an index column"),
        ("a.csv", "a,b\nx,1\ny,0\n", "line 2, column 1 .* holds 'x'"),
        ("a.csv", "a,a\n1,1\n1,0\n", "a name twice"),
        ("a.csv", "a,,c\n1,1,0\n1,0,0\n", "line 1, column 1 .* holds 'a'"),
        ("a.csv", "O,l\n1,1\n1,0\n", "line 1, column 1 .* holds 'O'"),
        ("a.csv", "0x1,0x0\n1,1\n1,0\n", "line 1, column 1 .* holds '0x1'"),
        ("a.csv", "x\n1\n0\n", "line 1, column 1 .* holds 'x'"),
        ("a.csv", "a,b\n1,1,0\n1,0,1\n", "line 2 .* 3 entries but line 1 .* 2"),
        ("a.csv", "a,b\n", "a header and no rows"),
        ("a.csv", "a,b\nc,d\n1,0\n", "line 2, column 1 .* holds 'c'"),
        # Rows and entries.
        ("a.csv", "# two rows\n0,1,1\n\n0,1\n", "line 4 .* 2 entries but line 2 has 3"),
        ("a.txt", "011\n0111\n", "line 2 .* 4 entries but line 1 has 3"),
        ("a.txt", "0 1 1\n0 1\n", "line 2 .* 2 entries"),
        ("a.csv", "0,1,1\n0,abc,1\n", "line 2, column 2 .* holds 'abc'"),
        ("a.csv", "0,1,\n", "line 1, column 3 .* holds nothing"),
        ("a.csv", "0,1_0\n", "line 1, column 2 .* holds '1_0'"),
        ("a.csv", "0,١\n", "line 1, column 2 .* holds '١'"),
        ("a.txt", "011\n01x\n", "line 2, column 1 .* holds '01x'"),
        ("a.txt", "0 1 1\n0 1 one\n", "line 2, column 3 .* holds 'one'"),
        ("a.csv", "0,1,1 # one\n1,1,1\n", "line 1, column 3 .* holds '1 # one'"),
        ("a.txt", "0,,1\n", "line 1, column 2 .* holds nothing"),
        ("a.txt", "01\x1b1\n", "line 1, column 1"),
        # Separators and quotes.
        ("a.csv", "0,0;1,0\n1,0;1,0\n", "both ',' .line 1. and ';' .line 1."),
        ("a.csv", "0 1 0\n1 1 1\n", "holds '0 1 0'"),
        ("a.tsv", "0\t\t1\n1\t1\t1\n", "line 1, column 2 .* holds nothing"),
        ("a.txt", "0\t\t1\n1\t\t0\n", "line 1, column 2 .* holds nothing"),
        ("a.csv", '"0,1"\n"1,0"\n', "holds '0,1'"),
        ("a.csv", '1,0\n"0,1\n1,0"\n', "line 2 .* quotes that do not match"),
        ("a.csv", '1,0\n"0"1,1\n', "line 2 .* quotes that do not match"),
        ("a.csv", "1,0\n'0',1\n", "line 2, column 1"),
        # Numbers.
        ("a.csv", "1,1.0000000000000001\n", "line 1, column 2 .* holds '1.0000000000000001'"),
        ("a.csv", "1,1e-400\n", "line 1, column 2 .* holds '1e-400'"),
        ("a.csv", "1,0.99999999999999999999\n", "line 1, column 2"),
        ("a.csv", "1,1e-999999999\n", "line 1, column 2 .* holds '1e-999999999'"),
        ("a.txt", "1 2.0000000000000000000000000001\n", "line 1, column 2"),
        ("a.csv", "1,9007199254740993\n", "line 1, column 2 .* holds '9007199254740993'"),
        ("a.csv", "1,01\n", "line 1, column 2 .* holds '01'"),
        ("a.csv", "1,1e99999999999999999999\n", "line 1, column 2"),
        ("a.csv", "1,1\f\n", r"line 1, column 2 .* holds '1\\x0c'"),
        ("a.csv", "1,1\u00a0\n", r"line 1, column 2 .* holds '1\\xa0'"),
        ("a.csv", "1,tRUE\n", "line 1, column 2 .* holds 'tRUE'"),
        ("a.csv", "1,2,3\n40,0,9\n", "line 1 of .* counts 1, 2, ... and looks like a header"),
        ("a.csv", "0.0,1.0,2.0\n4,0,9\n", "line 1 of .* counts 0, 1, ... and looks like a header"),
        ("a.txt", "1\n" * ((1 << 22) + 2), r"has 4,194,306 lines: pass at most 4,194,304"),
        # Compression.
        ("a.csv.bz2", bz2.compress(PLAIN.encode()) + b"0,1\n", "its bzip2 compression is damaged"),
        ("a.csv.xz", lzma.compress(PLAIN.encode()) + b"0,1\n", "its xz compression is damaged"),
        ("a.csv.gz", gzip.compress(PLAIN.encode())[:-9], "its gzip compression is damaged"),
        ("a.csv", bz2.compress(PLAIN.encode())[:-9], "its bzip2 compression is damaged"),
        ("a.csv.xz", lzma.compress(PLAIN.encode())[:-9], "its xz compression is damaged"),
        ("a.csv.gz", gzip.compress(gzip.compress(PLAIN.encode())), "is not text"),
        ("a.csv", PLAIN.encode("utf-16-le"), "is not text"),
    ],
)
def test_what_may_be_two_things_is_refused(tmp_path: Path, name: str, content: str | bytes, sentence: str) -> None:
    with pytest.raises(InputError, match=sentence) as caught:
        read(tmp_path, name, content)
    assert "\n" not in str(caught.value)


def test_a_comment_in_front_says_that_these_are_entries(tmp_path: Path) -> None:
    for content in ("0,1\n0,1\n1,1\n", "1,2,3\n4,5,6\n", "0,5\n1,6\n2,7\n", "0\n1\n"):
        expected = [[int(x) for x in line.split(",")] for line in content.split()]
        assert read(tmp_path, "a.csv", "#\n" + content) == expected
    assert read(tmp_path, "a.csv", "# my table\na,b\n0,1\n1,1\n") == [[0, 1], [1, 1]]


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.csv", b"0," * 4_000_000 + b"1\n"),
        ("a.csv", b"0" * 8_000_000),
        ("a.csv", b'"' * 8_000_001),
        ("a.csv", b'"0",' * 2_000_000 + b"1\n"),
        ("a.txt", b"0 " * 4_000_000 + b"1\n"),
        ("a.txt", b"01" * 4_000_000),
        ("a.csv.gz", gzip.compress(b"0," * (1 << 25), 1)),
    ],
)
def test_a_line_of_8_megabytes_is_refused_in_no_time(
    tmp_path: Path, name: str, content: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(files, "MOST_TEXT", 1 << 24)
    (tmp_path / name).write_bytes(content)
    tracemalloc.start()
    start = time.perf_counter()
    with pytest.raises(InputError):
        load_matrix(tmp_path / name)
    seconds, (_, peak) = time.perf_counter() - start, tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert seconds < 10
    assert peak < 60e6


def test_a_matrix_of_a_million_entries_is_read(tmp_path: Path) -> None:
    rows = np.random.default_rng(0).integers(0, 2, (20, 50_000))
    np.savetxt(tmp_path / "a.csv", rows, fmt="%d", delimiter=",")
    start = time.perf_counter()
    np.testing.assert_array_equal(load_matrix(tmp_path / "a.csv"), rows)
    assert time.perf_counter() - start < 2
