"""docs/campaigns.md from what the campaigns found."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from prooflab.classes.weight_classes import CLASSES

Facts = Mapping[str, Any]
EQUIVALENT = "equivalent: "

HEADER = """# Campaigns

Written by `make campaign`, which takes about {minutes:.0f} minutes on two cores. What `proofformer verify` does to a
model is done here to models of every question, in one set and two. A shard is a pure function of (model hash, check,
family, seed, range), so the same command finds the same digest on any machine, in any number of processes.

Digests hold the hashes of the models, so they change with the format of model folders and not only with the answers:
those below are of format version {version}. `tests/golden/campaigns.json` has some without.

**{instances:,} instances on {models:,} models: {wrong} wrong.** {machine}, {jobs} processes, {seconds}.

| part | models | instances | wrong | shards | processor seconds | digest |
|---|--:|--:|--:|--:|--:|---|
"""


EVERY_INPUT = """## Every small input

All inputs of n = 2..5 documents, in every order, with at most so many bits in all (an instance of n rows of l bits
has n l; grids have entries 0..2 and 0..3 too), of every l that leaves room for two documents. Of two sets, every way
to part the documents. Similarities have no empty rows; Jaccard and Dice search know their norms. Decisions: at every
whole threshold 0..l, or at 1/3, 1/2 and sqrt(1/2); grids with entries beyond 1 at half of the largest value. The
number of instances is that of the formula, rows^n for each l and n.

"""

FAMILIES = """## Adversarial families

Instances of each family over all questions and forms, and what it is for. To see which mistake each is the first to
find, models of 15 questions (l = 8, n up to 40) were given planted bugs and altered weights, and each of these the
first 24 instances of every family. A family is *first* where all others need more instances until the first wrong
answer, or as many and then find fewer; *alone* where no other family finds the mutant at all. The class named is the
one in which it is most often first where others are not.

"""

RELATIONS = """## Relations between answers

No oracle: answers of a model to related instances, or of related models to one instance.

"""

FUZZING = """## Circuits of no theorem

Random well-typed circuits, planned, run and compared with the exact interpreter signal by signal; circuits with one
violation of a typing rule; plans at the largest size that the planner accepts, and one beyond.

"""

MUTANTS = """## Altered weights

One entry of a stored weight zeroed, doubled, its sign turned, exchanged with its neighbour, or its row with the next;
non-zero entries first. (Bugs planted in circuits have [a page of their own](mutants.md).)

