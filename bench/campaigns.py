"""Everything that `verify` can do, on models of every question: for docs/campaigns.md.

    python bench/campaigns.py [--jobs N] [--scheduler ADDRESS] [--scale F] [--only PART] [--backend NAME] [--bits B]

The journals are in build/campaigns: a killed run goes on where it stopped, and what a finished one has left is removed
first. With `--scale 0.01`, a rehearsal, with some parts only, with a `--backend` for the models, whatever which the
digests are the same, or with other `--bits` of the exhaustive part, nothing is kept.
"""

from __future__ import annotations

import json
import shutil
import sys
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter
from typing import Any

import click
import numpy as np
import torch
from first_to_catch import first_to_catch
from interruptions import interruptions
from results import ROOT, keep, machine

from proofformer import problem
from proofformer.artifacts.artifact import VERSION
from proofformer.errors import ProofError
from proofformer.problems import Problem
from proofformer.problems.kinds import KINDS, Kind, largest_value
from proofformer.problems.numbers import Exact, exact_number
from proofformer.problems.problem import QUESTIONS
from proofformer.runtime import compile_model
from proofformer.verify import Campaign, Subject, run_campaign
from proofformer.verify.checks import exhaustive, mutants
from proofformer.verify.executors import Workers, cluster, cores, here, processes

BUILD = ROOT / "build" / "campaigns"
BITS = 20
"""All inputs with at most so many bits."""
Report = Mapping[str, Any]
THRESHOLDS = ("1/3", "1/2", "sqrt(1/2)")
EDGE, EDGE_N, WIDE, WIDE_N = 16, 600, 64, 4096


@dataclass(frozen=True)
class Asked:
    """A model to verify: the problem, its largest n, its dtype."""

    problem: Problem
    max_n: int
    dtype: str

    @property
    def path(self) -> Path:
        marks = "".join(c if c.isalnum() else "-" for c in f"{self.problem.label} {self.max_n} {self.dtype}")
        while "--" in marks:
            marks = marks.replace("--", "-")
        return BUILD / "models" / marks


def ask(kind: Kind, dim: int, question: str, two: bool, **more: Any) -> Problem:
    return problem(kind.name, metric=kind.metric, dim=dim, question=question, bichromatic=two, **more)


