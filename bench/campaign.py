"""The long run behind the figures: every question, form and dtype against the oracle, with quotas measured and printed.

    python bench/campaign.py [--count 500] [--problem P] [--question Q] [--form one|two] [--dtype D]

Half the instances come from seed 0, half from a seed derived from the commit's hash. Searches also run in 2 and in 3
rounds where one would do, and small instances go through the exact interpreter, before and after lowering, and are
compared with the oracle and, signal by signal, with the tensors.
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from time import perf_counter

import click
import numpy as np
import torch

from proofformer import problem
from proofformer.circuit import Circuit, Gate, Op, Select, answer_fields, interpret, lower, sequence
from proofformer.circuit.signals import At
from proofformer.planner import DTYPES, dtype_named, make_plan
from proofformer.problems import Decision, PairAnswer, Problem
from proofformer.problems.answers import Answer
from proofformer.problems.problem import KINDS, QUESTIONS
from proofformer.runtime import Model, compile_model, model_of
from proofformer.runtime.decode import answers
from proofformer.theorems import circuit_for
from proofformer.verify.draws import campaign
from proofformer.verify.families import Sets
from proofformer.verify.quotas import format_quota_table, measure, quota_table

N_RANGE, L_RANGE = (2, 600), (1, 80)
FORMS = {"one": False, "two": True}
NAMES = [k.name for k in KINDS]
DTYPE_NAMES = [d.name for d in DTYPES]


def commit_seed() -> int:
    """A seed nobody chose: from the commit's hash."""
    head = subprocess.run(["git", "rev-parse", "HEAD"], capture_output=True, text=True, check=True).stdout
    return int(head[:8], 16)


@dataclass(frozen=True)
class Asked:
    """A problem, an instance for it, and the oracle's answer."""

    problem: Problem
    sets: Sets
    answer: Answer


