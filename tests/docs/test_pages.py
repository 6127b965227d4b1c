"""Pages are what their templates make of the numbers that are kept; what they show happens; their links lead on."""

import re
from collections import Counter
from pathlib import Path
from types import ModuleType

import jinja2
import pytest
from tests.docs.pages import run, text_of
from tests.golden.frozen import stored
from tests.golden.outputs import OWN, normalised
from tests.scripts import ROOT, load_script

DOCS = ROOT / "docs"
RENDER = load_script("bench/render.py")
FIGURES = load_script("bench/figures.py")
PAGES = {page.name: text for page, text in RENDER.pages()}


def test_every_template_has_its_page() -> None:
    """But that of a GPU: none has been measured."""
    assert {template.name for template in RENDER.TEMPLATES.iterdir()} == PAGES.keys() | {"gpu.md"}


@pytest.mark.parametrize("name", PAGES)
def test_a_page_is_what_its_template_makes_of_the_results(name: str) -> None:
    assert text_of(name) == PAGES[name], "stale: make pages"


@pytest.mark.parametrize("name", FIGURES.FIGURES)
def test_a_figure_is_that_of_the_results(name: str, tmp_path: Path) -> None:
    FIGURES.draw(name, tmp_path)
    assert (tmp_path / name).read_text() == (DOCS / name).read_text(), "stale: make pages"


def test_a_page_that_is_another_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(RENDER, "DOCS", tmp_path)
    for name, text in PAGES.items():
        (tmp_path / name).write_text(text.replace("2 + 1, 2 bits", "2 + 1, 3 bits"))
    assert RENDER.main(["--check"]) == 1
    assert capsys.readouterr().out == "challenge.md is not what bench/render.py makes of results\n"


def test_a_number_that_nobody_measured_is_an_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(RENDER, "TEMPLATES", tmp_path)
    (tmp_path / "page.md").write_text("{{ speed.nothing }}")
    with pytest.raises(jinja2.UndefinedError, match="nothing"):
        list(RENDER.pages())


@pytest.mark.parametrize(
    ("page", "lines"), [("your-own-theorem.md", 14), ("challenge.md", 9), ("kernels.md", 6), ("temperature.md", 11)]
)
@pytest.mark.parametrize("alone", [False, pytest.param(True, marks=pytest.mark.slow)])
def test_all_of_it_runs(page: str, lines: int, alone: bool, tmp_path: Path) -> None:
    assert page in OWN
    assert run(text_of(page), tmp_path, alone=alone) >= lines


def test_what_other_pages_show_is_what_is_said() -> None:
    """By what the golden tests hold."""
    golden, lines = stored("outputs/console.json"), Counter[str]()
    for key, said in golden.items():
        page, number, command = re.fullmatch(r"([\w/.-]+), block (\d+): (.*)", key).groups()
        block = re.findall(r"```console\n(.*?)```", (ROOT / page).read_text(), re.DOTALL)[int(number) - 1]
        shown = next(step for step in block.split("$ ")[1:] if step.startswith(f"{command}\n"))
        for line in shown.splitlines()[1:]:
            assert normalised(line) in "\n".join(said["stdout"] + said["stderr"]), (command, line)
            lines[page] += 1
    assert (lines["README.md"], lines["docs/use.md"], lines["docs/why-quadratic.md"]) >= (11, 7, 3)


def test_the_theorem_of_the_page_is_the_example() -> None:
    """But for its first lines."""
    shown = text_of("your-own-theorem.md").split("# lacks.py\n")[1].split("```")[0]
    assert (ROOT / "examples" / "lacks.py").read_text().endswith(shown)


def test_links_and_scripts_are_there() -> None:
    for page in [*DOCS.glob("*.md"), ROOT / "README.md"]:
        text = page.read_text()
        for target in re.findall(r"\]\(([^)#]+)", text):
            assert target.startswith("https://") or (page.parent / target).exists(), f"{page.name}: {target}"
        for script in re.findall(r"bench/\w+\.py", text + (ROOT / "Makefile").read_text()):
            assert (ROOT / script).is_file(), f"{page.name}: {script}"


def test_a_trace_of_the_hops(capsys: pytest.CaptureFixture[str]) -> None:
    """As docs/internals.md has it."""
    assert "`python bench/hops.py`" in text_of("internals.md")
    load_script("bench/hops.py").main()
    found = dict(re.findall(r"^(\w+): (\d+) hops", capsys.readouterr().out, re.MULTILINE))
    assert found.keys() == {"compile", "solve"}
    assert "0" not in found.values()


@pytest.fixture
def results(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    module = load_script("bench/results.py")
    monkeypatch.setattr(module, "RESULTS", tmp_path)
    return module


def test_parts_are_kept_one_by_one(results: ModuleType, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    rows = [{"n": n, "name": "a name that is long enough for more than one line in all"} for n in (1, 2)]
    results.measure("none", {"one": lambda: rows, "two": lambda: 1 / 0}, words=["one"])
    assert results.kept("none") == {"one": rows, "machine": results.machine()}
    assert (tmp_path / "none.json").read_text().count("\n") == 7
    with pytest.raises(ZeroDivisionError):
        results.measure("none", {"one": lambda: 2, "two": lambda: 1 / 0}, words=[])
    assert results.kept("none")["one"] == 2
    with pytest.raises(SystemExit):
        results.measure("none", {"one": lambda: 3}, words=["three"])
    assert "there is no part 'three': choose from one" in capsys.readouterr().err


def test_contestants_take_turns_and_the_first_does_not_count(results: ModuleType) -> None:
    asked: list[tuple[str, int]] = []

    def run(name: str, seconds: float, seed: int) -> float | None:
        asked.append((name, seed))
        return None if name == "b" and seed > 1 else seconds * (100 if seed == 0 else seed)

    found = results.in_turns({name: lambda seed, name=name: run(name, 1, seed) for name in "ab"}, repeats=3)
    assert asked == [(name, seed) for seed in range(4) for name in "ab"]
    assert found == {"a": 2, "b": 1}
