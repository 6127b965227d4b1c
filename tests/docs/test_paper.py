"""Every counterexample and number on the page of the paper is what the refuter finds today; every link leads on."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import asdict
from fractions import Fraction
from itertools import product
from pathlib import Path

import numpy as np
import pytest

from proofformer import problem
from proofformer.compiler import Spec, plan_of
from proofformer.reductions import REDUCTIONS
from prooflab.paper import (
    CONSTRUCTIONS,
    REASONS,
    Construction,
    InnerProducts,
    OrthogonalVectors,
    PublishedSimilarities,
    Refutation,
    count,
    refute,
)
from prooflab.paper.beside import wrong_of
from prooflab.paper.cells import answers
from prooflab.paper.margins import margin
from prooflab.paper.refute import order

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs" / "paper.md"
REFUTED = re.compile(
    r"n = (\d+), l = (\d+), t = (\S+), (\(.*\)): (\S.*) against (\S+), so (yes|no) \((.+)\); "
    r"([\d,]+) of ([\d,]+) wrong"
)


def shown(text: str) -> list[tuple[str, ...]]:
    return [found.groups() for line in text.splitlines() if (found := REFUTED.search(line))]


def prose() -> str:
    return re.sub(r"\s+", " ", PAGE.read_text())


def found_today(construction: Construction) -> tuple[str, ...]:
    found = refute(construction)
    assert isinstance(found, Refutation)
    rows = ", ".join(str(row) for row in found.rows)
    t = "none" if found.t is None else str(found.t)
    outputs = " and ".join(dict.fromkeys(map(str, found.outputs)))
    says = "no" if found.truth else "yes"
    counts = (f"{number:,}" for number in wrong_of(construction))
    return (str(found.n), str(found.dim), t, rows, outputs, str(found.bound), says, ", ".join(found.reasons), *counts)


def test_every_reading_is_there_with_its_numbers() -> None:
    assert shown(PAGE.read_text()) == [found_today(c) for c in CONSTRUCTIONS]


def test_every_reason_is_explained() -> None:
    assert set(re.findall(r"^\* \*\*(\w+)\*\*", PAGE.read_text(), re.M)) >= set(REASONS)


def test_every_theorem_file_is_there() -> None:
    files = {p.name for p in (ROOT / "src/proofformer/theorems").glob("*.py") if "\nTHEOREM = " in p.read_text()}
    assert len(files) == 6
    assert files <= set(re.findall(r"theorems/(\w+\.py)", PAGE.read_text()))


def test_theorem_4_1_is_right_exactly_from_n_equal_l_on() -> None:
    assert "Theorem 4.1 is right on all instances exactly when n >= l" in prose()
    construction = OrthogonalVectors()
    for n, dim in product(range(2, 5), range(1, 5)):
        assert (count(construction, n, dim, None).wrong == 0) == (n >= dim)
    for n, dim in [*product(range(2, 14), repeat=2), (63, 64), (64, 64), (1000, 64)]:
        assert (margin(construction, n, dim).value > 0) == (n >= dim)


def test_cosines_leak_at_any_n_we_name() -> None:
    assert "LSD with both changes, at l = 64 and t = 1/2, is still wrong for n = 262,144" in prose()
    worst = margin(PublishedSimilarities("lsd", "mended", norm=2), 262_144, 64, Fraction(1, 2))
    assert worst.value < 0
    assert not worst.answer


def all_counts(construction: Construction) -> Counter[str]:
    total: Counter[str] = Counter()
    for cell in order(construction, 4, 4):
        total.update(asdict(count(construction, *cell)))
    return total


def test_answers_that_are_all_wrong() -> None:
    text = prose()
    msd = all_counts(PublishedSimilarities("msd", norm=2))
    assert f"({msd['wrong_no']:,} of {msd['no']:,})" in text
    assert msd["wrong_no"] == msd["no"]
    assert msd["wrong_yes"] == 0
    printed = (InnerProducts("min-ip"), PublishedSimilarities("lsd"), PublishedSimilarities("lsd", norm=2))
    min_ip, *lsd = (all_counts(construction) for construction in printed)
    assert f"all {min_ip['yes']:,} instances of Min-IP and all {lsd[0]['yes']:,} of LSD" in text
    for counts in (min_ip, *lsd):
        assert counts["wrong_yes"] == counts["yes"]
        assert counts["wrong_no"] == 0


@pytest.mark.parametrize("construction", [OrthogonalVectors(), InnerProducts("min-ip", "mended")])
def test_zero_documents_hide_a_pair_only_among_themselves(construction: Construction) -> None:
    for n, dim, t in order(construction, 4, 3):
        for documents, truth, decided in answers(construction, n, dim, t, zeros=True):
            assert ((truth & ~decided) == ~documents.any(axis=(1, 2))).all()


def test_temperatures() -> None:
    text = prose()
    assert "b = 8 for n up to 64, 16 up to 4,096 and 16 up to 262,144" in text
    for max_n, b in ((64, 8), (4096, 16), (262_144, 16)):
        for name, t in (("ov", None), ("min-ip", 3), ("max-ip", 3), ("msd", "1/2"), ("lsd", "1/2")):
            asked = problem(name, dim=64, question="decide", threshold=t)
            assert {head.b for head in plan_of(Spec(asked, max_n=max_n)).heads} == {b}
    assert "A one-round search has b = 4 for all n." in text
    for name, max_n in product(("ov", "min-ip", "max-ip", "closest-pair"), (64, 4096, 65_536)):
        plan = plan_of(Spec(problem(name, dim=64), max_n=max_n))
        assert plan.rounds == 1
        assert {head.b for head in plan.heads} == {4}


@pytest.mark.parametrize("n", [2, 3, 5, 8, 21])
def test_disjoint_documents_of_two_ones_refute_max_ip_at_every_n(n: int) -> None:
    rows = np.repeat(np.eye(n, dtype=int), 2, axis=1)
    construction = InnerProducts("max-ip")
    outputs = construction.exact_outputs(rows, 1)
    exact = Fraction(2 * n**3) + Fraction(2 * (n - 1), n**3)
    assert outputs == [exact / (exact / 2 + 1)] * n
    assert min(outputs) > 1
    assert not construction.truth(rows, 1)


def test_every_reduction_is_there() -> None:
    shown = re.findall(
        r"^\| ([^|]+) \| [^|]+ \| \[\w+\.py\]\(../src/proofformer/reductions/", PAGE.read_text(), re.MULTILINE
    )
    assert set(shown) == {reduction.source.removesuffix(", the other way") for reduction in REDUCTIONS}
