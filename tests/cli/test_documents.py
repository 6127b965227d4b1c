"""`documents` on real texts: what it says of the corpus in full is in tests/golden, bad input in its table."""

import itertools
import json
import random
import subprocess
import sys
from fractions import Fraction
from pathlib import Path

import pytest

from proofformer.problems import PairAnswer
from proofformer.problems.numbers import square_root
from proofformer.runtime import Model

CORPUS = Path(__file__).resolve().parents[2] / "examples/documents"
CAKES = ["apple-cake-with-walnuts.txt", "apple-cake.txt"]
NOTICES = ["library-in-summer.txt", "library-in-winter.txt"]


@pytest.fixture
def answer(run):
    """The JSON of a run that has to succeed."""

    def invoke(*words):
        result = run("documents", *map(str, words), "--json")
        assert result.exit_code == 0, result.output
        assert result.stderr == ""
        return json.loads(result.stdout)

    return invoke


@pytest.fixture
def texts(tmp_path):
    """Four texts of which the third and fourth are alike, and one that shares no word with them."""
    folder = tmp_path / "texts"
    folder.mkdir()
    lines = {
        "a": "bread butter",
        "b": "honey bees",
        "c": "bread honey salt",
        "d": "bread honey bees salt",
        "e": "stone",
    }
    for name, text in lines.items():
        (folder / name).write_text(text)
    return folder


def by_hand(found, pick, count):
    """The first best pair of names, its value and how many pairs have it, counted on sets of words."""
    held = {}
    for name in found["documents"]:
        words = set((CORPUS / name).read_text().lower().translate(dict.fromkeys(map(ord, ".,;:'()!?"), " ")).split())
        held[name] = words & set(found["keywords"])
    values = {pair: count(held[pair[0]], held[pair[1]]) for pair in itertools.combinations(found["documents"], 2)}
    best = pick(values.values())
    tied = [list(pair) for pair, value in values.items() if value == best]
    return tied[0], str(best), len(tied)


@pytest.mark.parametrize(
    ("options", "problem", "pick", "count"),
    [
        ((), "msd", max, lambda a, b: square_root(Fraction(len(a & b) ** 2, len(a) * len(b)))),
        (("--least",), "lsd", min, lambda a, b: square_root(Fraction(len(a & b) ** 2, len(a) * len(b)))),
        (("--metric", "jaccard"), "msd", max, lambda a, b: Fraction(len(a & b), len(a | b))),
        (("--metric", "dice", "--least"), "lsd", min, lambda a, b: Fraction(2 * len(a & b), len(a) + len(b))),
        (("--metric", "jaccard", "--keywords", "8"), "msd", max, lambda a, b: Fraction(len(a & b), len(a | b))),
        (("--metric", "dice", "--keywords", "8"), "msd", max, lambda a, b: Fraction(2 * len(a & b), len(a) + len(b))),
        (("--metric", "hamming"), "closest-pair", min, lambda a, b: len(a ^ b)),
        (("--metric", "hamming", "--least"), "farthest-pair", max, lambda a, b: len(a ^ b)),
        (("--metric", "ip"), "max-ip", max, lambda a, b: len(a & b)),
        (("--metric", "ip", "--least"), "min-ip", min, lambda a, b: len(a & b)),
    ],
)
def test_every_question_on_the_corpus(answer, options, problem, pick, count):
    found = answer(CORPUS, *options)
    assert found["problem"]["name"] == problem
    assert found["equal"] is True
    assert (found["names"], found["value"], found["ties"]) == by_hand(found, pick, count)


ALIKE = {
    "cosine": lambda a, b: Fraction(len(a & b) ** 2, len(a) * len(b)),
    "jaccard": lambda a, b: Fraction(len(a & b), len(a | b)),
    "hamming": lambda a, b: -len(a ^ b),
    "ip": lambda a, b: len(a & b),
}
"""How alike two sets of words are."""


