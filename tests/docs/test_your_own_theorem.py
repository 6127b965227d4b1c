"""The page that writes a theorem from nothing."""

from pathlib import Path

from tests.docs.pages import ROOT, run, text_of

PAGE = text_of("your-own-theorem.md")


def test_all_of_it_runs(tmp_path: Path) -> None:
    assert run(PAGE, tmp_path) >= 14


def test_the_theorem_is_the_example() -> None:
    """But for its first lines."""
    shown = PAGE.split("# lacks.py\n")[1].split("```")[0]
    assert (ROOT / "examples" / "lacks.py").read_text().endswith(shown)
