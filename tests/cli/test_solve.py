import gzip
import json
import os
from pathlib import Path
from threading import Thread

import numpy as np
import pytest
import torch
from click.testing import CliRunner

import proofformer
from proofformer.cli.main import cli


@pytest.fixture
def inputs(here):
    """The same rows in each of the four forms."""
    rows = np.array([[int(c) for c in line] for line in (here / "rows.txt").read_text().split()])
    np.save(here / "rows.npy", rows)
    np.savez(here / "rows.npz", rows=rows)
    np.savetxt(here / "rows.csv", rows, fmt="%d", delimiter=",")
    return here


@pytest.mark.parametrize("name", ["rows.txt", "rows.csv", "rows.npy", "rows.npz"])
@pytest.mark.parametrize("backend", ["sdpa", "reference"])
def test_solve_json_of_a_search(inputs, run, name, backend):
    result = run("solve", "cp", name, "--backend", backend, "--json")
    assert result.exit_code == 0, result.output
    answer = json.loads(result.stdout)
    assert answer.pop("seconds") > 0
    assert answer == {
        "pair": [0, 4],
        "value": "1",
        "value_float": 1.0,
        "problem": proofformer.problem("closest-pair", dim=4).to_json(),
        "n": 5,
    }


@pytest.mark.parametrize(("rows", "expected"), [("1111\n0000\n", True), ("1110\n0011\n1010\n", False)])
def test_solve_json_of_a_decision(here, run, rows, expected):
    (here / "rows.txt").write_text(rows)
    answer = json.loads(run("solve", "ov", "rows.txt", "--json").stdout)
    assert answer.pop("seconds") > 0
    assert answer == {
        "decision": expected,
        "problem": proofformer.problem("ov", dim=4, question="decide").to_json(),
        "n": len(rows) // 5,
    }
    assert run("solve", "ov", "rows.txt").stdout.splitlines()[0] == ("yes" if expected else "no")


def test_solve_in_words(here, run):
    first, second = run("solve", "cp", "rows.txt").stdout.splitlines()
    assert first == "rows 0 and 4 (counted from 0), hamming distance 1"
    assert second.startswith("closest-pair (hamming), search, l = 4, n = 5, ")


def test_solve_two_sets(here, run):
    (here / "other.txt").write_text("0101\n1000\n")
    first, second = run("solve", "two", "rows.txt", "other.txt").stdout.splitlines()
    assert first == "row 3 of A and row 1 of B (counted from 0), hamming distance 0"
    assert second.startswith("closest-pair (hamming), bichromatic, search, l = 4, n = 7, ")
    assert json.loads(run("solve", "two", "rows.txt", "other.txt", "--json").stdout)["pair"] == [3, 1]


def test_solve_finds_no_orthogonal_pair(here, run):
    (here / "rows.txt").write_text("1110\n0011\n1010\n")
    assert run("solve", "ov-search", "rows.txt").stdout.splitlines()[0] == "no pair"
    answer = json.loads(run("solve", "ov-search", "rows.txt", "--json").stdout)
    assert (answer["pair"], answer["value"], answer["value_float"]) == (None, None, None)
    (here / "rows.txt").write_text("1110\n0011\n1100\n")
    assert run("solve", "ov-search", "rows.txt").stdout.splitlines()[0] == (
        "rows 1 and 2 (counted from 0), inner product 0"
    )


@pytest.mark.parametrize(
    ("name", "options", "told", "value"),
    [
        ("msd", {}, "rows 0 and 1 (counted from 0), cosine similarity sqrt(3/4)", ("sqrt(3/4)", 0.75**0.5)),
        (
            "msd",
            {"metric": "jaccard", "norms": "2-4"},
            "rows 0 and 1 (counted from 0), jaccard similarity 3/4",
            ("3/4", 0.75),
        ),
        ("lsd", {"metric": "dice", "norms": "2-4"}, "rows 1 and 2 (counted from 0), dice similarity 2/5", ("2/5", 0.4)),
        ("lsd", {}, "rows 1 and 2 (counted from 0), cosine similarity sqrt(1/6)", ("sqrt(1/6)", (1 / 6) ** 0.5)),
    ],
)
def test_similarities_are_exact(here, run, name, options, told, value):
    proofformer.compile(name, dim=4, max_n=8, **options).save("similar")
    (here / "rows.txt").write_text("1111\n0111\n1100\n")
    assert run("solve", "similar", "rows.txt").stdout.splitlines()[0] == told
    answer = json.loads(run("solve", "similar", "rows.txt", "--json").stdout)
    assert (answer["value"], answer["value_float"]) == (value[0], pytest.approx(value[1]))


