"""Texts of files, folders and tables, and what is told of the rest."""

import gzip
import os
import re

import pytest

from proofformer.documents import collect
from proofformer.documents.collect import LONGEST
from proofformer.errors import InputError


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """Three texts, one of them in a folder of its own."""
    (tmp_path / "b").mkdir()
    for name, text in {"b/one": "first", "a.txt": "second", "c.txt": "third"}.items():
        (tmp_path / name).write_text(text)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def texts(*paths, **kwargs):
    return {document.name: document.text for document in collect(paths, **kwargs).documents}


def test_a_folder_is_read_to_any_depth_in_order_of_path(folder):
    assert list(texts(folder).items()) == [("a.txt", "second"), ("b/one", "first"), ("c.txt", "third")]


def test_paths_are_read_in_the_order_given_and_named_below_what_they_share(folder):
    assert list(texts("c.txt", "b", "a.txt")) == ["c.txt", "b/one", "a.txt"]
    (folder / "b/two").write_text("2")
    (folder / "b/three").write_text("3")
    assert list(texts("b")) == ["one", "three", "two"]


def test_what_became_of_each_file_is_told_by_name(folder):
    """Texts in any encoding and compression are read; `test_folders` has every combination."""
    (folder / ".git").mkdir()
    (folder / "broken").symlink_to(folder / "nowhere")
    (folder / "b/up").symlink_to(folder)
    os.mkfifo(folder / "pipe")
    packed = gzip.compress(b"packed")
    for name, data in {
        ".git/config": b"hidden",
        ".profile": b"hidden, but for who names it",
        "cut.gz": packed[:-9],
        "d.1.gz": packed,
        "latin": "größe".encode("latin-1"),
        "mark": "größe".encode("utf-8-sig"),
        "noise": b"\xff\x01\x02",
        "nul": b"text\0text",
        "tar.gz": gzip.compress(b"a\0b"),
        "wide": "größer".encode("utf-16"),
        "z": b"form\x0cfeed\x01",
    }.items():
        (folder / name).write_bytes(data)
    found = collect([folder])
    assert texts(folder) == {
        **{"a.txt": "second", "b/one": "first", "c.txt": "third", "d.1.gz": "packed"},
        **{"latin": "größe", "wide": "größer", "z": "form\x0cfeed\x01"},
    }
    assert found.left() == {
        "tables": {},
        "copies": {"mark": "latin"},
        "cut": [],
        "latin1": ["latin"],
        "binary": ["noise", "nul", "tar.gz"],
        "unreadable": ["broken", "pipe", "cut.gz"],
        "hidden": 2,
    }
    assert ".profile" in texts(folder, folder / ".profile")
    with pytest.raises(InputError, match=r"'cut\.gz' cannot be read \(its gzip compression is damaged\)"):
        collect(["a.txt", "b", "cut.gz"])


@pytest.mark.parametrize("pack", [bytes, gzip.compress])
def test_a_long_text_is_cut_between_characters_and_named(folder, pack):
    (folder / "d").write_bytes(pack(b"x" + "ß".encode() * LONGEST))
    (folder / "e").write_bytes(pack(b"y" * LONGEST))
    found = collect([folder])
    assert found.cut == ["d"]
    assert found.latin1 == []
    assert found.documents[3].text == "x" + "ß" * ((LONGEST - 1) // 2)
    assert found.documents[4].text == "y" * LONGEST


def test_the_same_text_again_is_left_out_but_not_an_empty_one(folder):
    (folder / "d").write_text("second")
    (folder / "e").write_text("")
    (folder / "f").write_text("")
    found = collect([folder])
    assert found.copies == {"d": "a.txt"}
    assert [document.name for document in found.documents] == ["a.txt", "b/one", "c.txt", "e", "f"]


def test_the_same_file_again_is_one_document(folder):
    (folder / "0-link").symlink_to(folder / "a.txt")
    found = collect([folder, folder / "a.txt", "b/../a.txt", "c.txt"])
    assert [document.name for document in found.documents] == ["a.txt", "b/one", "c.txt"]
    assert found.copies == {}


def test_of_links_to_one_file_the_first_counts(folder):
    (folder / ".target").write_text("fourth")
    for name in ("d", "e"):
        (folder / name).symlink_to(folder / ".target")
    assert list(texts(folder)) == ["a.txt", "b/one", "c.txt", "d"]


def test_names_hold_nothing_a_terminal_would_obey(folder):
    (folder / "d\n\x1b[31m").write_text("fourth")
    (folder / os.fsdecode(b"e\xff")).write_text("fifth")
    assert list(texts(folder))[-2:] == ["d\\n\\x1b[31m", "e\\udcff"]


TABLE = 'id,text\n1,bread\n\n2,"milk, and\nhoney"\n3,\n'


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
@pytest.mark.parametrize("pack", [bytes, gzip.compress])
def test_rows_of_a_table_are_documents(folder, delimiter, pack):
    data = re.sub(r"(id|\d),", rf"\g<1>{delimiter}", TABLE).encode()
    (folder / "Table.CSV.gz").write_bytes(pack(data))
    assert texts("Table.CSV.gz", column="text") == {
        "Table.CSV.gz:1": "bread",
        "Table.CSV.gz:2": "milk, and\nhoney",
        "Table.CSV.gz:3": "",
    }
    assert len(texts(folder, column="text")) == 6


def test_a_table_without_a_column_named_is_a_text(folder):
    (folder / "t.csv").write_text(TABLE)
    assert texts(folder)["t.csv"] == TABLE


def test_an_entry_that_never_ends_is_refused(folder):
    (folder / "t.csv").write_text('text\n"' + "word\n" * LONGEST)
    with pytest.raises(InputError, match=r"t\.csv, line 2 .*quotation mark"):
        collect(["t.csv"], "text")


def test_an_entry_as_long_as_a_document_is_read(folder):
    long = "x" * LONGEST
    (folder / "t.csv").write_text(f"text\n{long}\na\nb\n")
    assert texts("t.csv", column="text")["t.csv:1"] == long


@pytest.mark.parametrize(
    ("paths", "column", "message"),
    [
        (["absent"], None, "no file or folder 'absent'"),
        (["a.txt", "c.txt"], None, "^2 documents found: name at least 3"),
        (["copies"], None, r"^1 document found \(left out: 2 exact copies, 1 hidden\): "),
        (["."], "text", "no .csv, .tsv or .jsonl file to read the column 'text' from"),
        (["copies/t.tsv"], "body", r"t\.tsv has no column 'body': its columns are 'id', 'text'"),
        (["copies/empty.csv"], "text", r"empty\.csv has no column 'text': it is empty"),
    ],
)
def test_refusals(folder, paths, column, message):
    (folder / "copies").mkdir()
    for name in ("x", "y", "z"):
        (folder / "copies" / name).write_text("the same")
    (folder / "copies/.hidden").write_text("")
    if (column is not None and column != "text") or "empty" in paths[0]:
        (folder / "copies/t.tsv").write_text("id\ttext\n")
        (folder / "copies/empty.csv").write_text("")
    with pytest.raises(InputError, match=message):
        collect(paths, column)
