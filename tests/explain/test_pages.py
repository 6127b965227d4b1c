"""The pages in docs/theorems are those that `proofformer prove all --out docs/theorems` writes today."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from proofformer.compiler import Spec, plan_of
from proofformer.explain.asked import pages
from proofformer.explain.folder import figure_name, write_pages
from proofformer.plugins import laboratory
from proofformer.problems.kinds import KINDS
from proofformer.theorems import THEOREMS, theorem_for

ROOT = Path(__file__).resolve().parents[2]
DOCS = ROOT / "docs" / "theorems"


@pytest.fixture(scope="module")
def fresh(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("pages") / "theorems"
    write_pages("all", str(folder), laboratory("paper"))
    return folder


def test_no_page_is_stale(fresh: Path) -> None:
    assert {file.name for file in fresh.iterdir()} == {file.name for file in DOCS.iterdir()}
    for file in fresh.iterdir():
        assert file.read_bytes() == (DOCS / file.name).read_bytes(), f"{file.name}: run make theorems"


def test_a_changed_plan_would_change_its_page(fresh: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        "proofformer.explain.folder.planned", lambda asked, _: plan_of(Spec(asked, max_n=2048, dtype="float32"))
    )
    write_pages("ov", str(tmp_path), laboratory("paper"))
    assert (tmp_path / "ov.md").read_text() != (fresh / "ov.md").read_text()


def test_there_is_a_page_for_every_theorem() -> None:
    shown = {theorem_for(asked).name for page in pages() for _, asked in page.problems}
    assert shown == {claim.name for theorem in THEOREMS.values() for claim in theorem.claims}
    assert {page.name for page in pages()} == {kind.name for kind in KINDS}


def test_links_lead_somewhere() -> None:
    for file in DOCS.glob("*.md"):
        for target in re.findall(r"\]\(([^)]+)\)", file.read_text()):
            assert (DOCS / target).is_file(), f"{file.name}: {target}"


def test_published_theorems_have_their_figure() -> None:
    for page in pages():
        text = (DOCS / f"{page.stem}.md").read_text()
        assert (f"]({figure_name(page)})" in text) == laboratory("paper").decides(page.name)
        assert text.count("**Claim.**") == len(page.problems)
        assert text.count("#### Obligations") == len(page.problems)
