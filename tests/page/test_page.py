"""The file of a page: what the command says, what it holds, what it refuses."""

from __future__ import annotations

import re
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

import proofformer as pf
from proofformer.cli.main import cli
from proofformer.errors import InputError
from proofformer.page.facts import check_fits, example
from proofformer.page.page import page
from proofformer.page.templates import asset, code, data
from proofformer.page.words import heading

Run = Callable[..., Result]


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("page") / "m"
    pf.compile("closest-pair", dim=8, max_n=64).save(folder)
    return folder


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    monkeypatch.chdir(tmp_path)
    return lambda *words: CliRunner().invoke(cli, ["page", *map(str, words)], prog_name="proofformer")


def test_the_command_writes_one_file(run: Run, model: Path, tmp_path: Path) -> None:
    (tmp_path / "rows.txt").write_text("11000000\n01000000\n")
    told = run(model, "rows.txt", "-o", "a.html")
    assert told.exit_code == 0
    assert told.output.startswith("page   a.html (")
    text = (tmp_path / "a.html").read_text()
    assert '"rows":[[[1,1,0,0,0,0,0,0],[0,1,0,0,0,0,0,0]]]' in text
    assert len(text) < 500_000
    # Written again, it is the same file.
    run(model, "rows.txt", "-o", "b.html")
    assert (tmp_path / "b.html").read_text() == text


def test_nothing_is_fetched_from_anywhere(run: Run, model: Path, tmp_path: Path) -> None:
    run(model, "-o", "a.html")
    text = (tmp_path / "a.html").read_text()
    assert set(re.findall(r"https?://[^\s\"'<>)]+", text)) == {"http://www.w3.org/2000/svg"}
    assert re.findall(r"<(?:script|link|img|iframe)[^>]+(?:src|href)=(?![\"']?data:)", text) == []
    assert "default-src 'none'" in text


def test_without_jinja_it_says_how_to_install_it(
    run: Run, model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "jinja2", None)
    told = run(model, "-o", "a.html")
    assert told.exit_code == 2
    assert told.output == "error: a page needs jinja2, which is not installed: pip install 'proofformer[page]'\n"
    assert [*tmp_path.iterdir()] == []


def test_what_is_told_ends_no_element() -> None:
    assert data({"name": "</script><b>"}) == '{"name":"\\u003c/script>\\u003cb>"}'
    assert code("`a < b` & <i>") == "<code>a &lt; b</code> &amp; &lt;i&gt;"
    assert all("</script" not in asset(name) for name in ("transformer.js", "breaking.js", "view.js"))


def test_the_network_is_short_enough_to_read() -> None:
    assert asset("transformer.js").count("\n") < 400
    # No framework: nothing is imported.
    assert not re.search(
        r"^\s*import\b|require\(|fetch\(|XMLHttpRequest", asset("transformer.js") + asset("view.js"), re.M
    )


def test_a_certificate_of_other_weights_is_not_shown(run: Run, model: Path, tmp_path: Path) -> None:
    run(model, "-o", "a.html")
    assert "certified: closest-pair" in (tmp_path / "a.html").read_text()
    other = tmp_path / "other"
    pf.compile("closest-pair", dim=8, max_n=32).save(other)
    (other / "certificate.json").write_bytes((model / "certificate.json").read_bytes())
    run(other, "-o", "b.html")
    text = (tmp_path / "b.html").read_text()
    assert "certified: closest-pair" not in text
    assert "None lies beside these weights" in text


def test_a_model_with_too_many_weights_is_refused() -> None:
    large = pf.compile("msd", dim=32, max_n=64, metric="dice", norms="1-24")
    with pytest.raises(InputError, match="weights and a page runs up to 4,000,000"):
        check_fits(large)


def test_a_task_of_ones_own_is_refused(run: Run, tmp_path: Path) -> None:
    file = Path(__file__).parents[2] / "examples" / "lacks.py"
    pf.compile(pf.theorems.theorem_file(file), dim=4, max_n=8).save(tmp_path / "own")
    told = run("own", "--theorem", file, "-o", "a.html")
    assert told.exit_code == 2
    assert "task of your own, which the page's own search cannot judge" in told.output
    assert [path.name for path in tmp_path.iterdir()] == ["own"]


@pytest.mark.parametrize(
    ("asked", "says"),
    [
        (pf.problem("closest-pair", dim=4), "Which two rows differ in the fewest bits?"),
        (pf.problem("farthest-pair", dim=4, threshold=2), "Do two rows differ in at least 2 bits?"),
        (pf.problem("ov", dim=4, bichromatic=True), "Which row of A and which of B have no 1 in common?"),
        (
            pf.problem("min-ip", dim=4, threshold="3/2", bichromatic=True),
            "Do a row of A and one of B have at most 1 ones in common?",
        ),
        (pf.problem("lsd", dim=4, threshold="1/2"), "Do two rows have a cosine similarity of at most 1/2?"),
        (pf.problem("msd", dim=4, metric="dice", norms=[2]), "Which two rows are most similar (dice)?"),
        (
            pf.problem("closest-pair", dim=2, metric="sqeuclidean", levels=3),
            "Which two rows are nearest (squared Euclidean distance)?",
        ),
    ],
)
def test_the_question_is_asked_in_words(asked, says) -> None:
    assert heading(asked) == says


@pytest.mark.parametrize("dim", [1, 2, 7, 32])
@pytest.mark.parametrize("max_n", [2, 3, 64])
def test_the_documents_of_the_beginning_are_taken(dim, max_n) -> None:
    for asked in (
        pf.problem("closest-pair", dim=dim),
        pf.problem("ov", dim=dim, bichromatic=True, question="decide"),
        pf.problem("msd", dim=dim, threshold="1/2"),
        pf.problem("lsd", dim=dim, metric="jaccard", norms=[dim]),
        pf.problem("farthest-pair", dim=dim, metric="cityblock", levels=3),
    ):
        assert 2 <= example(asked, max_n).n <= min(6, max_n)


def test_documents_beyond_max_n_are_refused() -> None:
    small = pf.compile("closest-pair", dim=2, max_n=3)
    with pytest.raises(InputError, match="4 documents, but the model was compiled for at most 3"):
        page(small, {}, small.problem.instance([[0, 0]] * 4), paper=False)