@pytest.mark.parametrize("metric", ["cosine", "hamming", "ip", "jaccard"])
def test_the_best_pairs_are_those_of_sorting_all(answer, run, numbered, metric):
    """Words of a few letters, so that there are ties; more pairs are asked for than there are."""
    rng = random.Random(metric)
    folder = numbered([" ".join(rng.sample(["oak", "elm", "ash", "yew"], rng.randint(1, 4))) for _ in range(12)])
    found = answer(folder, "--metric", metric, "--top", "1000")
    held = [{w for w in (folder / name).read_text().split() if w in found["keywords"]} for name in found["documents"]]
    count = ALIKE[metric]
    pairs = list(itertools.combinations(range(found["n"]), 2))
    ranked = sorted(pairs, key=lambda pair: (-count(held[pair[0]], held[pair[1]]), pair))
    assert [tuple(pair["pair"]) for pair in found["top"]] == ranked
    assert found["equal"] is True
    assert found["pair"] == found["top"][0]["pair"]
    few = answer(folder, "--metric", metric, "--top", "2")
    assert few["top"] == found["top"][:2]
    assert "number 2  " in run("documents", str(folder), "--metric", metric, "--top", "2").stdout


@pytest.mark.parametrize("metric", ["cosine", "hamming", "ip", "jaccard"])
@pytest.mark.parametrize("least", [[], ["--least"]])
def test_the_nearest_to_one_text(answer, run, numbered, metric, least):
    """The text asked for is in the folder too, not first, with a copy and others of the same words."""
    rng = random.Random(f"{metric}{least}")
    words = ["oak", "elm", "ash", "yew", "fir"]
    folder = numbered(["ash oak", *(" ".join(rng.sample(words, rng.randint(1, 5))) for _ in range(9)), "oak, ash"])
    (folder / "asked.txt").write_text("oak ash")
    (folder / "copied.txt").write_text("oak ash")
    found = answer(folder, "--near", folder / "asked.txt", "--metric", metric, *least, "--top", "3")
    assert found["documents"][0] == found["near"] == "asked.txt"
    assert found["copies"]["copied.txt"] == "asked.txt"
    assert {"asked.txt", "1.txt", "11.txt"} <= set(found["same_words"][0])
    first, *others = (
        {w for w in (folder / name).read_text().split() if w in found["keywords"]} for name in found["documents"]
    )
    count = ALIKE[metric]
    ranked = sorted(range(len(others)), key=lambda k: ((1 if least else -1) * count(first, others[k]), k))
    assert [pair["pair"] for pair in found["top"]] == [[0, k + 1] for k in ranked[:3]]
    assert (found["equal"], found["problem"]["bichromatic"]) == (True, True)
    told = run("documents", str(folder), "--near", str(folder / "asked.txt"), "--metric", metric, *least).stdout
    assert f"({len(others)} pairs compared)" in told
    assert ", two sets, n = 2.." in told


@pytest.mark.parametrize(
    ("near", "told"),
    [("no file", "there is no file"), ("", "is a folder"), ("e", "'e' has none of the 4"), ("nul", "is no text")],
)
def test_a_text_that_nothing_is_near_is_refused(run, texts, monkeypatch, near, told):
    monkeypatch.chdir(texts)
    (texts / "nul").write_bytes(b"\0")
    result = run("documents", str(texts), "--near", near or str(texts))
    assert (result.exit_code, result.stdout, result.stderr.count("\n")) == (2, "", 1)
    assert told in result.stderr


def test_the_corpus_keeps_its_promise(run, answer):
    """A near-duplicate is found, and another pair ties with it: without one of the cakes, the notices are as near."""
    told = run("documents", str(CORPUS), "--metric", "hamming", "--keywords", "64").stdout
    for line in ("they differ in 3 of 64 keywords", "2 pairs tie; this is the first of them", "l = 64, float32"):
        assert line in told
    assert "--metric ip" not in told
    rest = [file for file in sorted(CORPUS.iterdir()) if file.name != CAKES[0]]
    others = answer(*rest, "--metric", "hamming", "--keywords", "64")
    assert others["names"] == NOTICES


def test_the_corpus_is_short_texts_that_fit_a_screen():
    for file in CORPUS.iterdir():
        text = file.read_text()
        assert 60 <= len(text.split()) <= 120, file
        assert max(map(len, text.splitlines())) <= 88, file


