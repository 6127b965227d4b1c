"""`proofformer documents`: the most or least alike of a person's own texts."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from time import perf_counter
from typing import TYPE_CHECKING, Any

import click

from proofformer.cli.common import cluster_at, json_option, plan_facts, print_json, scheduler_option
from proofformer.cli.documents_report import ASKED, SIMILARITIES, show
from proofformer.cli.keywords import FIRST, MOST, bags_for
from proofformer.errors import InputError, ProofError

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    from proofformer.documents import Bag
    from proofformer.problems import Decision, PairAnswer
    from proofformer.runtime import Model
    from proofformer.runtime.cluster import Cluster

MOST_NORMS = 8
OWN_OPTIONS = {"dtype": "--dtype {}", "max_n": "at most {} documents", "dim": "--keywords {}"}
"""The remedies of a refusal."""


@click.command("documents", short_help="Find the most alike of your own texts.")
@click.argument("paths", metavar="PATHS...", nargs=-1, required=True)
@click.option(
    "--keywords",
    type=click.IntRange(1, MOST),
    metavar="L",
    help="Most keywords to describe a text by. Unless given, 64, and more while pairs tie for the best.",
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
    While pairs tie for the best, more words that part them are keywords too, unless --keywords is given. Texts of the
    same words are named, and compared once. The exact oracle answers beside the model.
    """
    with cluster_at(scheduler) as cluster:
        facts = answer_for(**asked, cluster=cluster)
    (print_json if as_json else show)(facts)
    if not facts["equal"]:
        sys.exit(1)


def answer_for(
    paths: Sequence[str],
    keywords: int | None,
    metric: str,
    least: bool,
    column: str | None,
    dtype: str | None,
    cluster: Cluster | None,
) -> dict[str, Any]:
    """Read, compile, solve and ask the oracle; everything there is to tell, as JSON values."""
    import numpy as np

    from proofformer.documents import collect, words_of
    from proofformer.problems.kinds import kind_asked, kinds
    from proofformer.problems.oracle import profile

    seconds, last = dict[str, float](), perf_counter()

    def done(step: str) -> None:
        nonlocal last
        seconds[step], last = round(perf_counter() - last, 6), perf_counter()

    texts = collect(paths, column)
    words = words_of([document.text for document in texts.documents])
    name, measured = ASKED[metric, least][0], None if metric == "ip" else metric
    bags = bags_for(words, keywords, kind_asked(kinds(name), measured, 1))
    done("reading")
    import torch  # noqa: F401 - its loading is a step of its own

    done("torch")
    bag, model = _compiled(bags, name, measured, dtype)
    asked = model.problem
    model.cluster = cluster
    done("compiling")
    answer = model.solve(bag.rows)
    done("answer")
    expected = asked.answer(bag.rows)
    values = profile(bag.rows, measure=asked.kind.measure)
    done("oracle")
    names = [document.name for document in texts.documents]
    used = np.flatnonzero(np.isin(words.vocabulary, bag.keywords))
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
        "keywords_asked": keywords or FIRST,
        "keywords_added": sorted({*bag.keywords} - {*bags[0].keywords}),
        "same_words": [[names[k] for k in group] for group in words.groups],
        "compared_once": len(kept) < len(words.bag(used).kept),
        "without_keywords": sorted({*names} - {names[k] for k in words.bag(used).kept}),
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


def _compiled(bags: list[Bag], name: str, metric: str | None, dtype: str | None) -> tuple[Bag, Model]:
    """The last of the bags that a model can be compiled for, and that, in the dtype asked for or in a usual one."""
    from proofformer.compiler import Unplanned, planned
    from proofformer.problems import problem
    from proofformer.runtime.model import model_of

    bag = bags[-1]
    try:
        norms = _norms(bag.rows) if metric in ("jaccard", "dice") else None
        asked = problem(name, dim=len(bag.keywords), metric=metric, norms=norms)
        return bag, model_of(asked, planned(asked, len(bag.kept), dtype))
    except (InputError, Unplanned) as error:
        if len(bags) > 1:
            return _compiled(bags[:-1], name, metric, dtype)
        if not isinstance(error, Unplanned):
            raise
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
