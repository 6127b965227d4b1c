"""The campaign script asks every question, adds up what it finds, and says so in a page."""

from __future__ import annotations

import json
from pathlib import Path
from types import ModuleType

import pytest
from tests.scripts import load_script

from proofformer import problem
from proofformer.problems.kinds import KINDS
from proofformer.problems.problem import QUESTIONS
from proofformer.verify.executors import here

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def campaigns() -> ModuleType:
    return load_script("bench/campaigns.py")


def test_every_question_is_tried_on_all_small_inputs(campaigns: ModuleType) -> None:
    found = campaigns.every_small(20)
    asked = {(a.problem.name, a.problem.metric, a.problem.question, a.problem.bichromatic) for a in found}
    assert {(k.name, k.metric, q, two) for k in KINDS for q in QUESTIONS for two in (False, True)} == asked
    for a in found:
        entries = (a.problem.levels + 1) ** a.problem.dim
        assert entries**2 <= 1 << 20
        assert a.max_n == 5 or entries ** (a.max_n + 1) > 1 << 20
    cuts = {(a.problem.bichromatic, a.problem.threshold) for a in found if a.problem.name == "max-ip"}
    assert {(two, t) for two in (False, True) for t in range(11)} <= cuts
    assert {a.problem.levels for a in found if a.problem.metric == "sqeuclidean"} == {1, 2, 3}


def test_a_page_has_what_was_found(campaigns: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(campaigns, "BUILD", tmp_path)
    models = [campaigns.Asked(problem("ov", dim=2, bichromatic=two), 5, "float32") for two in (False, True)]
    given = [
        campaigns.Part("exhaustive, 8 bits", models, {"exhaustive": 8}),
        campaigns.Part("instances", models[:1], {"adversarial": 40, "metamorphic": 20}),
        campaigns.Part("mutants", models[:1], {"mutants": 30}),
        campaigns.Part("circuits", [], {"circuits": 10}),
    ]
    with here() as workers:
        reports = [campaigns.run_part(part, workers) for part in given]
        again = campaigns.run_part(given[0], workers)
    assert again["digest"] == reports[0]["digest"]
    assert again["resumed_shards"] == again["shards"] == reports[0]["shards"]
    one, two = sum(4**n for n in (2, 3, 4)), sum((n - 1) * 4**n for n in (2, 3, 4))
    assert reports[0]["instances"] == one + two
    first = load_script("bench/first_to_catch.py")
    monkeypatch.setattr(first, "OF_EACH", 3)
    runs = [
        {"run": run, "instances": 7, "wrong": 0, "seconds": s, "digest": "ab" * 8, "about": ""}
        for run, s in (("one process", 2.0), ("two processes", 1.2))
    ]
    found = campaigns.told(reports, first.first_to_catch(0.01)) | {
        "seconds": 61.0,
        "jobs": 1,
        "rates": {"single": 10.0, "batched": 1000.0},
        "interrupted": runs,
    }
    template = load_script("bench/render.py").environment().get_template("campaigns.md")
    page = template.render(campaigns=json.loads(json.dumps(found)))
    assert f"**{sum(report['instances'] for report in reports):,} instances on 4 models: 0 wrong.**" in page
    assert f"| ov, search | one set | 1 | {one:,} | 0 | " in page
    assert f"| ov, search | two sets | 1 | {two:,} | 0 | " in page
    assert "**30 mutants: " in page
    assert "| well-typed | 10 | 0 |" in page
    assert "Two processes take 0.60 of the time of one." in page
    assert "\n| " + "`planted_at_edges`" in page
    assert all(line.count("|") > 2 for line in page.splitlines() if line.startswith("|"))


def test_the_page_lists_every_family_and_nothing_wrong() -> None:
    page = (ROOT / "docs" / "campaigns.md").read_text()
    assert ": 0 wrong.**" in page
    assert "; 0 certified and wrong.**" in page
    from proofformer.verify.instances import families_for

    for kind in KINDS:
        for two in (False, True):
            for family in families_for(
                problem(kind.name, metric=kind.metric, dim=8, bichromatic=two, **_norms(kind.metric))
            ):
                assert f"| `{family.name}` |" in page, family.name


def _norms(metric: str | None) -> dict[str, tuple[int, ...]]:
    return {"norms": (2, 4)} if metric in ("jaccard", "dice") else {}
