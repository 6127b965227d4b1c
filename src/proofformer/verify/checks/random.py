"""Random instances: independent entries, of a density of its own for each set."""

from __future__ import annotations

from proofformer.runtime import Front
from proofformer.verify.instances.draws import draw_n, generator, random_sets
from proofformer.verify.judge import judge
from proofformer.verify.outcome import Case, Outcome, Tally


def families(model: Front, count: int) -> list[tuple[str, int]]:
    return [("random", count)]


def run(model: Front, family: str, seed: int, start: int, stop: int) -> Outcome:
    tally = Tally()
    for number in range(start, stop):
        rng = generator(seed, family, number)
        sets = random_sets(rng, model.problem, draw_n(rng, model.max_n, number))
        judge(model, Case(family, seed, number, sets), tally)
    return tally.outcome()
