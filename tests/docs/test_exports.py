"""The page of exports: what can be checked in seconds is what the code does today."""

from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest
from tests.scripts import load_script

from proofformer.cli.common import size
from proofformer.planner import DTYPES

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs" / "exports.md").read_text()


def cells(title: str) -> list[list[str]]:
    """The lines of the table under a heading, without its head."""
    section = PAGE.split(f"\n## {title}\n")[1].split("\n## ")[0]
    rows = [line for line in section.splitlines() if line.startswith("|")]
    return [[cell.strip() for cell in row.split("|")[1:-1]] for row in rows[2:]]


@pytest.fixture(scope="module")
def script() -> Iterator[ModuleType]:
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(str(ROOT / "bench"))
        yield load_script("bench/exports.py")


def test_every_format_and_dtype_is_listed(script: ModuleType) -> None:
    rows = {row[0]: row[1:] for row in cells("What each dtype becomes")}
    assert rows.keys() == script.EXPORTS.keys()
    assert rows["onnx"] == [script.held(script.EXPORTS["onnx"], d.name) for d in DTYPES]
    assert rows["torch"] == ["kept"] * len(DTYPES)


def test_sizes_and_answers(script: ModuleType, tmp_path: Path) -> None:
    rows = {(row[0], row[2]): row for row in cells("Sizes, times, answers")}
    expected = {(asked.label, called) for asked in script.MEASURED for called, _, _ in script.variants(asked.dtype)}
    assert rows.keys() == expected
    for asked in script.MEASURED:
        script.EXPORTS["onnx"].write(asked.model(), tmp_path / f"{asked.name}.onnx")
        assert rows[asked.label, "onnx"][4] == size((tmp_path / f"{asked.name}.onnx").stat().st_size)
    for row in rows.values():
        assert row[8] == f"0 of {script.INSTANCES}"


def test_damage_is_refused_or_harmless(script: ModuleType) -> None:
    corruptions = load_script("bench/corruptions.py")
    rows = cells("What is trusted")
    assert {row[1] for row in rows} == {*corruptions.KINDS, *corruptions.FALSIFIED}
    assert sum(int(row[2]) for row in rows) >= script.DAMAGED + script.FALSIFIED
    assert {row[5] for row in rows} == {"0"}