"""


def table(head: Sequence[str], rows: Sequence[Sequence[Any]]) -> Iterator[str]:
    """Numbers to the right, with thousands separated."""
    right = [isinstance(value, int | float) and not isinstance(value, bool) for value in rows[0]] if rows else []
    yield "| " + " | ".join(head) + " |\n|" + "|".join("--:" if r else "---" for r in right) + "|\n"
    for row in rows:
        cells = (
            f"{v:,}" if isinstance(v, int) else f"{v:,.1f}" if isinstance(v, float) else str(v).replace("|", r"\|")
            for v in row
        )
        yield "| " + " | ".join(cells) + " |\n"


def document(facts: Facts) -> str:
    """The whole page."""
    parts = facts["parts"]
    models = sum(len_models(part) for part in parts)
    text = [
        HEADER.format(
            minutes=facts["seconds"] / 60,
            instances=sum(part["instances"] for part in parts),
            models=models,
            wrong=sum(part["wrong"] for part in parts),
            machine=facts["machine"],
            jobs=facts["jobs"],
            version=facts["format_version"],
            seconds=f"{facts['seconds']:,.0f} s in all",
        )
    ]
    for part in parts:
        cells = (part["part"], len_models(part), part["instances"], part["wrong"], part["shards"])
        text.append("| " + " | ".join(f"{c:,}" if isinstance(c, int) else c for c in cells))
        text.append(f" | {part['processor_seconds']:,.0f} | `{part['digest'][:16]}` |\n")
    text += ["\n", *every_input(facts), "\n", *families(facts), "\n", *relations(facts), "\n", *fuzzing(facts)]
    text += ["\n", *mutants(facts), "\n", *interrupted(facts)]
    return "".join(text)


def len_models(part: Facts) -> int:
    return int(part["models"])


def every_input(facts: Facts) -> Iterator[str]:
    yield EVERY_INPUT
    rows: dict[tuple[str, str], list[Any]] = {}
    for part in facts["parts"]:
        for row in (r for r in part["by_problem"] if r["check"] == "exhaustive"):
            bits = part["part"].split(", ")[1]
            rows.setdefault((row["question"], row["form"]), [0, 0, 0, set()])
            known = rows[row["question"], row["form"]]
            known[0] += row["models"]
            known[1] += row["instances"]
            known[2] += row["wrong"]
            known[3].add(bits)
    body = [(q, f, m, n, w, " and ".join(sorted(bits))) for (q, f), (m, n, w, bits) in sorted(rows.items())]
    yield from table(("question", "form", "models", "instances", "wrong", "up to"), body)
    rates = facts["rates"]
    yield f"\nOne model (closest pair, n = 5, l = 4, float32, one thread): {rates['batched']:,.0f} instances a second "
    yield f"batched, {rates['single']:,.0f} one at a time.\n"


def families(facts: Facts) -> Iterator[str]:
    yield FAMILIES
    found: dict[str, list[int]] = defaultdict(lambda: [0, 0])
    for part in facts["parts"]:
        for row in (r for r in part["families"] if r["check"] == "adversarial"):
            found[row["family"]][0] += row["instances"]
            found[row["family"]][1] += row["wrong"]
    first = {row["family"]: row for row in facts["first"]}
    body = []
    for family, (instances, wrong) in sorted(found.items()):
        row = first.get(family)
        if row is None:
            body.append((f"`{family}`", "", instances, wrong, "not tried", "", ""))
            continue
        share = f"{row['caught'] / row['tried']:.0%} of {row['tried']:,}"
        at = f"{row['first']:,}: {row['class']}" if row["first"] else "none"
        alone = f"{row['only']:,}: {row['only_class']}" if row["only"] else ""
        body.append((f"`{family}`", row["purpose"], instances, wrong, share, at, alone))
    yield from table(
        ("family", "for", "instances", "wrong", "mutants caught", "first to catch", "alone to catch"), body
    )


def relations(facts: Facts) -> Iterator[str]:
    yield RELATIONS
    found: dict[str, list[int]] = defaultdict(lambda: [0, 0])
    for part in facts["parts"]:
        for row in (r for r in part["families"] if r["check"] == "metamorphic"):
            found[row["family"]][0] += row["instances"]
            found[row["family"]][1] += row["wrong"]
    yield from table(("relation", "instances", "broken"), [(name, n, w) for name, (n, w) in found.items()])


def fuzzing(facts: Facts) -> Iterator[str]:
    yield FUZZING
    rows, counts = [], {}
    for part in facts["parts"]:
        rows += [(r["family"], r["instances"], r["wrong"]) for r in part["families"] if r["check"] == "circuits"]
        counts |= part["checks"].get("circuits", {}).get("counts", {})
    yield from table(("family", "circuits", "wrong or accepted"), rows)
    yield "\n" + ", ".join(f"{count:,} {name}" for name, count in counts.items()) + ".\n"


def mutants(facts: Facts) -> Iterator[str]:
    counts: dict[str, int] = defaultdict(int)
    for part in facts["parts"]:
        for name, count in part["checks"].get("mutants", {}).get("counts", {}).items():
            counts[name] += count
    total = sum(counts.values())
    equivalent = {k.removeprefix(EQUIVALENT): v for k, v in counts.items() if k.startswith(EQUIVALENT)}
    yield MUTANTS
    answer, signal = counts["wrong answer"], counts["wrong signal"]
    yield f"**{total:,} mutants: {answer + signal:,} caught ({answer:,} by a wrong answer, {signal:,} by a signal), "
    yield f"{sum(equivalent.values()):,} equivalent, {counts['survived']:,} survived.** An equivalent one has a reason "
    yield "whose condition was checked on its numbers, and holds for every input:\n\n"
    yield from table(
        ("class", "mutants", "reason"),
        [(c.name, equivalent[c.name], c.reason) for c in CLASSES if c.name in equivalent],
    )
    for part in facts["parts"]:
        for sentence in (s for s in part["detail"] if "survives" in s):
            yield f"\n* {sentence}"


def interrupted(facts: Facts) -> Iterator[str]:
    yield "## Interrupted\n\nOne campaign, run in several ways: counts and digest have to be the same.\n\n"
    rows = []
    for row in facts["interruptions"]:
        kept = f"{row['kept']} shards kept" if "kept" in row else "one worker killed" if row.get("killed") else ""
        rows.append(
            (row["run"], row["instances"], row["wrong"], float(row["seconds"]), f"`{row['digest'][:16]}`", kept)
        )
    yield from table(("run", "instances", "wrong", "seconds", "digest", ""), rows)
    one, two = (row["seconds"] for row in facts["interruptions"][:2])
    yield f"\nTwo processes take {two / one:.2f} of the time of one.\n"
