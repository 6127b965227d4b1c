"""`proofformer documents`: the most or least alike of a person's own texts."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from itertools import islice, zip_longest
from time import perf_counter
from typing import TYPE_CHECKING, Any, NoReturn

import click

from proofformer.cli.common import SAID, cluster_at, json_option, plan_facts, print_json, scheduler_option
from proofformer.cli.documents_models import compiled
from proofformer.cli.documents_report import ASKED, SIMILARITIES, show
from proofformer.cli.keywords import FIRST, MOST, bags_for, has_pairs, sets_of
from proofformer.errors import InputError

if TYPE_CHECKING:
    from proofformer.documents import Bag
    from proofformer.problems import PairAnswer
    from proofformer.runtime.cluster import Cluster

MOST_PAIRS = 1000


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
    "--top",
    type=click.IntRange(1, MOST_PAIRS),
    default=1,
    metavar="K",
    show_default=True,
    help="The K best pairs, each the answer of a model to what is left by those before.",
)
@click.option("--near", metavar="FILE", type=SAID, help="The nearest to the text in FILE: pairs are of it and another.")
@click.option("--lines", is_flag=True, help="Each line of a file that is not blank is a text.")
@click.option(
    "--column",
    metavar="NAME",
    help="Each row of a .csv or .tsv file is a text, in this column, and each line of a .jsonl file, under this key.",
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

    PATHS are text files (gzip is fine) and folders, searched to any depth; with --lines or --column, each line or row
    is a text. - is standard input: a text a line or, with --column, a JSON object a line. Each text becomes a row of
    0/1: which of the L most telling keywords it has. A keyword is an English word, no stop word, that at least two
    texts have and another lacks; those nearest to half of the texts tell most.
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
    top: int,
    near: str | None,
    lines: bool,
    column: str | None,
    dtype: str | None,
    cluster: Cluster | None,
) -> dict[str, Any]:
    """Read, compile, solve and ask the oracle; everything there is to tell, as JSON values."""
    import numpy as np

    from proofformer.documents import collect, words_of
    from proofformer.problems import PairAnswer
    from proofformer.problems.kinds import kind_asked, kinds
    from proofformer.problems.oracle import first_pairs, profile
    from proofformer.reductions.ranked import ranked

    seconds, last = dict[str, float](), perf_counter()

    def done(step: str) -> None:
        nonlocal last
        seconds[step], last = round(perf_counter() - last, 6), perf_counter()

    texts = collect(paths, column, near, lines)
    words = words_of([document.text for document in texts.documents])
    name, measured = ASKED[metric, least][0], None if metric == "ip" else metric
    bags = bags_for(words, keywords, kind_asked(kinds(name), measured, 1), near is not None)
    if near is not None and not has_pairs(bags[-1], True):
        _refuse_near(near, bags)
    done("reading")
    import torch  # noqa: F401 - its loading is a step of its own

    done("torch")
    models = compiled(bags, name, measured, near=near is not None, dtype=dtype, cluster=cluster)
    bag, asked, kind = models.bag, models.problem, models.problem.kind
    done("compiling")
    first, others = (range(len(bag.kept)), None) if near is None else (range(1), range(1, len(bag.kept)))
    found = list(islice(ranked(models.ask, first, others, largest=kind.largest), top))
    done("answer")
    sets = sets_of(bag, near is not None)
    expected = first_pairs(*sets, measure=kind.measure, largest=kind.largest, most=top)
    if near is not None:
        expected = [PairAnswer((0, pair[1] + 1), value) for pair, value in expected]
    values = profile(*sets, measure=kind.measure)
    done("oracle")
    names = [document.name for document in texts.documents]
    used = np.flatnonzero(np.isin(words.vocabulary, bag.keywords))
    kept = [names[k] for k in bag.kept]
    telling = {*words.vocabulary[words.telling(keywords or FIRST)]}
    refused = len(bags[-1].keywords) if bag is not bags[-1] else len(telling) if telling - {*bag.keywords} else 0
    return {
        **_pair_facts(found[0] if found else PairAnswer(None, None), kept, bag),
        "top": [_pair_facts(pair, kept, bag) for pair in found] if top > 1 else [],
        "ties": values[max(values) if kind.largest else min(values)],
        "oracle": next(
            (met.to_json() for met, own in zip_longest(expected, found) if met and met != own), expected[0].to_json()
        ),
        "equal": found == expected,
        "metric": metric,
        "least": least,
        "near": None if near is None else names[0],
        "n": len(kept),
        "documents": kept,
        "keywords": list(bag.keywords),
        "keywords_asked": keywords or FIRST,
        "keywords_refused": refused,
        "keywords_added": sorted({*bag.keywords} - telling),
        "same_words": [[names[k] for k in group] for group in words.groups],
        "compared_once": len(kept) < len(words.bag(used).kept),
        "without_keywords": sorted({*names} - {names[k] for k in words.bag(used).kept}),
        "mostly_lost": [names[k] for k in bag.mostly_lost],
        **texts.left(),
        "problem": asked.to_json(),
        "plan": plan_facts(models.plan),
        "seconds": seconds,
    }


def _refuse_near(near: str, bags: list[Bag]) -> NoReturn:
    """There is no pair of this text and another."""
    what = "no other text has" if bags[0].kept[0] == 0 else f"{near!r} has none of"
    raise InputError(
        f"{what} the {len(bags[0].keywords)} keywords: ask for more --keywords, or give texts on related subjects"
    )


def _pair_facts(answer: PairAnswer, names: list[str], bag: Bag) -> dict[str, Any]:
    """A pair, the names of the two documents, and their keywords: those of both, and of either alone."""
    facts: dict[str, Any] = answer.to_json()
    if answer.pair is None:
        return facts | {"names": [], "both": [], "only": []}
    i, j = answer.pair
    first, second = ({w for w, has in zip(bag.keywords, bag.rows[k], strict=True) if has} for k in (i, j))
    return facts | {
        "names": [names[i], names[j]],
        "both": sorted(first & second),
        "only": [sorted(first - second), sorted(second - first)],
    }