@pytest.mark.parametrize(
    ("metric", "told"),
    [
        ("sqeuclidean", "rows 0 and 2 (counted from 0), squared Euclidean distance 12"),
        ("cityblock", "rows 0 and 1 (counted from 0), cityblock distance 5"),
    ],
)
def test_grids_in_each_form(here, run, metric, told):
    rows = np.array([[16, 0, 2], [16, 5, 2], [14, 2, 4]])
    proofformer.compile("closest-pair", dim=3, max_n=8, metric=metric, levels=16).save("grid")
    np.save(here / "grid.npy", rows.astype(np.uint8))
    np.savetxt(here / "grid.csv", rows, fmt="%d", delimiter=",")
    np.savetxt(here / "grid.txt", rows, fmt="%d", delimiter=" ")
    for name in ("grid.npy", "grid.csv", "grid.txt"):
        assert run("solve", "grid", name).stdout.splitlines()[0] == told


def test_a_line_of_digits_is_one_entry_a_digit(here, run):
    proofformer.compile("farthest-pair", dim=3, max_n=8, metric="cityblock", levels=9).save("grid")
    (here / "rows.txt").write_text("901\n019\n111\n")
    told = run("solve", "grid", "rows.txt").stdout.splitlines()
    assert told[0] == "rows 0 and 1 (counted from 0), cityblock distance 18"
    assert told[1].startswith("farthest-pair (cityblock, entries 0 to 9), search, l = 3, n = 3, ")


def test_solve_on_a_cluster(here, run, scheduler, on_a_cluster):
    """However small; with the backend that it runs on, if that is named."""
    (here / "other.txt").write_text("0101\n1000\n")
    for words in (["cp", "rows.txt"], ["ov", "rows.txt", "--backend", "fast"], ["two", "rows.txt", "other.txt"]):
        result = run("solve", *words, "--scheduler", scheduler)
        assert result.exit_code == 0, result.output
        assert result.stderr == ""
        assert result.stdout.splitlines()[0] == run("solve", *words).stdout.splitlines()[0]
    assert set(on_a_cluster) == {5, 7}


def test_no_scheduler_is_told_before_anything_is_read(here, run):
    result = run("solve", "cp", "absent.txt", "--scheduler", "nonsense")
    assert result.exit_code == 2, result.output
    assert "no dask scheduler answers at nonsense (missing port number" in result.stderr
    assert result.stderr.count("\n") == 1


@pytest.mark.parametrize("name", ["rows.txt", "rows.csv", "rows.npy", "rows.npz", "rows.tsv", "rows.txt.gz", "#.tsv"])
@pytest.mark.parametrize("pipe", [False, True], ids=["standard input", "pipe"])
def test_what_comes_through_a_pipe_is_told_by_how_it_begins(inputs, monkeypatch, name, pipe):
    (inputs / "rows.tsv").write_text((inputs / "rows.csv").read_text().replace(",", "\t"))
    (inputs / "rows.txt.gz").write_bytes(gzip.compress((inputs / "rows.txt").read_bytes()))
    quoted = (inputs / "rows.tsv").read_text().replace("1", '"1"').replace("\t", "\t ")
    (inputs / "#.tsv").write_text(f"# no .txt has quotes\n{quoted}")
    data = (inputs / name).read_bytes()
    source = "-"
    if pipe:
        source = str(inputs / "fifo")
        os.mkfifo(source)
        Thread(target=Path(source).write_bytes, args=(data,), daemon=True).start()
    result = CliRunner().invoke(cli, ["solve", "cp", source], input=None if pipe else data, prog_name="proofformer")
    assert result.stdout.startswith("rows 0 and 4 (counted from 0), hamming distance 1\n"), result.output


@pytest.mark.parametrize("words", [["cp", "-"], ["two", "-", "-"]])
def test_nothing_on_standard_input(here, words):
    rows = b"0110\n1111\n" if len(words) == 3 else b""
    result = CliRunner().invoke(cli, ["solve", *words], input=rows)
    assert (result.exit_code, result.stderr) == (
        2,
        "error: standard input is an empty file: write one row of 0/1 entries per document\n",
    )


@pytest.mark.parametrize("words", [("solve", "cp", "rows.txt"), ("verify", "cp", "--random", "3", "--jobs", "1")])
def test_few_documents_have_one_thread(here, run, monkeypatch, words):
    threads = []
    monkeypatch.setattr(torch, "set_num_threads", threads.append)
    assert run(*words).exit_code == 0
    assert threads[0] == 1
