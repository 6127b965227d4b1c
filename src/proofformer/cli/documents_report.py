"""What `documents` found, in words."""

from __future__ import annotations

from typing import Any

from proofformer.cli.common import print_named, worst
from proofformer.cli.common import seconds as pretty_seconds

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
NAMED, LISTED = 3, 100


def show(facts: dict[str, Any]) -> None:
    """The facts as text: the answer first, then what it rests on."""
    from proofformer.explain.describe import short

    n, l = facts["n"], len(facts["keywords"])
    _, title, verb = ASKED[facts["metric"], facts["least"]]
    lines = {"equal texts": _groups(facts)} if facts["same_words"] else {}
    lines |= {"documents": _documents(facts), title: "no pair"}
    if facts["names"]:
        (first, second), (one, two) = facts["names"], facts["only"]
        count = "1 keyword" if l == 1 else f"{l:,} keywords"
        lines |= {
            title: f"{first}\n{second}" + "\n(of texts with different words)" * facts["compared_once"],
            "": f"{verb} {_value(facts, count)}",
            "both have": _listing(facts["both"]),
            "only the first": _listing(one),
            "only the second": _listing(two),
        }
        lines |= {
            f"number {k:,}": "\n".join((*pair["names"], f"{verb} {_value(facts | pair, count)}"))
            for k, pair in enumerate(facts["top"][1:], 2)
        }
    lines["ties"] = _ties(facts)
    verdict = "equal"
    if not facts["equal"]:
        best, value = [facts["documents"][k] for k in facts["oracle"]["pair"]], facts["oracle"]["value"]
        verdict = f"NOT EQUAL, it found {' and '.join(best)}, value {value}"
    pairs = n * (n - 1) // 2 if facts["near"] is None else n - 1
    lines["oracle"] = f"{verdict} ({pairs:,} pair{'s' * (pairs != 1)} compared)"
    lines["keywords"] = _listing(facts["keywords"])
    plan = facts["plan"]
    leak, slack = worst(plan)
    b = ", ".join(map(str, sorted({h["b"] for h in plan["heads"]})))
    radix = ", ".join(f"{' x '.join(map(str, sizes))} ({name})" for name, sizes in plan["radix"].items())
    name = facts["problem"]["name"] + (", two sets" if facts["problem"]["bichromatic"] else "")
    lines |= {
        "model": f"{name}, n = 2..{n:,}, l = {l:,}, {plan['dtype']}",
        "proof": f"R = {radix}; T = {plan['rounds']}; b = {b}; leak at most {leak:.4g}, slack at least {slack:.4g}",
        "size": f"width {short(plan['width'])}, {plan['blocks']} blocks, {plan['attention_blocks']} with attention",
        "times": ", ".join(f"{what} {pretty_seconds(time)}" for what, time in facts["seconds"].items()),
    }
    print_named(lines)


def _groups(facts: dict[str, Any]) -> str:
    """The texts that have the same words, by groups."""
    groups = facts["same_words"]
    told = "; ".join(_listing(group, NAMED) for group in groups[:NAMED])
    rest = f"; and {len(groups) - NAMED:,} more (--json has all)" if len(groups) > NAMED else ""
    count = "1 group" if len(groups) == 1 else f"{len(groups):,} groups"
    how = "; of each, the first is compared" if facts["compared_once"] else ""
    return f"{count} of texts with the same words{how}: {told}{rest}"


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
    first = len(facts["keywords"]) - len(facts["keywords_added"])
    if facts["keywords_added"]:
        lines.append(f"{first:,} keywords tell most, {len(facts['keywords_added']):,} more part texts that tied")
    if facts["keywords_refused"]:
        told, sums = f"{facts['keywords_refused']:,} keywords", "the texts have too many different numbers of them"
        if facts["metric"] in ("jaccard", "dice"):
            lines.append(f"not the {told} that tell most: {sums}, and there would be a search for each")
        else:
            lines.append(f"{told} would tell more, but there is no model for so many")
    elif len(facts["keywords"]) < facts["keywords_asked"]:
        lines.append(f"no more than {first:,} keywords are in two documents but not in all")
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
