"""The campaign script asks every question, adds up what it finds, and says so in a page."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest
import torch
from tests.scripts import load_script

from proofformer import problem
from proofformer.problems.kinds import KINDS
from proofformer.problems.problem import QUESTIONS
from proofformer.verify.executors import here

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def scripts() -> Iterator[dict[str, ModuleType]]:
    torch.set_num_threads(1)
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(str(ROOT / "bench"))
        yield {name: load_script(f"bench/{name}.py") for name in ("campaign_tables", "first_to_catch", "campaigns")}


def test_every_question_is_tried_on_all_small_inputs(scripts: dict[str, ModuleType]) -> None:
    found = scripts["campaigns"].every_small(20)
    asked = {(a.problem.name, a.problem.metric, a.problem.question, a.problem.bichromatic) for a in found}
    assert {(k.name, k.metric, q, two) for k in KINDS for q in QUESTIONS for two in (False, True)} == asked
    for a in found:
        entries = (a.problem.levels + 1) ** a.problem.dim
        assert entries**2 <= 1 << 20
        assert a.max_n == 5 or entries ** (a.max_n + 1) > 1 << 20
    cuts = {(a.problem.bichromatic, a.problem.threshold) for a in found if a.problem.name == "max-ip"}
    assert {(two, t) for two in (False, True) for t in range(11)} <= cuts
    assert {a.problem.levels for a in found if a.problem.metric == "sqeuclidean"} == {1, 2, 3}


def test_a_page_has_what_was_found(
    scripts: dict[str, ModuleType], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    campaigns = scripts["campaigns"]
    monkeypatch.setattr(campaigns, "BUILD", tmp_path)
    models = [campaigns.Asked(problem("ov", dim=2, bichromatic=two), 5, "float32") for two in (False, True)]
    given = [
        campaigns.Part("exhaustive, 8 bits", models, {"exhaustive": 8}),
        campaigns.Part("instances", models[:1], {"adversarial": 40, "metamorphic": 20}),
        campaigns.Part("mutants", models[:1], {"mutants": 30}),
        campaigns.Part("circuits", [], {"circuits": 10}),
    ]
    with here() as workers:
        parts = [campaigns.run_part(part, workers, "auto") for part in given]
        again = campaigns.run_part(given[0], workers, "auto")
    assert again["digest"] == parts[0]["digest"]
    assert again["resumed_shards"] == again["shards"] == parts[0]["shards"]
    one, two = sum(4**n for n in (2, 3, 4)), sum((n - 1) * 4**n for n in (2, 3, 4))
    assert parts[0]["instances"] == one + two
    monkeypatch.setattr(scripts["first_to_catch"], "OF_EACH", 3)
    rows = [
        {"run": run, "instances": 7, "wrong": 0, "seconds": s, "digest": "ab" * 32}
        for run, s in (("one process", 2.0), ("two processes", 1.2))
    ]
    page = scripts["campaign_tables"].document(
        {
            "parts": json.loads(json.dumps(parts)),
            "seconds": 61.0,
            "machine": "a machine",
            "format_version": 4,
            "jobs": 1,
            "rates": {"single": 10.0, "batched": 1000.0},
            "first": scripts["first_to_catch"].first_to_catch(0.01),
            "interruptions": rows,
        }
    )
    assert f"**{sum(part['instances'] for part in parts):,} instances on 4 models: 0 wrong.**" in page
    assert f"| ov, search | one set | 1 | {one:,} | 0 | 8 bits |" in page
    assert f"| ov, search | two sets | 1 | {two:,} | 0 | 8 bits |" in page
    assert "**30 mutants: " in page
    assert "| well-typed | 10 | 0 |" in page
    assert "Two processes take 0.60 of the time of one." in page
    assert "\n| " + "`planted_at_edges`" in page
    assert all(line.count("|") > 2 for line in page.splitlines() if line.startswith("|"))


def test_the_page_in_the_docs_lists_every_family_and_nothing_wrong() -> None:
    page = (ROOT / "docs" / "campaigns.md").read_text()
    assert ": 0 wrong.**" in page
    assert " 0 survived.**" in page
    from proofformer.verify.instances import families_for

    for kind in KINDS:
        for two in (False, True):
            for family in families_for(
                problem(kind.name, metric=kind.metric, dim=8, bichromatic=two, **_norms(kind.metric))
            ):
                assert f"| `{family.name}` |" in page, family.name


def _norms(metric: str | None) -> dict[str, tuple[int, ...]]:
    return {"norms": (2, 4)} if metric in ("jaccard", "dice") else {}