def norms_for(kind: Kind, question: str, dim: int) -> dict[str, Any]:
    """Jaccard and Dice search has to know the norms: here all of them, or a few."""
    if question == "search" and kind.measure in ("jaccard", "dice"):
        return {"norms": tuple(range(1, dim + 1)) if dim <= 5 else (1, dim // 2, dim)}
    return {}


def small(kind: Kind, question: str, two: bool, bits: int) -> Iterator[Problem]:
    """The problems whose inputs are all tried: every l with room for two documents, every whole threshold."""
    for dim in range(1, bits // 2 + 1):
        if question == "search" or kind.target is not None:
            yield ask(kind, dim, question, two, **norms_for(kind, question, dim))
        elif kind.is_similarity:
            for share in THRESHOLDS:
                yield ask(kind, dim, question, two, threshold=exact_number(share))
        else:
            for t in range(largest_value(kind.measure, dim, 1) + 1):
                yield ask(kind, dim, question, two, threshold=t)
    if kind.takes_levels:
        for levels in (2, 3):
            for dim in range(1, bits // 2 + 1):
                middle = largest_value(kind.measure, dim, levels) // 2
                yield ask(kind, dim, question, two, levels=levels, threshold=middle if question == "decide" else None)


def every_small(bits: int) -> list[Asked]:
    """Each with the largest n of which all inputs are tried."""
    found = []
    for kind in KINDS:
        for question in QUESTIONS:
            for two in (False, True):
                for asked in small(kind, question, two, bits):
                    sizes = range(2, exhaustive.MOST_DOCUMENTS + 1)
                    fitting = [n for n in sizes if (asked.levels + 1) ** (n * asked.dim) <= 1 << bits]
                    if fitting:
                        found.append(Asked(asked, max(fitting), "float32"))
    return found


def large(kind: Kind, question: str, two: bool, dim: int, max_n: int, dtypes: Sequence[str]) -> Iterator[Asked]:
    """A question at a size that has room for adversarial instances, in the first of the dtypes that can do it."""
    more: dict[str, Any] = norms_for(kind, question, dim)
    if kind.takes_levels:
        more["levels"], dim = 3, dim // 2
    if question == "decide" and kind.target is None:
        most = largest_value(kind.measure, dim, more.get("levels", 1))
        share: Exact = exact_number("1/2") if kind.is_similarity else max(1, most // (2 if kind.largest else 8))
        more["threshold"] = share
    for dtype in dtypes:
        try:
            asked = Asked(ask(kind, dim, question, two, **more), max_n, dtype)
            make(asked)
        except ProofError:
            continue
        yield asked
        return


def every_large(dim: int, max_n: int) -> list[Asked]:
    """Every question in both forms, in float32 and in the least dtype that can do it."""
    found: dict[Path, Asked] = {}
    for kind in KINDS:
        for question in QUESTIONS:
            for two in (False, True):
                for dtypes in (("float32", "float64"), ("bfloat16", "float16", "float32", "float64")):
                    for asked in large(kind, question, two, dim, max_n, dtypes):
                        found[asked.path] = asked
    return list(found.values())


def make(asked: Asked) -> str:
    """The model's folder, compiled if it is not there."""
    if not (asked.path / "config.json").exists():
        compile_model(asked.problem, max_n=asked.max_n, dtype=asked.dtype).save(asked.path)
    return str(asked.path)


@dataclass(frozen=True)
class Part:
    """Models and how many instances of which checks they get."""

    name: str
    models: Sequence[Asked]
    counts: Mapping[str, int]


def parts(scale: float, bits: int = BITS) -> Iterator[Part]:
    def some(count: int) -> int:
        return max(1, round(count * scale))

    yield Part("circuits", [], {"circuits": some(10_000)})
    usual = every_large(EDGE, EDGE_N)
    yield Part("instances", usual, {"random": some(100), "adversarial": some(400), "metamorphic": some(100)})
    wide = [a for a in every_large(WIDE, WIDE_N) if a.problem.kind.metric in (None, "hamming", "cosine")]
    yield Part("wide", wide, {"adversarial": some(60)})
    bits = bits if scale >= 1 else 8
    whole = [a for a in every_small(BITS if scale < 1 else bits) if scale >= 1 or a.problem.dim <= 2]
    yield Part(f"exhaustive, {bits} bits", whole, {"exhaustive": bits})
    tried = [a for a in every_large(8, 60) if a.problem.norms is None and a.dtype != "bfloat16"]
    yield Part("mutants", tried, {"mutants": some(40)})


def run_part(part: Part, workers: Workers, backend: str = "auto") -> dict[str, Any]:
    """The report of a part, from its journal where that has it."""
    start = perf_counter()
    subjects = [Subject.of(make(asked), backend=backend) for asked in part.models]
    by_hash = {s.sha256: a for s, a in zip(subjects, part.models, strict=True)}
    campaign = Campaign.of(list({s.sha256: s for s in subjects}.values()), part.counts, seed=0)
    journal = BUILD / f"{part.name.replace(', ', '-').replace(' ', '-')}.jsonl"
    made = perf_counter() - start
    shown = [0.0]

    def progress(done: int, resumed: int, wrong: int) -> None:
        if perf_counter() - shown[0] > 30:
            shown[0] = perf_counter()
            print(f"  {part.name}: {done:,} of {campaign.instances:,}", flush=True)

    report = run_campaign(campaign, workers, journal=journal, progress=progress)
    facts = report.to_json() | {"part": part.name, "models": len(by_hash), "shards": len(campaign.shards)}
    facts["processor seconds"] = round(sum(line["seconds"] for line in facts["checks"].values()))
    facts["inputs"] = every_input(journal, by_hash) if "exhaustive" in part.counts else []
    print(
        f"{part.name}: {report.total.instances:,} instances of {len(by_hash)} models, {report.total.wrong} wrong, "
        f"{report.seconds:.0f} s ({made:.0f} s compiling, {report.resumed} shards resumed), digest {facts['digest']}",
        flush=True,
    )
    for sentence in report.total.detail[:20]:
        print(f"  {sentence}")
    return facts


def every_input(journal: Path, by_hash: Mapping[str, Asked]) -> list[dict[str, Any]]:
    """Instances and wrong answers for each question and form."""
    rows: dict[tuple[str, str], dict[str, Any]] = {}
    for line in journal.read_text().splitlines()[1:]:
        entry = json.loads(line)
        model, *_ = entry["shard"].split("/")
        asked = by_hash[model].problem
        of = f" ({asked.kind.metric})" if asked.kind.metric else ""
        key = f"{asked.name}{of}, {asked.question}", "two sets" if asked.bichromatic else "one set"
        row = rows.setdefault(key, {"models": set(), "instances": 0, "wrong": 0})
        row["instances"] += entry["outcome"]["instances"]
        row["wrong"] += entry["outcome"]["wrong"]
        row["models"].add(model)
    return [
        {"question": question, "form": form} | row | {"models": len(row["models"]), "bits": f"{BITS} bits"}
        for (question, form), row in sorted(rows.items())
    ]


def by_family(reports: Sequence[Report], check: str) -> dict[str, list[int]]:
    """Instances and wrong answers of each family of a check."""
    found: dict[str, list[int]] = defaultdict(lambda: [0, 0])
    for line in (line for report in reports for line in report["families"] if line["check"] == check):
        found[line["family"]][0] += line["instances"]
        found[line["family"]][1] += line["wrong"]
    return dict(found)


def counts_of(reports: Sequence[Report], check: str) -> Counter[str]:
    return sum((Counter(r["checks"].get(check, {}).get("counts", {})) for r in reports), Counter())


def told(reports: Sequence[Report], first: Mapping[str, Any]) -> dict[str, Any]:
    """What the page has of all parts; `first` is what `first_to_catch` found, by family."""
    altered = counts_of(reports, "mutants")
    of_part = ("part", "models", "instances", "wrong", "shards", "processor seconds")
    return {
        "parts": [{key: r[key] for key in of_part} | {"digest": r["digest"][:16]} for r in reports],
        "inputs": [row for report in reports for row in report["inputs"]],
        "families": [
            {"family": name, "purpose": "", "instances": instances, "wrong": wrong} | first.get(name, {})
            for name, (instances, wrong) in sorted(by_family(reports, "adversarial").items())
        ],
        "relations": by_family(reports, "metamorphic"),
        "circuits": by_family(reports, "circuits"),
        "circuit counts": counts_of(reports, "circuits"),
        "mutants": {verdict: altered[verdict] for verdict in mutants.VERDICTS}
        | {"survivors": [sentence for r in reports if "mutants" in r["checks"] for sentence in r["detail"]]},
        "format version": VERSION,
        "machine": machine(),
    }


def one_by_one() -> dict[str, float]:
    """Instances a second, one at a time and batched, of one model with 2^20 inputs in one family."""
    from proofformer.artifacts import load

    model = load(make(Asked(problem("closest-pair", dim=4), 5, "float32")))
    rows = exhaustive.legal_rows(model.problem)
    some = rows[exhaustive.digits(np.arange(0, 1 << 20, 1 << 10), len(rows), 5)]
    start = perf_counter()
    for X in some:
        model.solve(X)
    single = len(some) / (perf_counter() - start)
    start = perf_counter()
    exhaustive.run(model, "n = 5", 0, 0, 1 << 18)
    return {"single": single, "batched": (1 << 18) / (perf_counter() - start)}


def elapsed(seconds: float) -> float:
    """The wall time of this run and of those that it goes on from."""
    file = BUILD / "elapsed.json"
    total = seconds + (json.loads(file.read_text()) if file.exists() else 0.0)
    file.write_text(json.dumps(total) + "\n")
    return float(total)


@click.command()
@click.option("--jobs", default=cores(), show_default=True, help="Processes.")
@click.option("--scheduler", help="A dask scheduler's address instead.")
@click.option("--scale", default=1.0, show_default=True, help="Less than 1: a rehearsal.")
@click.option("--only", multiple=True, help="These parts only, by the start of their names.")
@click.option("--backend", default="auto", show_default=True, help="What runs the models.")
@click.option("--bits", default=BITS, show_default=True, help="All inputs with at most so many bits.")
def main(jobs: int, scheduler: str | None, scale: float, only: tuple[str, ...], backend: str, bits: int) -> None:
    """Run all parts; exit code 1 when anything is wrong."""
    torch.set_num_threads(1)
    finished = BUILD / "finished"
    if finished.exists():
        shutil.rmtree(BUILD)
    (BUILD / "models").mkdir(parents=True, exist_ok=True)
    start = perf_counter()
    workers_of = cluster(scheduler) if scheduler else processes(jobs) if jobs > 1 else here()
    with workers_of as workers:
        asked = [part for part in parts(scale, bits) if not only or part.name.startswith(only)]
        reports = [run_part(part, workers, backend) for part in asked]
    seconds = elapsed(perf_counter() - start)
    if not only and (backend, bits) == ("auto", BITS):
        more = {"interrupted": interruptions(BUILD, scale), "rates": one_by_one(), "seconds": seconds, "jobs": jobs}
        found = told(reports, first_to_catch(scale)) | more
        finished.touch()
        if scale >= 1:
            keep("campaigns", found)
    sys.exit(int(any(report["wrong"] for report in reports)))


if __name__ == "__main__":
    main()
