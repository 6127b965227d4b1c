"""docs/theory.md is what the code says, and has the sections that are cited."""

import re
from fractions import Fraction
from pathlib import Path

import pytest

from proofformer import problem
from proofformer.compiler import Spec, plan_of
from proofformer.planner.bounds import ASSUMPTIONS, LEAK_BUDGET, most_keys, read_bounds
from proofformer.planner.dtypes import DTYPES

ROOT = Path(__file__).resolve().parents[2]
DOCS = ROOT / "docs"


def test_cited_sections_exist() -> None:
    sections = set(re.findall(r"^## (\d+)\. ", (DOCS / "theory.md").read_text(), re.MULTILINE))
    assert sections == set("12345678")
    cited = {}
    for file in [*ROOT.glob("src/**/*.py"), *ROOT.glob("docs/*.md"), ROOT / "README.md"]:
        for number in re.findall(r"theory\.md\)?,\s+section\s+(\d+)", file.read_text()):
            cited[number] = file
    assert cited
    assert set(cited) <= sections, cited


def test_theory_lists_every_assumption() -> None:
    section = (DOCS / "theory.md").read_text().split("## 6.")[1].split("## 7.")[0]
    assert re.findall(r"^\d+\. \*(\w+)\*: ", section, re.MULTILINE) == [a.name for a in ASSUMPTIONS]


def test_theory_says_how_many_documents_there_may_be_where_sums_are_truncated() -> None:
    section = (DOCS / "theory.md").read_text().split("**Truncating.**")[1].split("\n\n")[0]
    without, least = {}, 1 << 30
    for dtype in DTYPES[:3]:
        without[dtype.name] = most_keys(Fraction(0), 1 << 30, dtype, truncating=True)
        least = min(least, most_keys(LEAK_BUDGET, 1 << 30, dtype, truncating=True))
    said = re.findall(r"([\d,]+)\s(?:keys )?in\s(\w+)", section)
    assert {name: int(number.replace(",", "")) for number, name in said} == without
    assert f"max_n = {least // 1000},000 " in section


@pytest.mark.parametrize("dtype", ["bfloat16", "float32"])
@pytest.mark.parametrize("n", [4096, 65_536])
def test_numbers_quoted_in_theory(dtype: str, n: int) -> None:
    """Section 6: a leak of at most 0.019, and any F up to 10 restores."""
    plan = plan_of(Spec(problem("closest-pair", dim=64), max_n=n, dtype=dtype))
    for head in plan.heads:
        assert head.b == 4
        assert head.leak <= Fraction(19, 1000)
        wide = read_bounds(10 * head.leak, n + 1, plan.dtype)
        assert wide is not None
        assert wide.slack > 0


def test_bfloat16_stops_at_256() -> None:
    """Section 8."""
    assert plan_of(Spec(problem("closest-pair", dim=256), max_n=100, dtype="bfloat16"))
    with pytest.raises(ValueError, match="dim=256"):
        plan_of(Spec(problem("closest-pair", dim=257), max_n=100, dtype="bfloat16"))
