import random
import tracemalloc

import pytest
from tests.documents.strict_reader import mutated_table, strict_texts

from proofformer.documents import collect
from proofformer.documents.tables import column_of, is_table
from proofformer.errors import InputError

LONGEST = 1 << 20


def read(text, name="t.csv", column="text"):
    return column_of(name, text, column, LONGEST).texts


INCH = 'id\ttext\n1\tshelf\n2\t"Oak shelf, he said\n3\tpump\n4\t20" oak\n5\t"hose\n'


@pytest.mark.parametrize(
    ("name", "text", "expected"),
    [
        # Quotation marks astray.
        ("t.tsv", INCH, ["shelf", '"Oak shelf, he said', "pump", '20" oak', '"hose']),
        ("t.csv", 'id,text\n1,"oak" shelf\n2,pump\n', ['"oak" shelf', "pump"]),
        ("t.csv", 'text;id\n"oak;1\nhose;2\n', ['"oak', "hose"]),
        ("t.csv", 'id,text\n1,6" pipe\n2,8" pipe\n', ['6" pipe', '8" pipe']),
        # Quotation marks where they belong.
        ("t.csv", 'id,text\n1,"oak, ash"\n2,"20"" shelf"\n', ["oak, ash", '20" shelf']),
        ("t.csv", '"id","text"\n"1","oak\n\nash"\n', ["oak\n\nash"]),
        ("t.csv", 'id,text\n1,"oak"\n2,""\n3,""""\n', ["oak", "", '"']),
        ("t.csv", 'text\n"20"" shelf"\noak\n', ['20" shelf', "oak"]),
        # A column of its own.
        ("one.tsv", "text\nsoup, onions\nstew; thyme\n", ["soup, onions", "stew; thyme"]),
        ("t.csv", "text\nsoup, onions\nstew; thyme\n", ["soup, onions", "stew; thyme"]),
        ("t.csv", "text\nsoup, onions\nstew; thyme\n\tsalt\n", ["soup, onions", "stew; thyme", "\tsalt"]),
        ("t.csv", 'text\n"soup, onions"\nstew, "thyme"\n', ["soup, onions", 'stew, "thyme"']),
        ("t.csv", "text\n", []),
        # Lines.
        ("t.csv", "\n\rid,text\r1,oak\r\r2,ash\r", ["oak", "ash"]),
        ("t.csv", "id,text\n1,oak\x0cash\u2028elm\n", ["oak\x0cash\u2028elm"]),
        ("t.csv", 'id, text \n1,"oak\r\nash"\n', ["oak\nash"]),
    ],
)
def test_the_one_way_to_read_a_table(name, text, expected):
    assert read(text, name) == expected
    assert strict_texts(text, "text", name[-3:]) == expected


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        ("t.csv", "id,text\n1,oak\n\n2\n", "line 4 has 1 field where the header has 2: mend it"),
        ("t.csv", "id,text\n1,oak, ash\n", "line 2 has 3 fields where the header has 2"),
        ("t.csv", 'id,text\n1,"oak, ash\n', r"with quotation marks, line 2 has a quotation mark that is not closed"),
        ("t.csv", 'id,text\n1,"oak, ash\n', r"without quotation marks, line 2 has 3 fields where the header has 2"),
        ("t.csv", 'id,text\n1,"oak" ash, elm\n', "line 2 goes on behind a closing quotation mark"),
        ("t.csv", 'text\n"oak\nash"\nelm\n', "lines 2 to 3 are 1 row .* with quotation marks, but 2 .* without"),
        ("t.tsv", 'text\tid\n"oak\t1\nash\t2\nelm"\t3\n', "lines 2 to 4 are 1 row .*, but 3 .* without"),
        ("t.csv", "text,id;text\noak,1;elm\n", "line 2 says 'oak' split at commas .*, but 'elm' split at semicolons"),
        ("t.tsv", "id,text\n1,oak\n", "has no column 'text': its columns are 'id,text'"),
        ("t.csv", "text,id,text\n", "has 2 columns 'text': rename all but one"),
        ("t.csv", "\n\n", "has no column 'text': it is empty"),
        ("t.csv", '"text,id\n', "has no column 'text'|2 columns"),
        ("t.csv", "text" + "," * 20_000 + "\n", "line 1 has more than 16,384 columns"),
        ("t.csv", "id,text\n" + "," * 20_000, "line 2 has more than 16,384 fields where the header has 2"),
        ("t.csv", "text\n" + "x" * (LONGEST + 1), "line 2 has an entry of more than 1,048,576 characters"),
        ("t.csv", 'text\n"' + "x\n" * LONGEST, "line 2 begins an entry of more than .*quotation mark"),
    ],
)
def test_what_cannot_be_read_one_way_alone_is_refused(name, text, message):
    with pytest.raises(InputError, match=f"^{name}.*[ (]({message})"):
        read(text, name)
    if len(text) < 100_000:
        assert strict_texts(text, "text", name[-3:]) in (None, [])


def test_the_names_of_tables():
    names = ["a.csv", "a.TSV", "a.csv.gz", "a.tsv.xz", "a.csv.bz2", "a.csv.txt", "csv", "a.gz"]
    assert [is_table(name) for name in names] == [True] * 5 + [False] * 3
    with pytest.raises(InputError, match="no column"):
        read("id,text\n1,oak\n", "a.TSV.gz")


@pytest.mark.parametrize(
    "text",
    [
        "id,text\n" + "," * 4_000_000,
        "," * 4_000_000,
        "text\n" + "x," * 2_000_000,
        'id,text\n1,"' + '","' * 1_250_000,
        "id,text\n1," + '"' * 4_000_000,
    ],
)
def test_a_line_of_4_mb_is_refused_in_little_memory(text):
    tracemalloc.start()
    try:
        with pytest.raises(InputError):
            read(text)
        assert tracemalloc.get_traced_memory()[1] < 6 * len(text)
    finally:
        tracemalloc.stop()


def check_mutated_tables(count, seed):
    """How many tables were read as the strict reader reads them, and how many both refuse."""
    rng, counts = random.Random(seed), {"read": 0, "refused": 0}
    for _ in range(count):
        text, kind = mutated_table(rng)
        expected = strict_texts(text, "text", kind)
        try:
            found = read(text, f"t.{kind}")
        except InputError:
            found = None
        assert found == expected, (kind, text)
        counts["refused" if found is None else "read"] += 1
    return counts


@pytest.mark.parametrize("count", [300, pytest.param(7_000, marks=pytest.mark.slow)])
def test_mutated_tables(count):
    assert min(check_mutated_tables(count, 0).values()) > count / 5


def test_rows_are_told_beside_lines(tmp_path):
    file = tmp_path / "t.tsv"
    file.write_text(INCH)
    found = collect([file], "text")
    assert found.tables == {"t.tsv": {"rows": 5, "lines": 6}}
