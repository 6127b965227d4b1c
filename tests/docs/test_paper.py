"""Every counterexample and count on the page of the paper is what the refuter finds today, and every link leads on."""

from __future__ import annotations

import re
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from proofformer.prove.published_side import wrong_of
from proofformer.published import CONSTRUCTIONS, Construction, InnerProducts, OrthogonalVectors, Refutation, refute
from proofformer.published.margins import margin

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs" / "paper.md"
REFUTED = re.compile(r"n = (\d+), l = (\d+), t = (\S+), (\(.*\)); ([\d,]+) of ([\d,]+) wrong")


def shown() -> list[tuple[str, ...]]:
    return [found.groups() for line in PAGE.read_text().splitlines() if (found := REFUTED.search(line))]


def found_today(construction: Construction) -> tuple[str, ...]:
    found = refute(construction)
    assert isinstance(found, Refutation)
    rows = ", ".join(str(row) for row in found.rows)
    t = "none" if found.t is None else str(found.t)
    return (str(found.n), str(found.dim), t, rows, *(f"{count:,}" for count in wrong_of(construction)))


def test_every_reading_is_there_with_its_numbers() -> None:
    assert sorted(shown()) == sorted(found_today(c) for c in CONSTRUCTIONS)


def test_links_lead_somewhere() -> None:
    targets = re.findall(r"\]\(([^)]+)\)", PAGE.read_text())
    assert len(targets) > 30
    for target in targets:
        assert (PAGE.parent / target).is_file(), target


def test_every_theorem_file_is_there() -> None:
    files = {p.name for p in (ROOT / "src/proofformer/theorems").glob("*.py") if "\nSource. " in p.read_text()}
    assert len(files) == 11
    assert files <= set(re.findall(r"theorems/(\w+\.py)", PAGE.read_text()))


def test_theorem_4_1_holds_from_n_equal_l_on() -> None:
    assert "With l = 64 Theorem 4.1 holds from n = 64" in PAGE.read_text().replace("\n", " ")
    assert margin(OrthogonalVectors(), 63, 64).value < 0 < margin(OrthogonalVectors(), 64, 64).value


@pytest.mark.parametrize("n", [2, 3, 5, 8, 21])
def test_disjoint_documents_of_two_ones_refute_max_ip_at_every_n(n: int) -> None:
    rows = np.repeat(np.eye(n, dtype=int), 2, axis=1)
    construction = InnerProducts("max-ip")
    outputs = construction.exact_outputs(rows, 1)
    exact = Fraction(2 * n**3) + Fraction(2 * (n - 1), n**3)
    assert outputs == [exact / (exact / 2 + 1)] * n
    assert min(outputs) > 1
    assert not construction.truth(rows, 1)
