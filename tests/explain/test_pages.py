"""The pages in docs/theorems are those that `proofformer prove all --out docs/theorems` writes today."""

from __future__ import annotations

import re
from pathlib import Path

from proofformer.explain.asked import pages
from proofformer.explain.folder import figure_name, write_pages
from proofformer.plugins import laboratory
from proofformer.problems.kinds import KINDS
from proofformer.theorems import THEOREMS, theorem_for

ROOT = Path(__file__).resolve().parents[2]
DOCS = ROOT / "docs" / "theorems"


def test_no_page_is_stale(tmp_path: Path) -> None:
    fresh = tmp_path / "theorems"
    write_pages("all", str(fresh), laboratory("paper"))
    assert {file.name for file in fresh.iterdir()} == {file.name for file in DOCS.iterdir()}
    for file in fresh.iterdir():
        assert file.read_bytes() == (DOCS / file.name).read_bytes(), f"{file.name}: run make theorems"


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
