"""The long run behind the figures: every question, form and dtype against the oracle, with quotas measured and printed.

    python bench/sweep.py [--count 500] [--sort similarity] [--problem P] [--question Q] [--form one|two] [--dtype D]

Half the instances come from seed 0, half from a seed derived from the commit's hash. What a dtype refuses is counted,
and another instance takes its place. Searches of inner products and Hamming distances also run in 2 and in 3 rounds
where one would do. Small instances go through the exact interpreter, before and after lowering, and are compared with
the oracle and, signal by signal, with the tensors. The oracle's cosines are compared with scikit-learn's, its distances
with scipy's.
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache
from time import perf_counter

import click
import numpy as np
import torch

from proofformer import ProofError, problem
from proofformer.circuit import Circuit, Restore, Select, answer_fields, interpret, lower, sequence
from proofformer.circuit.signals import At
from proofformer.planner import DTYPES, dtype_named, make_plan
from proofformer.problems import PairAnswer, Problem
from proofformer.problems.answers import Answer
from proofformer.problems.kinds import KINDS, NAMES, Kind, largest_value
from proofformer.problems.numbers import Exact
from proofformer.problems.problem import QUESTIONS
from proofformer.runtime import Model, model_of
from proofformer.theorems import circuit_for
from proofformer.verify.instances import Sets
from prooflab.sweeps.drawn import campaign
from prooflab.sweeps.quotas import format_quota_table, measure, quota_table

N_RANGE, L_RANGE = (2, 600), (1, 80)
FORMS = {"one": False, "two": True}
DTYPE_NAMES = [d.name for d in DTYPES]
SORTS = ["values", "similarity", "norms", "gamma", "grid"]
SEPARATED = {"float16": (8, 11), "bfloat16": (4, 6), "float32": (8, 16, 32), "float64": (8, 16, 32, 64, 128)}
SHORT = 12
"""Rows so short that hundreds of them are mostly equal: no one pair is best, and the quotas are only printed."""
GAMMAS = {"cosine": (Fraction(11, 10), Fraction(2)), "jaccard": (), "dice": ()}


def commit_seed() -> int:
    """A seed nobody chose: from the commit's hash."""
    head = subprocess.run(["git", "rev-parse", "HEAD"], capture_output=True, text=True, check=True).stdout
    return int(head[:8], 16)


@dataclass(frozen=True)
class Sweep:
    """A question in one form, on instances of one sort: `values` (inner products, Hamming distances), `similarity`,
    `norms` (declared), `gamma` (within a factor) or `grid`."""

    sort: str
    name: str
    metric: str | None
    question: str
    two: bool
    gamma: Fraction | None = None

    @property
    def label(self) -> str:
        metric = f" ({self.metric})" if self.metric else ""
        within = f", gamma {self.gamma}" if self.gamma else ""
        norms = ", norms" if self.sort == "norms" else ""
        return f"{self.name}{metric}{norms}{within}, {self.question}, {'two sets' if self.two else 'one set'}"

    @property
    def kind(self) -> Kind:
        return next(k for k in KINDS if (k.name, k.metric) == (self.name, self.metric))

    def drawn(self, count: int, seed: int, lengths: Sequence[int] | None) -> Iterator[tuple[Problem, Sets]]:
        more = {"lengths": lengths, "metric": self.metric, "norms": self.sort == "norms", "gamma": self.gamma}
        return campaign(self.name, self.question, self.two, seed, count, N_RANGE, L_RANGE, **more)

    def lengths(self, dtype: str) -> Sequence[int] | None:
        """The l of instances: for an exact search by the cosine those at which the dtype can tell all cosines apart."""
        exact = self.sort == "similarity" and self.question == "search"
        return SEPARATED[dtype] if exact else None


def sweeps() -> Iterator[Sweep]:
    for two in (False, True):
        for kind in KINDS:
            for question in QUESTIONS:
                if kind.is_similarity:
                    if question == "decide" or kind.measure == "cosine":
                        yield Sweep("similarity", kind.name, kind.metric, question, two)
                    if question == "search":
                        yield Sweep("norms", kind.name, kind.metric, question, two)
                else:
                    yield Sweep("grid" if kind.takes_levels else "values", kind.name, kind.metric, question, two)
        for kind in KINDS:
            factors = GAMMAS.get(kind.measure, (Fraction(3, 2),)) if kind.target is None else ()
            yield from (Sweep("gamma", kind.name, kind.metric, "search", two, gamma) for gamma in factors)


@dataclass(frozen=True)
class Asked:
    """A problem, an instance for it, and the oracle's answer."""

    problem: Problem
    sets: Sets
    answer: Answer


