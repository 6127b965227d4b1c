"""The long run behind the figures: every question and dtype against the oracle, with quotas measured and printed.

    python bench/campaign.py [--count 2000] [--interpreted 300] [--dtype D]

Half the instances come from seed 0, half from a seed derived from the commit's hash. Then the same questions through
the exact interpreter on small instances, compared with the oracle and, signal by signal, with the tensors.
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from time import perf_counter

import click
import numpy as np
import torch

from proofformer import problem
from proofformer.circuit import Gate, Op, answer_fields, interpret, lower, sequence
from proofformer.circuit.signals import At
from proofformer.planner import dtype_named, make_plan
from proofformer.problems import Decision, PairAnswer, Problem
from proofformer.runtime import Model, compile_model, model_of
from proofformer.theorems import theorem_for
from proofformer.verify.quotas import campaign_instances, format_quota_table, measure, quota_table

QUESTIONS = (("closest-pair", "search"), ("ov", "decide"))
N_RANGE, L_RANGE = (2, 600), (1, 80)


def commit_seed() -> int:
    """A seed nobody chose: from the commit's hash."""
    head = subprocess.run(["git", "rev-parse", "HEAD"], capture_output=True, text=True, check=True).stdout
    return int(head[:8], 16)


def instances(name: str, count: int, seeds: tuple[int, int]) -> Iterator[np.ndarray]:
    for seed, share in zip(seeds, (count - count // 2, count // 2), strict=True):
        yield from campaign_instances(name, seed, share, N_RANGE, L_RANGE)


def forced_rounds(asked: Problem, rounds: int, dtype: str) -> Model:
    """The model with every select in `rounds` rounds, though the planner would take fewer."""
    circuit = theorem_for(asked.name, asked.question, asked.metric).circuit(dim=asked.dim, max_n=N_RANGE[1])
    lowered = lower(circuit, {"partner": rounds, "best": rounds})
    return model_of(asked, make_plan(lowered, max_n=N_RANGE[1], dtype=dtype_named(dtype)))


def against_oracle(name: str, question: str, dtype: str, count: int, seeds: tuple[int, int], rounds: int | None) -> int:
    models: dict[int, Model] = {}
    wrong, start = 0, perf_counter()
    for rows in instances(name, count, seeds):
        l = rows.shape[1]
        if l not in models:
            asked = problem(name, dim=l, question=question)
            models[l] = forced_rounds(asked, rounds, dtype) if rounds else compile_model(asked, max_n=600, dtype=dtype)
        wrong += models[l].solve(rows) != models[l].problem.answer(rows)
    how = f"{rounds} rounds" if rounds else "as planned"
    print(
        f"{name:13} {dtype:9} {how:11} {count:5} instances, {wrong} wrong, {perf_counter() - start:.0f} s", flush=True
    )
    return wrong


def signal_by_signal(name: str, question: str, dtype: str, count: int, seed: int) -> int:
    """Small instances through the interpreter, before and after lowering, and through the tensors."""
    rng = np.random.default_rng(seed)
    wrong = compared = 0
    for k in range(count):
        n, l, padding = int(rng.integers(2, 9)), int(rng.integers(1, 7)), int(rng.integers(0, 3))
        rows = (rng.random((n, l)) < rng.uniform(0.1, 0.9)).astype(np.uint8)
        asked = problem(name, dim=l, question=question)
        circuit = theorem_for(name, question, asked.metric).circuit(dim=l, max_n=16)
        plan = make_plan(
            lower(circuit, dict.fromkeys(("partner", "best"), 1 + k % 3)), max_n=16, dtype=dtype_named(dtype)
        )
        model = model_of(asked, plan)
        kinds, tokens = sequence(rows.tolist(), circuit.inputs, padding)
        trace = interpret(plan.circuit, kinds, tokens)
        fields = answer_fields(plan.circuit, trace)
        expected = asked.answer(rows)
        answer = (
            Decision(bool(fields["decision"]))
            if "decision" in fields
            else PairAnswer((fields["i"], fields["j"]), fields["value"])
        )
        before = answer_fields(circuit, interpret(circuit, kinds, tokens))
        padded = torch.zeros(1, n + padding, l)
        padded[0, :n] = torch.from_numpy(rows)
        lengths = torch.tensor([n])
        stream = model.transformer.residuals(model.tokens(padded, lengths))
        exact = [g for g in plan.circuit.nodes if isinstance(g, Gate)]
        same = True
        for gate in exact:
            at = plan.layout.slice_of(gate.name)
            first = len(kinds) - 1 if gate.output.at is At.READ else 0
            want = torch.tensor([[float(v) for v in value or ()] for value in trace[gate.name][first:]])
            for time in range(at.born, max(at.born + 1, min(at.died, len(stream) - 1))):
                got = stream[time + 1][0, first:, at.start : at.stop]
                same &= torch.equal(got.double(), want.double())
                compared += 1
        restored = sum(g.op is Op.RESTORE for g in exact)
        wrong += not (answer == expected and fields == before and same and model.solve(rows) == expected and restored)
    print(f"{name:13} {dtype:9} interpreter {count:5} instances, {wrong} wrong, {compared} signals compared")
    return wrong


@click.command()
@click.option("--count", default=2000)
@click.option("--interpreted", default=300)
@click.option("--forced", default=200, help="Instances in 2 and in 3 rounds.")
@click.option("--dtype", "dtypes", multiple=True, default=("float32", "bfloat16", "float64"))
def main(count: int, interpreted: int, forced: int, dtypes: tuple[str, ...]) -> None:
    """Run the campaign; exit code 1 when anything is wrong or a quota is not met."""
    seeds = (0, commit_seed())
    print(f"seeds {seeds}, n in {N_RANGE}, l in {L_RANGE}")
    bad = 0
    for name, question in QUESTIONS:
        rows = quota_table(measure(name, instances(name, count, seeds)), count)
        print(f"\n{name}\n{format_quota_table(rows)}", flush=True)
        bad += sum(not row.met for row in rows)
        for dtype in dtypes:
            bad += against_oracle(name, question, dtype, count, seeds, None)
            if question == "search":
                bad += sum(against_oracle(name, question, dtype, forced, seeds, rounds) for rounds in (2, 3))
            bad += signal_by_signal(name, question, dtype, interpreted, seeds[1])
    sys.exit(int(bad > 0))


if __name__ == "__main__":
    main()
