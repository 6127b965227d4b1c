"""Every theorem of Coq that a page names is there."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from tests.scripts import ROOT

from prooflab.lemmas import CLAIMS, lemma_name
from prooflab.paper import CONSTRUCTIONS, Construction

COQ = ROOT / "proofs" / "coq"
PAPER = (ROOT / "docs" / "paper.md").read_text()
NAMED = re.compile(r"^(?:Lemma|Theorem) (\w+)", re.MULTILINE)


def there(*files: str) -> set[str]:
    """What is proved in these files; in all of them, where none is named."""
    return {
        name for file in COQ.glob("*.v") if not files or file.stem in files for name in NAMED.findall(file.read_text())
    }


def cited(text: str) -> set[str]:
    return set(re.findall(r"`([a-z]\w*_\w+)`", text))


@pytest.mark.parametrize("page", sorted((ROOT / "docs" / "theorems").glob("*.md")), ids=lambda page: page.stem)
def test_theorem_pages(page: Path) -> None:
    lines = page.read_text().splitlines()
    rows = [line.split(" | ")[-1] for line in lines if "(../theory.md); | " in line or "[section " in line]
    named = [line for line in lines if line.startswith(("Lemmas of", "| in Coq"))]
    found = cited(" ".join([*rows, *named]))
    assert found <= there("Obligations", "PaperProved")
    assert page.stem == "README" or len(found & there("Obligations")) > 20


@pytest.mark.parametrize("construction", CONSTRUCTIONS, ids=lambda construction: construction.label)
def test_published_units(construction: Construction) -> None:
    assert {name for names in construction.in_coq for name in names} <= there("PaperProved")
    assert [*map(bool, construction.in_coq)] == [construction.theorem != "Theorem C.2"] * 3


def test_the_page_of_the_paper() -> None:
    """It names every theorem that PaperProved.v checks, and no other."""
    section = PAPER.partition("## For all n and l, in Coq")[2].partition("\n## ")[0]
    checked = set(re.findall(r"^Check (\w+)\.", (COQ / "PaperProved.v").read_text(), re.MULTILINE))
    assert cited(section) == checked
    assert checked <= there("PaperProved")


def test_every_claim_has_its_lemma() -> None:
    assert {lemma_name(claim) for claim in CLAIMS} == there("Obligations")
    assert cited((ROOT / "proofs" / "README.md").read_text()) <= there()