def drawn(sweep: Sweep, count: int, seeds: tuple[int, int], lengths: Sequence[int] | None) -> Iterator[Asked]:
    for seed, share in zip(seeds, (count - count // 2, count // 2), strict=True):
        for asked, sets in sweep.drawn(share, seed, lengths):
            yield Asked(asked, sets, asked.answer(*sets))


def in_rounds(circuit: Circuit, rounds: int) -> Circuit:
    """The circuit with every select in so many rounds, though fewer might do."""
    return lower(circuit, {n.name: rounds for n in circuit.nodes if isinstance(n, Select)})


@lru_cache(maxsize=64)
def circuit_of(asked: Problem) -> Circuit:
    return circuit_for(asked, N_RANGE[1])


@lru_cache(maxsize=32)
def model_for(asked: Problem, dtype: str, rounds: int | None) -> Model | None:
    """The model, or None where the dtype cannot guarantee the answers."""
    circuit = circuit_of(asked) if rounds is None else in_rounds(circuit_of(asked), rounds)
    try:
        return model_of(asked, make_plan(circuit, max_n=N_RANGE[1], dtype=dtype_named(dtype)))
    except ProofError:
        return None


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
    return model.answers(bits, [tuple(map(len, sets))])[0]


def against_oracle(label: str, instances: Sequence[Asked], dtype: str, count: int, rounds: int | None = None) -> int:
    """The first `count` instances that the dtype does not refuse, through the model; every third with padding."""
    wrong = done = refused = 0
    start, rng = perf_counter(), np.random.default_rng(0)
    # Instances of one problem in a row: a model is made once.
    order = sorted(range(len(instances)), key=lambda k: str(instances[k].problem))
    for k in order:
        asked = instances[k]
        model = model_for(asked.problem, dtype, rounds)
        if model is None:
            refused += 1
            continue
        done += 1
        got = padded(model, asked.sets, rng) if k % 3 == 2 else model.solve(*asked.sets)
        within = asked.problem.gamma is not None
        right = got == asked.answer or (within and asked.problem.accepts(asked.problem.instance(*asked.sets), got))
        if not right:
            wrong += 1
            print(f"WRONG: {asked.problem.label}, instance {k}: expected {asked.answer}, got {got}")
        if done == count:
            break
    how = f"{rounds} rounds" if rounds else "as planned"
    seconds = perf_counter() - start
    print(
        f"{label:58} {dtype:9} {how:11} {done:5} instances, {wrong} wrong, {refused} refused, {seconds:.0f} s",
        flush=True,
    )
    return wrong + (done < count)


def against_libraries(label: str, instances: Sequence[Asked], count: int) -> int:
    """The oracle's values against scipy's distances, exactly, and scikit-learn's cosines, to 12 digits."""
    from scipy.spatial.distance import cdist
    from sklearn.metrics.pairwise import cosine_similarity

    wrong = done = 0
    for asked in instances[:count]:
        if not isinstance(asked.answer, PairAnswer) or asked.answer.value is None:
            continue
        first, second = (rows.astype(np.float64) for rows in (asked.sets[0], asked.sets[-1]))
        measure, pick = asked.problem.kind.measure, np.max if asked.problem.kind.largest else np.min
        values = cosine_similarity(first, second) if measure == "cosine" else cdist(first, second, measure)
        if len(asked.sets) == 1:
            values = values[np.triu_indices(len(first), 1)]
        done += 1
        wrong += not bool(abs(pick(values) - float(asked.answer.value)) < 1e-12)
    library = "scikit-learn" if measure == "cosine" else "scipy"
    print(f"{label:58} the oracle beside {library}: {done} instances, {wrong} differ", flush=True)
    return wrong


def small(rng: np.random.Generator, sweep: Sweep) -> tuple[Problem, Sets]:
    """A tiny instance of 2..8 documents, and a problem that asks about it."""
    n, l = int(rng.integers(2, 9)), int(rng.integers(1, 7))
    kind, levels = sweep.kind, int(rng.integers(1, 6)) if sweep.sort == "grid" else 1
    rows = ((rng.random((n, l)) < rng.uniform(0.1, 0.9)) * rng.integers(1, levels + 1, (n, l))).astype(np.uint8)
    if kind.is_similarity:
        rows[rows.sum(1) == 0, int(rng.integers(l))] = 1
    first = int(rng.integers(1, n))
    threshold: Exact | None = None
    if sweep.question == "decide" and kind.target is None:
        most = largest_value(kind.measure, l, levels)
        threshold = Fraction(int(rng.integers(0, 13)), 12) if kind.is_similarity else int(rng.integers(0, most + 1))
    norms = tuple(sorted(set(rows.sum(1).tolist()))) if sweep.sort == "norms" else None
    asked = problem(
        sweep.name,
        dim=l,
        question=sweep.question,
        metric=sweep.metric,
        bichromatic=sweep.two,
        threshold=threshold,
        levels=levels,
        norms=norms,
        gamma=sweep.gamma,
    )
    return asked, ((rows[:first], rows[first:]) if sweep.two else (rows,))


def signal_by_signal(sweep: Sweep, dtype: str, count: int, seed: int) -> int:
    """Small instances through the interpreter, before and after lowering, and through the tensors."""
    rng = np.random.default_rng(seed)
    wrong = compared = done = 0
    for k in range(count):
        asked, sets = small(rng, sweep)
        circuit = circuit_for(asked, 16)
        try:
            plan = make_plan(in_rounds(circuit, 1 + k % 3), max_n=16, dtype=dtype_named(dtype))
        except ProofError:
            continue
        done += 1
        model = model_of(asked, plan)
        kinds, tokens = sequence([rows.tolist() for rows in sets], circuit.inputs, levels=asked.levels)
        trace = interpret(plan.circuit, kinds, tokens)
        fields = answer_fields(plan.circuit, trace)
        before = answer_fields(circuit, interpret(circuit, kinds, tokens))
        stream = model.transformer.residuals(model.tokens(*(torch.from_numpy(rows)[None] for rows in sets)))
        same = True
        for gate in plan.circuit.gates.values():
            at = plan.layout.slice_of(gate.name)
            first = len(kinds) - 1 if plan.circuit.signals[gate.name].at is At.READ else 0
            want = torch.tensor([[float(v) for v in value or ()] for value in trace[gate.name][first:]])
            for time in range(at.born, max(at.born + 1, min(at.died, len(stream) - 1))):
                got = stream[time + 1][0, first:, at.start : at.stop]
                same &= torch.equal(got.double(), want.double())
                compared += 1
        answer = asked.answer_format.spell(fields, tuple(map(len, sets)))
        right = answer == model.solve(*sets) and asked.accepts(sets if sweep.two else sets[0], answer)
        restored = any(isinstance(g, Restore) for g in plan.circuit.nodes)
        wrong += not (right and same and restored and fields == before)
    print(
        f"{sweep.label:58} {dtype:9} interpreter {done:5} instances, {wrong} wrong, {compared} signals compared",
        flush=True,
    )
    return wrong


@click.command()
@click.option("--count", default=500, show_default=True, help="Instances of each question, form and dtype.")
@click.option("--interpreted", default=60, show_default=True, help="Small instances through the interpreter.")
@click.option("--forced", default=100, show_default=True, help="Instances of a search in 2 and in 3 rounds.")
@click.option("--sort", "sorts", multiple=True, type=click.Choice(SORTS), default=SORTS)
@click.option("--problem", "names", multiple=True, type=click.Choice(NAMES), default=NAMES)
@click.option("--question", "questions", multiple=True, type=click.Choice(QUESTIONS), default=QUESTIONS)
@click.option("--form", "forms", multiple=True, type=click.Choice(list(FORMS)), default=list(FORMS))
@click.option("--dtype", "dtypes", multiple=True, type=click.Choice(DTYPE_NAMES), default=DTYPE_NAMES)
def main(
    count: int,
    interpreted: int,
    forced: int,
    sorts: tuple[str, ...],
    names: tuple[str, ...],
    questions: tuple[str, ...],
    forms: tuple[str, ...],
    dtypes: tuple[str, ...],
) -> None:
    """Run the campaign; exit code 1 when anything is wrong or a quota is not met."""
    seeds = (0, commit_seed())
    print(f"seeds {seeds}, n in {N_RANGE}, l in {L_RANGE}, or of the lengths of similarities and grids")
    bad, asked_forms = 0, [FORMS[f] for f in forms]
    for sweep in sweeps():
        if sweep.sort not in sorts or sweep.name not in names or sweep.question not in questions:
            continue
        if sweep.two in asked_forms:
            bad += run(sweep, count, interpreted, forced, dtypes, seeds)
    sys.exit(int(bad > 0))


def run(sweep: Sweep, count: int, interpreted: int, forced: int, dtypes: Sequence[str], seeds: tuple[int, int]) -> int:
    """One sweep in all dtypes; how much was wrong."""
    bad = 0
    made: dict[Sequence[int] | None, list[Asked]] = {}
    for dtype in dtypes:
        lengths = sweep.lengths(dtype)
        if lengths not in made:
            # Some of these are refused in some dtypes.
            spare = 2 if sweep.sort in ("norms", "gamma", "grid") and sweep.question == "search" else 1
            made[lengths] = list(drawn(sweep, spare * count, seeds, lengths))
            instances = made[lengths]
            pairs = ((asked.problem, asked.sets) for asked in instances[:count])
            counts = measure(sweep.question, sweep.two, pairs, sweep.kind)
            rows = quota_table(counts, count)
            print(f"\n{sweep.label}{f', l in {lengths}' if lengths else ''}\n{format_quota_table(rows)}", flush=True)
            bad += sum(not row.met for row in rows if lengths is None or max(lengths) > SHORT)
            if sweep.kind.measure in ("cosine", "sqeuclidean", "cityblock") and sweep.question == "search":
                bad += against_libraries(sweep.label, instances, count)
        bad += against_oracle(sweep.label, made[lengths], dtype, count)
        if sweep.sort == "values" and sweep.question == "search" and forced:
            for rounds in (2, 3):
                bad += against_oracle(sweep.label, made[lengths][:forced], dtype, forced, rounds)
        if interpreted:
            bad += signal_by_signal(sweep, dtype, interpreted, seeds[1])
    return bad


if __name__ == "__main__":
    main()