def lines_of(result):
    """The words of the report by their heading; lines below one belong to it."""
    told, heading = {}, ""
    for line in result.stdout.splitlines():
        heading = line[:15].strip() or heading
        told.setdefault(heading, []).append(line[15:].strip())
    return told


def test_the_report_in_words(run, texts):
    (texts / "f").write_text("bread butter")
    (texts / ".g").write_text("hidden")
    (texts / "h").write_bytes(b"\0")
    (texts / "i").write_bytes("bread, größe".encode("latin-1"))
    result = run("documents", str(texts), "--metric", "hamming")
    assert result.exit_code == 0
    told = {heading.split("  ")[0]: lines for heading, lines in lines_of(result).items()}
    assert told["documents"][0].endswith("5, each a row of 6 bits")
    notes = "\n".join(told["documents"][1:])
    for note in (
        "4 keywords tell most, 2 more part texts that tied",
        "1 left out, the same text as another: f",
        "1 left out, with none of the keywords: e",
        "1 read as Latin-1, not being UTF-8: i",
        "1 skipped, not text: h",
        "1 skipped, hidden",
    ):
        assert note in notes
    assert told["most alike"] == ["c", "d", "they differ in 1 of 6 keywords"]
    few = run("documents", str(texts), "--metric", "hamming", "--keywords", "9").stdout
    assert "no more than 4 keywords" in few
    assert "they differ in 0 of 4 keywords" in few


def test_pairs_that_tie_are_parted_by_more_keywords(answer, run, numbered):
    """Two pairs of texts share all that two texts have; a word that one text has tells which pair is more alike."""
    folder = numbered(["bread butter rare", "bread butter", "honey bees fig odd", "honey bees", "stone bread honey"])
    found = answer(folder)
    assert (found["names"], found["value"], found["ties"]) == (["1.txt", "2.txt"], "sqrt(2/3)", 1)
    assert found["keywords_added"] == ["fig", "odd", "rare"]
    assert "4 keywords tell most, 3 more part texts that tied" in run("documents", str(folder)).stdout
    asked = answer(folder, "--keywords", "4")
    assert (asked["value"], asked["ties"], asked["keywords_added"]) == ("1", 2, [])
    assert "2 pairs tie" in run("documents", str(folder), "--keywords", "4").stdout
    near = answer(folder, "--near", folder / "4.txt")
    assert (near["keywords_added"], near["ties"]) == (["fig", "odd"], 1)


@pytest.mark.parametrize("options", [(), ("--metric", "hamming"), ("--metric", "ip"), ("--least",)])
def test_texts_of_the_same_words_are_listed_and_compared_once(answer, run, numbered, options):
    folder = numbered(
        ["bread honey 1", "salt", "honey, bread", "the salt", "bread honey salt", "bread: honey", "7", ""]
    )
    found = answer(folder, *options)
    assert found["same_words"] == [["1.txt", "3.txt", "6.txt"], ["2.txt", "4.txt"]]
    assert found["documents"] == ["1.txt", "2.txt", "5.txt"]
    assert found["without_keywords"] == ["7.txt", "8.txt"]
    assert found["names"] == (["1.txt", "2.txt"] if options == ("--least",) else ["1.txt", "5.txt"])
    told = run("documents", str(folder), *options).stdout
    assert told.startswith(
        "equal texts      2 groups of texts with the same words; of each, the first is compared: 1.txt,"
    )
    assert "1.txt, 3.txt, 6.txt; 2.txt, 4.txt" in " ".join(told.split())
    assert "(of texts with different words)" in told


def test_of_none_but_texts_with_the_same_words_all_are_compared(answer, run, numbered):
    folder = numbered(["bread", "the bread", "stone"])
    found = answer(folder)
    assert (found["names"], found["value"], found["same_words"]) == (["1.txt", "2.txt"], "1", [["1.txt", "2.txt"]])
    assert "different words" not in run("documents", str(folder)).stdout