def drawn(name: str, question: str, two: bool, count: int, seeds: tuple[int, int]) -> Iterator[Asked]:
    for seed, share in zip(seeds, (count - count // 2, count // 2), strict=True):
        for asked, sets in campaign(name, question, two, seed, share, N_RANGE, L_RANGE):
            yield Asked(asked, sets, asked.answer(*sets))


def in_rounds(circuit: Circuit, rounds: int) -> Circuit:
    """The circuit with every select in so many rounds, though fewer might do."""
    return lower(circuit, {n.name: rounds for n in circuit.nodes if isinstance(n, Select)})


@lru_cache(maxsize=256)
def model_for(asked: Problem, dtype: str, rounds: int | None) -> Model:
    if rounds is None:
        return compile_model(asked, max_n=N_RANGE[1], dtype=dtype)
    circuit = in_rounds(circuit_for(asked, N_RANGE[1]), rounds)
    return model_of(asked, make_plan(circuit, max_n=N_RANGE[1], dtype=dtype_named(dtype)))


def padded(model: Model, sets: Sets, rng: np.random.Generator) -> Answer:
    """The model's answer when each set is followed by up to 8 rows of padding, copies of documents of either set."""
    room = N_RANGE[1] - sum(map(len, sets))
    documents = np.vstack(sets)
    tensors = []
    for rows in sets:
        extra = int(rng.integers(0, min(8, room // len(sets)) + 1))
        garbage = documents[rng.integers(len(documents), size=extra)]
        tensors.append(torch.from_numpy(np.vstack((rows, garbage)))[None])
    lengths = torch.tensor([[len(rows) for rows in sets]])
    with torch.inference_mode():
        bits = model(*tensors, lengths=lengths if len(sets) == 2 else lengths[0])
    return answers(bits)[0]


def against_oracle(label: str, instances: Sequence[Asked], dtype: str, rounds: int | None = None) -> int:
    """Every instance through the model; every third with padding."""
    wrong, start, rng = 0, perf_counter(), np.random.default_rng(0)
    for k, asked in enumerate(instances):
        model = model_for(asked.problem, dtype, rounds)
        got = padded(model, asked.sets, rng) if k % 3 == 2 else model.solve(*asked.sets)
        if got != asked.answer:
            wrong += 1
            print(f"WRONG: {asked.problem.label}, instance {k}: expected {asked.answer}, got {got}")
    how = f"{rounds} rounds" if rounds else "as planned"
    seconds = perf_counter() - start
    print(f"{label:34} {dtype:9} {how:11} {len(instances):5} instances, {wrong} wrong, {seconds:.0f} s", flush=True)
    return wrong


def small(rng: np.random.Generator, name: str, question: str, two: bool) -> tuple[Problem, Sets]:
    """A tiny instance of 2..8 documents, and a problem that asks about it."""
    n, l = int(rng.integers(2, 9)), int(rng.integers(1, 7))
    rows = (rng.random((n, l)) < rng.uniform(0.1, 0.9)).astype(np.uint8)
    first = int(rng.integers(1, n))
    threshold = int(rng.integers(0, l + 1)) if question == "decide" and name != "ov" else None
    asked = problem(name, dim=l, question=question, bichromatic=two, threshold=threshold)
    return asked, ((rows[:first], rows[first:]) if two else (rows,))


def signal_by_signal(name: str, question: str, two: bool, dtype: str, count: int, seed: int) -> int:
    """Small instances through the interpreter, before and after lowering, and through the tensors."""
    rng = np.random.default_rng(seed)
    wrong = compared = 0
    for k in range(count):
        asked, sets = small(rng, name, question, two)
        circuit = circuit_for(asked, 16)
        plan = make_plan(in_rounds(circuit, 1 + k % 3), max_n=16, dtype=dtype_named(dtype))
        model = model_of(asked, plan)
        kinds, tokens = sequence([rows.tolist() for rows in sets], circuit.inputs)
        trace = interpret(plan.circuit, kinds, tokens)
        fields = answer_fields(plan.circuit, trace)
        before = answer_fields(circuit, interpret(circuit, kinds, tokens))
        stream = model.transformer.residuals(model.tokens(*(torch.from_numpy(rows)[None] for rows in sets)))
        same = True
        for gate in (g for g in plan.circuit.nodes if isinstance(g, Gate)):
            at = plan.layout.slice_of(gate.name)
            first = len(kinds) - 1 if gate.output.at is At.READ else 0
            want = torch.tensor([[float(v) for v in value or ()] for value in trace[gate.name][first:]])
            for time in range(at.born, max(at.born + 1, min(at.died, len(stream) - 1))):
                got = stream[time + 1][0, first:, at.start : at.stop]
                same &= torch.equal(got.double(), want.double())
                compared += 1
        expected = asked.answer(*sets)
        restored = any(isinstance(g, Gate) and g.op is Op.RESTORE for g in plan.circuit.nodes)
        right = spelled(fields) == expected == model.solve(*sets) and fields == before
        wrong += not (right and same and restored)
    label = f"{name}, {question}, {'two sets' if two else 'one set'}"
    print(
        f"{label:34} {dtype:9} interpreter {count:5} instances, {wrong} wrong, {compared} signals compared", flush=True
    )
    return wrong


def spelled(fields: dict[str, int]) -> Answer:
    """The answer that the interpreter's fields spell."""
    if "decision" in fields:
        return Decision(bool(fields["decision"]))
    return PairAnswer((fields["i"], fields["j"]), fields["value"]) if fields["found"] else PairAnswer(None, None)


@click.command()
@click.option("--count", default=500, show_default=True, help="Instances of each question, form and dtype.")
@click.option("--interpreted", default=60, show_default=True, help="Small instances through the interpreter.")
@click.option("--forced", default=100, show_default=True, help="Instances of a search in 2 and in 3 rounds.")
@click.option("--problem", "names", multiple=True, type=click.Choice(NAMES), default=NAMES)
@click.option("--question", "questions", multiple=True, type=click.Choice(QUESTIONS), default=QUESTIONS)
@click.option("--form", "forms", multiple=True, type=click.Choice(list(FORMS)), default=list(FORMS))
@click.option("--dtype", "dtypes", multiple=True, type=click.Choice(DTYPE_NAMES), default=DTYPE_NAMES)
def main(
    count: int,
    interpreted: int,
    forced: int,
    names: tuple[str, ...],
    questions: tuple[str, ...],
    forms: tuple[str, ...],
    dtypes: tuple[str, ...],
) -> None:
    """Run the campaign; exit code 1 when anything is wrong or a quota is not met."""
    seeds = (0, commit_seed())
    print(f"seeds {seeds}, n in {N_RANGE}, l in {L_RANGE}")
    bad = 0
    for name in names:
        for question, two in ((q, FORMS[f]) for q in questions for f in forms):
            label = f"{name}, {question}, {'two sets' if two else 'one set'}"
            instances = list(drawn(name, question, two, count, seeds))
            counts = measure(question, two, ((asked.problem, asked.sets) for asked in instances))
            rows = quota_table(counts, count)
            print(f"\n{label}\n{format_quota_table(rows)}", flush=True)
            bad += sum(not row.met for row in rows)
            for dtype in dtypes:
                bad += against_oracle(label, instances, dtype)
                for rounds in (2, 3) if question == "search" and forced else ():
                    bad += against_oracle(label, instances[:forced], dtype, rounds)
                if interpreted:
                    bad += signal_by_signal(name, question, two, dtype, interpreted, seeds[1])
    sys.exit(int(bad > 0))


if __name__ == "__main__":
    main()
