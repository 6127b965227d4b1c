import json

import pytest
from tests.lines import BUDGET, ROOT, SLACK, lines, over, room, table


def test_every_room_keeps_to_its_budget() -> None:
    found, budget = lines(), json.loads(BUDGET.read_text())
    assert not over(found, budget), f"{over(found, budget)}; make lines lowers it\n{table(found, budget)}"


@pytest.mark.parametrize(("has", "bad"), [(10, False), (11, True), (10 - SLACK, False), (9 - SLACK, True)])
def test_a_budget_is_kept_from_both_sides(has: int, bad: bool) -> None:
    assert over({"a": has + 100}, {"a": 110}) == ["a"] * bad


def test_a_room_without_a_budget_is_over() -> None:
    assert over({"a": 1, "new": SLACK}, {"a": 1}) == ["new"]


@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("src/proofformer/circuit/check.py", "circuit"),
        ("src/proofformer/runtime/engine/bits.py", "runtime/engine"),
        ("src/proofformer/errors.py", "proofformer/*.py"),
        ("src/prooflab/fuzz/circuits.py", "prooflab"),
        ("bench/speed.py", "bench and docs"),
        ("tests/cases.py", "tests"),
        ("proofs/coq/Net.v", "proofs"),
    ],
)
def test_rooms(path: str, name: str) -> None:
    assert room(ROOT / path) == name
