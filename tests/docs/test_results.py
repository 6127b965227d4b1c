"""Numbers that are kept, and that can be found again in seconds, are what the code finds today."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from itertools import pairwise
from math import isqrt
from pathlib import Path
from typing import Any

import pytest
from tests.scripts import load_script

from proofformer.cli.common import size
from proofformer.planner import DTYPES
from proofformer.reductions import REDUCTIONS

RESULTS = load_script("bench/results.py")
CAPABILITY, COSINES, EXPORTS, KERNELS, QUADRATIC, SPEED = (
    load_script(f"bench/{name}.py") for name in ("capability", "cosines", "exports", "kernels", "quadratic", "speed")
)
LIMITS = RESULTS.kept("capability")
LINES = [(section, line) for section in CAPABILITY.SECTIONS for line in LIMITS[section]]
DEAR = ("closest-pair (sqeuclidean)", "closest-pair (cityblock)")
"""What takes seconds to plan: not with a factor too, and in float32 alone, but in the slow tests."""


def test_how_it_works() -> None:
    script, found = load_script("bench/how_it_works.py"), RESULTS.kept("how_it_works")
    for part, make in script.PARTS.items():
        assert make() == found[part], "stale: run python bench/how_it_works.py"


def asked_by(section: str, line: dict[str, Any]) -> list[Any]:
    """The questions that share a line."""
    question, _, two = line["asked"].partition(", ")
    known = {(q.label, q.question): q for where, q in CAPABILITY.questions() if where == section}
    return [replace(known[label, question], bichromatic=bool(two)) for label in line["questions"]]


def test_every_question_has_its_limits() -> None:
    listed = {(s, q, line["dtype"]) for s, line in LINES for q in asked_by(s, line) if not q.bichromatic}
    assert listed == {(where, q, d.name) for where, q in CAPABILITY.questions() for d in DTYPES}
    assert CAPABILITY.widths() == LIMITS["widths"]


def tried(section: str, line: dict[str, Any]) -> Any:
    question, dtype = line["questions"][0], line["dtype"]
    slow = question in DEAR and (section == "gamma" or dtype == "float16")
    marks = [pytest.mark.slow] if slow else []
    return pytest.param(section, line, id=f"{section}-{line['asked']}-{question}-{dtype}", marks=marks)


@pytest.mark.parametrize(("section", "line"), [tried(*line) for line in LINES])
def test_limits(section: str, line: dict[str, Any]) -> None:
    """At the common size; and a limit, but for large l, compiles, and the next size is refused as the line says."""
    first, *_, last = (asked.reach(line["dtype"]) for asked in 2 * asked_by(section, line))
    for reach in (first, last):
        sizes = CAPABILITY.sizes_of(reach.plan(CAPABILITY.DIM, CAPABILITY.MAX_N))
        assert sizes.items() <= line.items()
    found = []
    if "or more" not in line["max n"]:
        found.append(("max n", "n stopped by", last.largest_n(CAPABILITY.DIM, size_of(line["max n"]))))
    if size_of(line["l"]) <= 64:
        found.append(("l", "l stopped by", last.largest_dim(CAPABILITY.MAX_N, size_of(line["l"]))))
    for key, why, limit in found:
        assert [CAPABILITY.largest(limit), CAPABILITY.stopped(limit.ends)] == [line[key], line[why]]


def size_of(limit: str) -> int:
    """Where to look for it again: at 2 if there is none."""
    return 2 if limit == "none" else int(limit.split()[0].replace(",", ""))


@pytest.mark.parametrize("l", [2, 3, 6, 7, 8, 11, 12, 24, 34, 35, 64])
def test_cosines(l: int) -> None:
    (line,) = (line for line in RESULTS.kept("cosines")["nearest"] if line["l"] == l)
    assert COSINES.row(l) == line


@pytest.mark.parametrize("l", [8, 16])
def test_what_a_factor_buys(l: int) -> None:
    assert [COSINES.buys(l, gamma) for gamma in COSINES.GAMMAS] == RESULTS.kept("cosines")["factors"][str(l)]


@pytest.mark.parametrize("l", [2, 5, 9, 16])
def test_the_smallest_distance_by_brute_force(l: int) -> None:
    squares = {
        Fraction(k * k, a * b)
        for a in range(1, l + 1)
        for b in range(a, l + 1)
        for k in range(max(0, a + b - l), a + 1)
    }
    digits = 10**30
    roots = sorted((isqrt(int(x * digits**2)), x) for x in squares)
    distance, low, high = min((b - a, x, y) for (a, x), (b, y) in pairwise(roots))
    count, found, below, above = COSINES.nearest(l)
    assert count == len(squares)
    assert (below, above) == (low, high)
    assert found == pytest.approx(distance / digits, rel=1e-12)


def test_exports(tmp_path: Path) -> None:
    found = RESULTS.kept("exports")
    assert found["dtypes"].keys() == EXPORTS.EXPORTS.keys()
    assert found["dtypes"]["onnx"] == [EXPORTS.held(EXPORTS.EXPORTS["onnx"], d.name) for d in DTYPES]
    assert found["dtypes"]["torch"] == ["kept"] * len(DTYPES)
    lines = {(line["question"], line["format"]): line for line in found["formats"]}
    assert lines.keys() == {
        (asked.label, called) for asked in EXPORTS.MEASURED for called, *_ in EXPORTS.variants(asked.dtype)
    }
    for asked in EXPORTS.MEASURED:
        EXPORTS.EXPORTS["onnx"].write(asked.model(), tmp_path / f"{asked.name}.onnx")
        assert lines[asked.label, "onnx"]["export"] == size((tmp_path / f"{asked.name}.onnx").stat().st_size)
    assert {(line["wrong"], line["asked"]) for line in lines.values()} == {(0, EXPORTS.INSTANCES)}


def test_what_was_damaged_was_refused_or_right() -> None:
    corruptions, found = load_script("bench/corruptions.py"), RESULTS.kept("exports")["damaged"]
    assert {line["damage"] for line in found} == {*corruptions.KINDS, *corruptions.FALSIFIED}
    assert sum(line["tried"] for line in found) >= EXPORTS.DAMAGED + EXPORTS.FALSIFIED
    assert all(line["tried"] == line["refused"] + line["right"] and line["bad"] == "0" for line in found)


def test_kernels() -> None:
    """`tests/runtime/test_probe.py` has them one by one; what `verify` says of bugs takes minutes."""
    found = RESULTS.kept("kernels")
    assert [line | {"dtypes": list(line["dtypes"])} for line in KERNELS.told()] == found["kernels"]
    seen = {name: (KERNELS.seen(kernel, "float32") or ["nothing"])[0] for name, kernel in KERNELS.BUGS.items()}
    assert {line["bug"]: line["seen"] for line in found["bugs"]} == seen


def test_machines_at_full_strength() -> None:
    """`tests/bench/test_soundness.py` runs some; all of them take minutes."""
    script, found = load_script("bench/soundness.py"), RESULTS.kept("soundness")
    lines = found["soundness"]["machines"]
    assert [line["machine"] for line in lines] == [machine.name for machine in script.MACHINES]
    assert all(line["asked"] >= 2000 and line["wrong"] == 0 and max(line["reached"].values()) <= 1 for line in lines)
    assert found["soundness"]["models"] == len(script.QUESTIONS) * len(DTYPES) * len(script.SIZES)
    assert {line["breaks"] for line in found["breaches"]} >= {machine.name for machine in script.ALONE}


def test_reductions() -> None:
    script, found = load_script("bench/reductions.py"), RESULTS.kept("reductions")
    assert script.told() == found["told"]
    assert [(line["name"], line["source"]) for line in found["checked"]] == [(r.name, r.source) for r in REDUCTIONS]
    assert all(line["instances"] >= script.INSTANCES and line["wrong"] == 0 for line in found["checked"])


def test_time_grows_towards_the_square_of_tokens() -> None:
    found = RESULTS.kept("quadratic")["times"]
    assert [size["tokens"] for size in found["sizes"]] == [2 * 2 ** (n // 2) + 2 for n in QUADRATIC.VARIABLES]
    assert 1.5 < found["slope"] < 2.3


def test_every_question_has_its_speed() -> None:
    found = RESULTS.kept("speed")
    assert len(found["questions"]) == len(SPEED.QUESTIONS)
    assert [f"{dim} {n}" for dim, sizes in SPEED.PEERS.items() for n in sizes] == list(found["peers"])
    assert all(list(times) == list(SPEED.CONTESTANTS.values()) for times in found["peers"].values())
    assert [str(n) for n in SPEED.LARGE] == list(found["growth"])
    assert len(found["cluster"]) == len(SPEED.SHARED)


@pytest.mark.parametrize("kernel", [SPEED.sdpa, pytest.param(SPEED.fast, marks=pytest.mark.slow)])
def test_instances_are_ones_that_the_questions_take(kernel: Any) -> None:
    for asked in SPEED.QUESTIONS:
        model = SPEED.pf.compile(**asked, dim=64, max_n=64)
        model.attention = kernel
        SPEED.check(model, SPEED.instance(model, 60, 3))
