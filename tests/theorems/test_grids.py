"""Grids of entries whose squares do not fit in one number: each half of |y|^2 has the range that it takes."""

import pytest

from proofformer.problems import Problem, problem
from proofformer.runtime import compile_model
from proofformer.theorems import circuit_for
from proofformer.verify import verify


def far(levels: int, bichromatic: bool = False) -> Problem:
    return problem("farthest-pair", dim=2, metric="sqeuclidean", levels=levels, bichromatic=bichromatic)


@pytest.mark.parametrize("levels", [16, 17, 40, 255])
def test_ranges_of_the_squares(levels: int) -> None:
    signals = circuit_for(far(levels), 8).signals
    top = {name: signals[name].hi for name in signals if name.startswith("squares")}
    high = levels**2 >> 8
    squares = [v * v for v in range(levels + 1)]
    low = max(s & 255 for s in squares)
    assert top == (
        {"squares0": 256, "squares1": 256}
        if levels == 16
        else {"squares0": low, "squares1": low, "squares0.8": high, "squares1.8": high}
    )


@pytest.mark.parametrize("bichromatic", [False, True])
@pytest.mark.parametrize("levels", [17, 255])
def test_answers(levels: int, bichromatic: bool) -> None:
    model = compile_model(far(levels, bichromatic), max_n=12, dtype="float64")
    assert verify(model, random=20, adversarial=40).total.wrong == 0
