"""Exports beside the model they were made of."""

import torch
from tests.cases import Case, Sets

from proofformer.artifacts.artifact import Exported
from proofformer.runtime import Model, model_of
from proofformer.verify.checks import adversarial

DIM, MAX_N = 5, 8


def compiled(case: Case, dtype: str = "float32") -> Model:
    return model_of(case.problem(DIM), case.plan(DIM, MAX_N, dtype))


def check_answers(exported: Exported, case: Case) -> None:
    """On the hand-made instances, the smallest n and the largest among them."""
    made = case.instances(DIM, MAX_N)
    assert {2, MAX_N} <= {sum(map(len, sets)) for sets in made.values()}
    for name, sets in made.items():
        assert exported.solve(*sets) == case.brute(sets), name


def check_bits(exported: Exported, model: Model, case: Case) -> None:
    """Batches of one and of all instances that fit in a frame, anything in the padding: bit for bit the model's."""
    frame = (3, MAX_N - 3) if case.bichromatic else (MAX_N,)
    fit = [s for s in case.instances(DIM, MAX_N).values() if all(map(int.__le__, map(len, s), frame))]
    assert len(fit) > 2
    for batch in (fit[:1], fit):
        sets = [torch.stack([_filled(s[k], n) for s in batch]) for k, n in enumerate(frame)]
        lengths = torch.tensor([[len(rows) for rows in s] for s in batch])
        table = lengths if case.bichromatic else lengths[:, 0]
        mine, theirs = exported(*sets, lengths=table), model(*sets, lengths=table)
        assert mine._fields == theirs._fields
        for name, field in theirs._asdict().items():
            assert torch.equal(getattr(mine, name), field), name
            assert getattr(mine, name).dtype == field.dtype


def _filled(rows: list[list[int]], n: int) -> torch.Tensor:
    return torch.tensor([*rows, *[[3 + k for k in range(DIM)]] * (n - len(rows))], dtype=torch.uint8)


def wrong_of_adversarial(exported: Exported, count: int) -> int:
    wrong = tried = 0
    for family, share in adversarial.families(exported, count):
        outcome = adversarial.run(exported, family, 1, 0, share)
        wrong, tried = wrong + outcome.wrong, tried + outcome.instances
    assert tried == count
    return wrong


def example(case: Case) -> Sets:
    return case.instances(DIM, MAX_N)["1 x n" if case.bichromatic else "counting"]
