"""The pages in docs/theorems are those that `proofformer prove all --out docs/theorems` writes today."""

from __future__ import annotations

import re
from pathlib import Path

from proofformer import problem
from proofformer.compiler import Spec, plan_of
from proofformer.explain.asked import pages
from proofformer.explain.folder import figure_name, write_pages
from proofformer.explain.network import network
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


def test_the_network_is_told_as_it_is() -> None:
    asked = problem("closest-pair", dim=3, bichromatic=True)
    for mask, seen, start in (("strict", "s < r", True), ("inclusive", "s <= r", False)):
        text = "\n".join(network(asked, plan_of(Spec(asked, max_n=9, mask=mask))))
        assert "START, B from its last document to its first, A likewise, READ" in text
        assert "`is_first` (1 on documents of A), `is_second` (1 on documents of B), `doc`[0..2]" in text
        assert f"sum over {seen} of softmax" in text
        assert ("START sees no token" in text) is start
        assert ("`seen:doc`" in text) is not start
        assert "From block 3 on, READ's row alone" in text


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
