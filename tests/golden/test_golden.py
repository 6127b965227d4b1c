"""What proofformer does is what it did: weights, commands, campaigns, and what catches each altered weight."""

import pytest
from tests.golden.frozen import FILES, differences, stored, told


@pytest.mark.parametrize("name", FILES)
def test_nothing_has_changed(name: str) -> None:
    changed = told(name, stored(name), FILES[name]())
    if changed:
        pytest.fail(changed, pytrace=False)


def test_every_difference_is_found() -> None:
    golden = {"a": {"out": ["x", "y"], "exit": 0}, "b": 1}
    now = {"a": {"out": ["x", "z", "w"], "exit": 2}, "c": 1}
    assert list(differences(golden, golden)) == []
    assert list(differences(golden, now)) == [
        "a > out > 1: 'y' became 'z'",
        "a > out: 2 items became 3",
        "a > exit: 0 became 2",
        "b: gone",
        "c: new",
    ]