def test_keywords_are_added_as_far_as_a_model_can_be_compiled(answer, numbered):
    """In bfloat16 there is none for more than 256 keywords: the choice goes back to what there is one for."""
    names = ["".join(word) for word in itertools.product("abcdefghij", repeat=3)]
    rng = random.Random(1)
    texts = [" ".join(rng.sample(names[:120], 40)) for _ in range(3)] + ["stone", "stone iron"] * 2
    texts += [" ".join(["common", *names[200 + 150 * k : 350 + 150 * k]]) for k in range(4)]
    folder = numbered(texts)
    wide, narrow = (answer(folder, "--metric", "ip", "--least", "--dtype", dtype) for dtype in ("float32", "bfloat16"))
    assert len(narrow["keywords"]) <= 256
    assert narrow["keywords_refused"] in {0, len(wide["keywords"])}
    assert narrow["equal"] is wide["equal"] is True


@pytest.mark.parametrize(
    ("answered", "told"),
    [
        (PairAnswer((0, 1), 4), "NOT EQUAL, it found c and d, value 1"),
        (PairAnswer(None, None), "no pair"),
        (PairAnswer((2, 3), 2), "NOT EQUAL"),
    ],
)
def test_a_wrong_answer_ends_with_1(run, monkeypatch, texts, answered, told):
    monkeypatch.setattr(Model, "solve", lambda self, X: answered)
    result = run("documents", str(texts), "--metric", "hamming")
    assert result.exit_code == 1
    assert told in result.stdout
    assert "NOT EQUAL" in result.stdout
    assert run("documents", str(texts), "--metric", "hamming", "--json").exit_code == 1


def test_rows_of_a_table_are_neither_swallowed_nor_cut(answer, run, tmp_path):
    file = tmp_path / "t.tsv"
    file.write_text('id\ttext\n1\toak shelf, screws\n2\t"Oak shelf, screws\n3\tgarden pump\n4\t20" pump\n')
    found = answer(file, "--column", "text")
    assert (found["names"], found["value"], found["n"]) == (["t.tsv:3", "t.tsv:4"], "sqrt(1/2)", 3)
    assert found["same_words"] == [["t.tsv:1", "t.tsv:2"]]
    assert found["tables"] == {"t.tsv": {"rows": 4, "lines": 5}}
    assert "4 rows from the 5 lines of t.tsv" in run("documents", str(file), "--column", "text").stdout


def test_lines_of_standard_input():
    """In a process of its own, as in a shell."""
    words = [sys.executable, "-m", "proofformer", "documents", "-", "--json"]
    lines = "bread honey\n\nbees\nbread, honey bees\nhoney\n"
    found = json.loads(subprocess.run(words, input=lines, capture_output=True, text=True, check=True).stdout)
    assert (found["names"], found["value"]) == (["standard input:1", "standard input:4"], "sqrt(2/3)")
    objects = "".join(json.dumps({"a": 1, "b": line}) + "\n" for line in lines.split("\n"))
    told = json.loads(
        subprocess.run([*words, "--column", "b"], input=objects, capture_output=True, text=True, check=True).stdout
    )
    assert told["names"] == found["names"]


@pytest.fixture
def numbered(tmp_path):
    """A folder of the texts 1.txt, 2.txt and so on."""

    def write(texts):
        for k, text in enumerate(texts, 1):
            (tmp_path / f"{k}.txt").write_text(text, encoding="utf-8")
        return tmp_path

    return write


def test_words_are_kept_whole(answer, numbered):
    texts = ["l'eau qu'il", "mer d'huile", "l’eau froide qu'il", "mer froide d'huile vive", "vive"]
    found = answer(numbered(texts))
    assert (found["names"], found["value"], found["both"]) == (["1.txt", "3.txt"], "sqrt(2/3)", ["l'eau", "qu'il"])
    assert found["without_keywords"] == []


def test_texts_without_spaces_are_refused(run, numbered):
    result = run("documents", str(numbered(["我们在河边种树", "他们在河边唱歌", "我们在山上唱歌"])))
    assert (result.exit_code, result.stdout, result.stderr.count("\n")) == (2, "", 1)
    assert "without spaces between words" in result.stderr
    assert "related subjects" not in result.stderr


