"""Reports in HTML: written beside what was written before, opened from disk, sorted by keyboard, on a phone."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

import proofformer as pf
from proofformer.cli.main import cli
from proofformer.page.of_verify import verify_report
from proofformer.page.report import Bars, HtmlReport, ReportSection, Sorted, bars

KERNEL = "def attention(q, k, v, *, scale, causal):\n    return v[:, :, : q.shape[2]].clone()\n"


@pytest.fixture(scope="module")
def here(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with what the three commands report on a model whose name is markup."""
    folder = tmp_path_factory.mktemp("reports")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        pf.compile("closest-pair", dim=4, max_n=8).save("<b>m")
        (folder / "mine.py").write_text(KERNEL)
        assert run("verify", "<b>m", "--random", 6, "--adversarial", 30, "--report", "fine").exit_code == 0
        words = ("--random", 6, "--backend", "mine.py:attention", "--report", "wrong")
        assert run("verify", "<b>m", *words).exit_code == 1
        assert run("prove", "max-ip", "--dim", 8, "--max-n", 64, "--out", "pages", "--html").exit_code == 0
        assert run("challenge", "elu", "--dim", 4, "--max-n", 8, "--report", "challenge").exit_code == 1
    return folder


def run(*words: object) -> Result:
    return CliRunner().invoke(cli, [*map(str, words)], prog_name="proofformer")


FILES = ("fine/report.html", "wrong/report.html", "pages/max-ip.html", "challenge/report.html")


@pytest.mark.parametrize("file", FILES)
def test_a_report_is_one_file_for_any_screen(here, opened, file) -> None:
    tab = opened(here / file)
    for scheme in ("light", "dark"):
        tab.emulate_media(color_scheme=scheme)
        paint = tab.evaluate("[getComputedStyle(document.body).backgroundColor, getComputedStyle(document.body).color]")
        assert paint == (
            ["rgb(255, 255, 255)", "rgb(27, 31, 36)"]
            if scheme == "light"
            else ["rgb(20, 23, 27)", "rgb(233, 236, 239)"]
        )
    for width in (390, 1280):
        tab.set_viewport_size({"width": width, "height": 900})
        assert tab.evaluate("document.documentElement.scrollWidth") <= width
    tab.emulate_media(media="print", color_scheme="dark")
    assert tab.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
    assert tab.evaluate("document.querySelectorAll('b, main script').length") == 0


def test_what_verify_found(here, opened) -> None:
    facts = json.loads((here / "fine" / "report.json").read_text())
    fine, wrong = opened(here / "fine" / "report.html"), opened(here / "wrong" / "report.html")
    assert fine.words(".verdict").startswith("✓ 6 random, 30 adversarial: 0 wrong")
    assert "<b>m" in fine.words("dl")
    rows = fine.locator("table").nth(1).locator("tbody tr").count()
    assert rows == len(facts["families"])
    assert wrong.words(".verdict").startswith("✗ 6 random:")
    told = wrong.words("dl:nth-of-type(1) >> nth=1")
    assert "head best, token READ: partner.place[0] was read as 0, the other bit" in told
    assert "failure.npz" in told
    assert wrong.locator("tr.bad").count() > 0


def test_tables_sort_by_keyboard(here, opened) -> None:
    tab = opened(here / "fine" / "report.html")
    table = tab.locator("table").nth(1)
    heading = table.locator("th button").nth(2)
    heading.focus()
    for key, order in (("Enter", False), ("Space", True)):
        tab.keyboard.press(key)
        shown = [int(text.replace(",", "")) for text in table.locator("tbody tr td:nth-child(3)").all_inner_texts()]
        assert shown == sorted(shown, reverse=order)
        assert table.locator("th").nth(2).get_attribute("aria-sort") == ("descending" if order else "ascending")
    table.locator("th button").nth(1).press("Enter")
    names = table.locator("tbody tr td:nth-child(2)").all_inner_texts()
    assert names == sorted(names, key=str.lower)
    assert table.locator("th").nth(2).get_attribute("aria-sort") == "none"


def test_numbers_in_text_sort_as_numbers(opened, tmp_path) -> None:
    rows = [("b", 2, "4,096"), ("a", 10, "8"), ("c", -1.5, ""), ("<i>", 0, "64")]
    HtmlReport("a <report>", "me", [ReportSection(tables=[Sorted(("name", "n", "limit"), rows)])]).write(
        tmp_path / "r.html"
    )
    tab = opened(tmp_path / "r.html")
    assert tab.words("h1") == "a <report>"
    expected = {0: ["<i>", "a", "b", "c"], 1: ["c", "<i>", "b", "a"], 2: ["c", "a", "<i>", "b"]}
    for column, order in expected.items():
        tab.locator("th button").nth(column).click()
        assert tab.locator("tbody td:first-child").all_inner_texts() == order


def test_the_page_of_a_theorem(here, opened) -> None:
    tab = opened(here / "pages" / "max-ip.html")
    text = tab.words("main")
    assert "For all documents in {0,1}^8, 2 to 64 of them" in text
    assert tab.locator("table").count() > 5
    assert "**" not in text
    assert "|---" not in text


def test_a_challenge(here, opened) -> None:
    tab = opened(here / "challenge" / "report.html")
    assert tab.words("h1") == "elu in the place of attention"
    assert tab.words(".verdict") == "✗ collision"
    assert "the other B" in tab.words("main")


def test_bars_are_shares_of_the_longest() -> None:
    assert bars("none", {}) is None
    made = bars("some", {"a": 4, "b": 1}, {"b": 1})
    assert isinstance(made, Bars)
    assert [(bar.share, bar.told, bar.bad) for bar in made.bars] == [(1, "4", False), (0.25, "1", True)]


def test_a_failing_assumption_is_no_success() -> None:
    seen = {"m": [{"assumption": "exp", "verdict": "fails", "seen": "it is off"}]}
    facts = {"by_source": {"random": 1}, "wrong": 0, "largest_n": 2, "failure": None, "assumptions": seen}
    report = verify_report(facts)
    assert not report.good
    assert "it is off" in report.html()


def test_reports_need_jinja(tmp_path, monkeypatch) -> None:
    import sys

    monkeypatch.chdir(tmp_path)
    monkeypatch.setitem(sys.modules, "jinja2", None)
    pf.compile("closest-pair", dim=2, max_n=4).save("m")
    for words in (
        ("verify", "m", "--report", "r"),
        ("prove", "ov", "--dim", 4, "--out", "p", "--html"),
        ("challenge", "elu", "--report", "r"),
    ):
        told = run(*words)
        assert told.exit_code == 2
        assert told.output == "error: a page needs jinja2, which is not installed: pip install 'proofformer[page]'\n"
    assert [path.name for path in tmp_path.iterdir()] == ["m"]
