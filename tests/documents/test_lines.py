"""Lines of files and of standard input as texts, and JSON objects on lines."""

import gzip
import io
import json
import sys
from types import SimpleNamespace

import pytest

from proofformer.documents import collect
from proofformer.documents.collect import LONGEST
from proofformer.errors import InputError


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def piped(monkeypatch):
    """Standard input of these bytes."""
    return lambda data: monkeypatch.setattr(sys, "stdin", SimpleNamespace(buffer=io.BytesIO(data)))


def texts(*paths, **kwargs):
    return {document.name: document.text for document in collect(paths, **kwargs).documents}


@pytest.mark.parametrize("pack", [bytes, gzip.compress])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_each_line_is_a_text_by_its_number(folder, piped, pack, end):
    """Blank lines are none, a line that comes again is a copy, and nothing but a line end ends one."""
    data = pack(end.join(["bread", "", "  ", "milk, \x0b \u2028honey", "bread", "größe"]).encode())
    expected = {"1": "bread", "4": "milk, \x0b \u2028honey", "6": "größe"}
    (folder / "t.txt").write_bytes(data)
    assert texts("t.txt", lines=True) == {f"t.txt:{k}": text for k, text in expected.items()}
    found = collect(["t.txt"], lines=True)
    assert found.copies == {"t.txt:5": "t.txt:1"}
    assert found.tables == {"t.txt": {"rows": 4, "lines": 6}}
    piped(data)
    assert texts("-") == {f"standard input:{k}": text for k, text in expected.items()}


def test_files_are_whole_beside_standard_input(folder, piped):
    (folder / "a.txt").write_text("one\ntwo")
    piped(b"three\nfour\n")
    assert texts("-", "a.txt") == {"a.txt": "one\ntwo", "standard input:1": "three", "standard input:2": "four"}
    (folder / "-").write_text("a file")
    piped(b"three\nfour\n")
    assert texts("./-", "-")["-"] == "a file"


@pytest.mark.parametrize("name", ["t.jsonl", "T.NDJSON", "t.jsonl.gz", None])
def test_an_entry_of_each_object(folder, piped, name):
    rows = [{"id": 1, "text": "bread"}, {"text": "milk\nhoney \u00e9", "more": {"text": [1], "a": {}}}, {"text": ""}]
    data = "\n\n".join(map(json.dumps, rows)).encode()
    (folder / (name or "unread")).write_bytes(data)
    piped(data)
    expected = {1: "bread", 3: "milk\nhoney é", 5: ""}
    found = texts(name or "-", column="text")
    assert found == {f"{name or 'standard input'}:{k}": text for k, text in expected.items()}


def test_the_text_that_is_asked_for_is_whole_and_first(folder):
    (folder / "near.txt").write_text("one\ntwo")
    (folder / "t.txt").write_text("three\nfour\none\n")
    assert texts("t.txt", "near.txt", near="near.txt", lines=True) == {
        "near.txt": "one\ntwo",
        **{"t.txt:1": "three", "t.txt:2": "four", "t.txt:3": "one"},
    }


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("{", "line 2 is not JSON"),
        ("{'text': 'a'}", "line 2 is not JSON"),
        ('{"text": "a"} {"text": "b"}', "line 2 is not JSON"),
        ("[" * 100_000, "line 2 is not JSON"),
        ('["text"]', "line 2 is .*no JSON object"),
        ('"text"', "line 2 is .*no JSON object"),
        ("{}", "line 2 has no 'text': it has no keys"),
        ('{"Text": "a"}', "line 2 has no 'text': its keys are 'Text'"),
        ('{"text": "a", "text": "b"}', "line 2 has 'text' twice"),
        ('{"text": null}', "line 2 has null for 'text', no text"),
        ('{"text": 5}', "line 2 has 5 for 'text', no text"),
        ('{"text": ["a"]}', "line 2 has .*no text"),
        (json.dumps({"text": "x" * (LONGEST + 1)}), "line 2 has a text of more than"),
    ],
)
def test_what_is_no_text_is_refused_by_its_line(folder, line, told):
    good = '{"text": "bread"}'
    (folder / "t.jsonl").write_text(f"{good}\n{line}\n{good}\n")
    with pytest.raises(InputError, match=f"^t.jsonl, {told}"):
        collect(["t.jsonl"], "text")


def test_other_refusals(folder, piped, monkeypatch):
    (folder / "t.txt").write_text("x" * (LONGEST + 1))
    with pytest.raises(InputError, match=r"t\.txt, line 1 has a text of more than 1,048,576 characters"):
        collect(["t.txt"], lines=True)
    with pytest.raises(InputError, match="--lines and --column text both"):
        collect(["t.txt"], "text", lines=True)
    (folder / "t.txt").write_text("a\nb\nc\n")
    with pytest.raises(InputError, match=r"1 document found: .*with --lines$"):
        collect(["t.txt"])
    monkeypatch.setattr(sys, "stdin", None)
    with pytest.raises(InputError, match=r"^standard input cannot be read \(it is closed\)"):
        collect(["-"])
    for data, told in (
        (b"a\0b", "standard input is no text"),
        (b"", "0 documents"),
        (gzip.compress(b"ab")[:-9], "gzip"),
    ):
        piped(data)
        with pytest.raises(InputError, match=told):
            collect(["-"])
    monkeypatch.setitem(collect.__globals__, "LONGEST_TABLE", 5)
    piped(b"a\nb\nc\nd")
    with pytest.raises(InputError, match="'standard input' has more than"):
        collect(["-"])