@pytest.mark.parametrize(
    ("texts", "lost"),
    [
        (["ox bread in it", "if bread so up", "an ox is up", "honey if so"], 4),
        (["bread 我们在河边", "honey bread 我们", "honey 在河边"], 2),
        (["bread and 7 22 x9", "honey and bread", "an ox is up honey"], 1),
    ],
)
def test_lost_words_are_told_when_most_texts_lose_most(answer, run, numbered, texts, lost):
    folder = numbered(texts)
    assert len(answer(folder)["mostly_lost"]) == lost
    told = run("documents", str(folder)).stdout
    assert (f"{lost} lose most of their words" in told) == (2 * lost > len(texts))


@pytest.mark.parametrize("metric", ["jaccard", "dice"])
def test_texts_of_many_different_numbers_of_keywords(answer, run, numbered, metric):
    """There would be a search for each of many numbers: fewer keywords are taken, unless their number is asked for."""
    names = ["".join(word) for word in itertools.product("abcde", repeat=3)]
    folder = numbered([" ".join(names[k : 2 * k + 1]) for k in range(1, 60)] + ["other words", "other"])
    found = answer(folder, "--metric", metric)
    held = [{w for w in (folder / name).read_text().split() if w in found["keywords"]} for name in found["documents"]]
    assert len({len(words) for words in held}) <= 32
    assert found["keywords_refused"] > len(found["keywords"]) >= 16
    values = [Fraction(len(a & b), len(a | b)) for a, b in itertools.combinations(held, 2)]
    best = max(values) if metric == "jaccard" else 2 * max(values) / (1 + max(values))
    assert (Fraction(found["value"]), found["ties"], found["equal"]) == (best, values.count(max(values)), True)
    told = run("documents", str(folder), "--metric", metric).stdout
    assert "too many different numbers of them" in " ".join(told.split())
    result = run("documents", str(folder), "--metric", metric, "--keywords", "64")
    assert (result.exit_code, result.stdout, result.stderr.count("\n")) == (2, "", 1)
    assert "different numbers of keywords" in result.stderr
    assert "leave --keywords out" in result.stderr


@pytest.mark.parametrize(
    ("options", "told"),
    [
        (("--dtype", "float32"), ["--dtype float64"]),
    ],
)
def test_refusals_name_options_of_this_command(run, options, told):
    result = run("documents", str(CORPUS), *options)
    assert (result.exit_code, result.stdout) == (2, "")
    assert all(words in result.stderr for words in told)


@pytest.mark.parametrize("dtype", ["float16", "bfloat16", "float64"])
def test_every_dtype_gives_the_same_answer(answer, texts, dtype):
    found = answer(texts, "--metric", "hamming", "--dtype", dtype)
    assert (found["names"], found["value"], found["plan"]["dtype"]) == (["c", "d"], "1", dtype)


def test_a_refusal_speaks_of_keywords_and_documents(run, tmp_path):
    word = "".join
    many = " ".join(map(word, itertools.islice(itertools.product("abcdefghij", repeat=3), 300)))
    for name, text in {"a": many, "b": many + ".", "c": "stone"}.items():
        (tmp_path / name).write_text(text)
    result = run("documents", str(tmp_path), "--metric", "hamming", "--keywords", "300", "--dtype", "bfloat16")
    assert (result.exit_code, result.stdout) == (2, "")
    assert "--keywords 256" in result.stderr
    assert "--dim" not in result.stderr
    assert result.stderr.count("\n") == 1


def test_hundreds_of_files(answer, tmp_path):
    rng = random.Random(0)
    vocabulary = ["".join(word) for word in itertools.product("abcde", repeat=3)]
    for k in range(400):
        (tmp_path / f"{k:04}.txt").write_text(" ".join(rng.sample(vocabulary, 60)))
    found = answer(tmp_path)
    assert (found["n"], len(found["keywords"]), found["equal"]) == (400, 64, True)
    assert found["plan"]["max_n"] == 400


def test_on_a_cluster(answer, run, texts, scheduler, on_a_cluster):
    alone, there = answer(texts), answer(texts, "--scheduler", scheduler)
    assert {**there, "seconds": None} == {**alone, "seconds": None}
    assert set(on_a_cluster) == {there["n"]}
    result = run("documents", "no such folder", "--scheduler", "nonsense")
    assert (result.exit_code, len(result.stderr.splitlines())) == (2, 1)
    assert "no dask scheduler answers at nonsense (missing port number" in result.stderr
