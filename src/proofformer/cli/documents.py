"""`proofformer documents`: the most or least alike of a person's own texts."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from time import perf_counter
from typing import TYPE_CHECKING, Any

import click

from proofformer.cli.common import cluster_at, json_option, plan_facts, print_json, print_named, scheduler_option, worst
from proofformer.cli.common import seconds as pretty_seconds
from proofformer.errors import InputError, ProofError

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    from proofformer.problems import Decision, PairAnswer, Problem
    from proofformer.runtime import Model
    from proofformer.runtime.cluster import Cluster

SIMILARITIES = ("cosine", "jaccard", "dice")

# (metric, least) -> the problem, what its answer is, and its value in words.
ASKED = {
    **{(metric, False): ("msd", "most alike", "they share") for metric in SIMILARITIES},
    **{(metric, True): ("lsd", "least alike", "they share") for metric in SIMILARITIES},
    ("hamming", False): ("closest-pair", "most alike", "they differ in"),
    ("hamming", True): ("farthest-pair", "least alike", "they differ in"),
    ("ip", False): ("max-ip", "most in common", "they share"),
    ("ip", True): ("min-ip", "least in common", "they share"),
}
MOST_NORMS = 8
MOST_KEYWORDS = 4096
NAMED, LISTED = 3, 100
OWN_OPTIONS = {"dtype": "--dtype {}", "max_n": "at most {} documents", "dim": "--keywords {}"}
"""The remedies of a refusal."""


@click.command("documents", short_help="Find the most alike of your own texts.")
@click.argument("paths", metavar="PATHS...", nargs=-1, required=True)
@click.option(
    "--keywords",
    type=click.IntRange(1, MOST_KEYWORDS),
    default=64,
    metavar="L",
    show_default=True,
    help="Most keywords to describe a text by.",
)
@click.option(
    "--metric",
    type=click.Choice([*SIMILARITIES, "hamming", "ip"]),
    default="cosine",
    show_default=True,
    help="cosine, jaccard, dice: how many keywords both have for how many they have. hamming: in how many they differ. "
    "ip: how many both have.",
)
@click.option("--least", is_flag=True, help="The least alike, or those with the least in common.")
@click.option(
    "--column", metavar="NAME", help="Each row of a .csv or .tsv file is a document, its text in this column."
)
@click.option(
    "--dtype",
    metavar="D",
    help="float16, bfloat16, float32 or float64. Unless given, float32 if it will do, or float64.",
)
@scheduler_option
@json_option
def documents_command(scheduler: str | None, as_json: bool, **asked: Any) -> None:
    """Find the two texts in PATHS that are most alike, with a model compiled for just these texts.

    PATHS are text files (gzip is fine) and folders, searched to any depth; with --column, the rows of a table are
    texts too. Each text becomes a row of 0/1: which of the L most telling keywords it has. A keyword is an English
    word, no stop word, that at least two texts have and another lacks; those nearest to half of the texts tell most.
    The exact oracle answers beside the model.
    """
    with cluster_at(scheduler) as cluster:
        facts = answer_for(**asked, cluster=cluster)
    (print_json if as_json else show)(facts)
    if not facts["equal"]:
        sys.exit(1)


def answer_for(
    paths: Sequence[str],
    keywords: int,
    metric: str,
    least: bool,
    column: str | None,
    dtype: str | None,
    cluster: Cluster | None,
) -> dict[str, Any]:
    """Read, compile, solve and ask the oracle; everything there is to tell, as JSON values."""
    from proofformer.documents import bag_of_words, collect
    from proofformer.problems import problem
    from proofformer.problems.oracle import profile

    seconds, last = dict[str, float](), perf_counter()

    def done(step: str) -> None:
        nonlocal last
        seconds[step], last = round(perf_counter() - last, 6), perf_counter()

    texts = collect(paths, column)
    bag = bag_of_words([document.text for document in texts.documents], keywords)
    done("reading")
    import torch  # noqa: F401 - its loading is a step of its own

    done("torch")
    asked = problem(
        ASKED[metric, least][0],
        dim=len(bag.keywords),
        metric=None if metric == "ip" else metric,
        norms=_norms(bag.rows) if metric in ("jaccard", "dice") else None,
    )
    model = _compiled(asked, len(bag.kept), dtype)
    model.cluster = cluster
    done("compiling")
    answer = model.solve(bag.rows)
    done("answer")
    expected = asked.answer(bag.rows)
    values = profile(bag.rows, measure=asked.kind.measure)
    done("oracle")
    names = [document.name for document in texts.documents]
    kept = [names[k] for k in bag.kept]
    return {
        **answer.to_json(),
        **_pair_facts(answer, kept, bag.keywords, bag.rows),
        "ties": values[max(values) if asked.kind.largest else min(values)],
        "oracle": expected.to_json(),
        "equal": answer == expected,
        "metric": metric,
        "least": least,
        "n": len(kept),
        "documents": kept,
        "keywords": list(bag.keywords),
        "keywords_asked": keywords,
        "without_keywords": sorted(set(names) - set(kept)),
        "mostly_lost": [names[k] for k in bag.mostly_lost],
        **texts.left(),
        "problem": asked.to_json(),
        "plan": plan_facts(model.plan),
        "seconds": seconds,
    }


def _norms(rows: npt.NDArray[np.uint8]) -> tuple[int, ...]:
    """The numbers of keywords that the texts have, to be declared: there is a search for each."""
    norms = sorted(set(rows.sum(axis=1).tolist()))
    if len(norms) > MOST_NORMS:
        raise InputError(
            f"the texts have {len(norms)} different numbers of keywords, and there would be a search for each: ask for "
            f"--metric cosine, or for fewer --keywords (at most {MOST_NORMS} different numbers)"
        )
    return tuple(norms)


def _compiled(asked: Problem, max_n: int, dtype: str | None) -> Model:
    """The model in the dtype asked for, or in a usual one."""
    from proofformer.compiler import Unplanned, planned
    from proofformer.runtime.model import model_of

    try:
        return model_of(asked, planned(asked, max_n, dtype))
    except Unplanned as error:
        remedies = (OWN_OPTIONS[remedy.argument].format(remedy.value) for remedy in error.remedies)
        raise ProofError(error.advising(*remedies)) from error


def _pair_facts(
    answer: PairAnswer | Decision, names: list[str], keywords: tuple[str, ...], rows: npt.NDArray[np.uint8]
) -> dict[str, Any]:
    """The names of the two documents, and their keywords: those of both, and of either alone."""
    pair = getattr(answer, "pair", None)
    if pair is None:
        return {"names": [], "both": [], "only": []}
    i, j = pair
    first, second = ({w for w, has in zip(keywords, rows[k], strict=True) if has} for k in (i, j))
    return {
        "names": [names[i], names[j]],
        "both": sorted(first & second),
        "only": [sorted(first - second), sorted(second - first)],
    }


def show(facts: dict[str, Any]) -> None:
    """The facts as text: the answer first, then what it rests on."""
    from proofformer.explain.describe import short

    n, l = facts["n"], len(facts["keywords"])
    _, title, verb = ASKED[facts["metric"], facts["least"]]
    lines: dict[str, str] = {"documents": _documents(facts), title: "no pair"}
    if facts["names"]:
        (first, second), (one, two) = facts["names"], facts["only"]
        count = "1 keyword" if l == 1 else f"{l:,} keywords"
        lines |= {
            title: f"{first}\n{second}",
            "": f"{verb} {_value(facts, count)}",
            "both have": _listing(facts["both"]),
            "only the first": _listing(one),
            "only the second": _listing(two),
        }
    lines["ties"] = _ties(facts)
    verdict = "equal"
    if not facts["equal"]:
        best, value = [facts["documents"][k] for k in facts["oracle"]["pair"]], facts["oracle"]["value"]
        verdict = f"NOT EQUAL, it found {' and '.join(best)}, value {value}"
    lines["oracle"] = f"{verdict} ({n * (n - 1) // 2:,} pairs compared)"
    lines["keywords"] = _listing(facts["keywords"])
    plan = facts["plan"]
    leak, slack = worst(plan)
    b = ", ".join(map(str, sorted({h["b"] for h in plan["heads"]})))
    radix = ", ".join(f"{' x '.join(map(str, sizes))} ({name})" for name, sizes in plan["radix"].items())
    lines |= {
        "model": f"{facts['problem']['name']}, n = 2..{n:,}, l = {l:,}, {plan['dtype']}",
        "proof": f"R = {radix}; T = {plan['rounds']}; b = {b}; leak at most {leak:.4g}, slack at least {slack:.4g}",
        "size": f"width {short(plan['width'])}, {plan['blocks']} blocks, {plan['attention_blocks']} with attention",
        "times": ", ".join(f"{what} {pretty_seconds(time)}" for what, time in facts["seconds"].items()),
    }
    print_named(lines)


def _value(facts: dict[str, Any], count: str) -> str:
    """The value of the pair in words; a similarity with the whole numbers that it follows from."""
    if facts["metric"] not in SIMILARITIES:
        return f"{facts['value']} of {count}"
    both, norms = len(facts["both"]), [len(facts["both"]) + len(only) for only in facts["only"]]
    about = "" if facts["value"].isdecimal() else f" = {facts['value_float']:.3f}"
    return f"{both} of {norms[0]} and {norms[1]} keywords: {facts['metric']} {facts['value']}{about}"


def _documents(facts: dict[str, Any]) -> str:
    """How many documents, and what became of the rest."""
    lines = [f"{facts['n']:,}, each a row of {len(facts['keywords']):,} bits"]
    if len(facts["keywords"]) < facts["keywords_asked"]:
        lines.append(f"no more than {len(facts['keywords']):,} keywords are in two documents but not in all")
    if facts["tables"]:
        rows, length = (sum(table[key] for table in facts["tables"].values()) for key in ("rows", "lines"))
        lines.append(f"{rows:,} rows from the {length:,} lines of {_listing(list(facts['tables']), NAMED)}")
    lost = facts["mostly_lost"]
    if 2 * len(lost) > facts["n"] + len(facts["without_keywords"]):
        told = "lose most of their words, which are shorter than 3 letters or not separated by spaces"
        lines.append(f"{len(lost):,} {told}: {_listing(lost, NAMED)}")
    for key, what in (
        ("copies", "left out, the same text as another"),
        ("without_keywords", "left out, with none of the keywords"),
        ("cut", "cut after 1 MiB"),
        ("latin1", "read as Latin-1, not being UTF-8"),
        ("binary", "skipped, not text"),
        ("unreadable", "skipped, not readable"),
    ):
        if facts[key]:
            lines.append(f"{len(facts[key]):,} {what}: {_listing(list(facts[key]), NAMED)}")
    if facts["hidden"]:
        lines.append(f"{facts['hidden']:,} skipped, hidden")
    return "\n".join(lines)


def _ties(facts: dict[str, Any]) -> str:
    ties = facts["ties"]
    if ties == 1:
        return "none: no other pair does as well"
    told = f"{ties:,} pairs tie; this is the first of them"
    # Texts with few keywords are soon alike: with one each, the same, they differ in none.
    same = (facts["metric"], facts["oracle"]["value"]) in {
        ("hamming", "0"),
        *((metric, "1") for metric in SIMILARITIES),
    }
    return f"{told} (more --keywords may part them; --metric ip asks for long texts)" if same else told


def _listing(words: list[str], most: int = LISTED) -> str:
    rest = f" and {len(words) - most:,} more (--json has all)" if len(words) > most else ""
    return (", ".join(words[:most]) or "none") + rest
