"""A theorem of one's own: the two documents of which the second lacks the fewest ones of the first.

proofformer takes it by name; `theorem_file("examples/lacks.py").problem(dim=64)` is a problem like any other.
"""

from proofformer.circuit import Builder, Row, Signal, added, inner, least, most, start_scores, total
from proofformer.problems import Task
from proofformer.theorems import Claim, Theorem, best_pair, some_pair


def lacks(c: Builder) -> None:
    def count(name: str, a: Signal, b: Signal) -> Signal:
        return c.relu(name, Row(0, (*a[:], c.count_and(f"{name}.shared", a, b).part().times(-1))))

    best_pair(c, most(inner(c.doc, c.doc)), count, least)


def lacks_decide(c: Builder, t: int) -> None:
    start = start_scores((total(c.doc),))
    some_pair(c, most(added(f"shared, START as |a| - {t}", inner(c.doc, c.doc, start=-t), start)))


THEOREM = Theorem(
    task=Task("lacks", lambda a, b: int((a > b).sum()), prefers="least", symmetric=False),
    says="the lexicographically smallest pair whose second document lacks the fewest ones of its first",
    proof="The second lacks |a| - <a, b> ones, and |a| is the same for all keys: most shared is least lacked.",
    source="An example.",
    lemma=best_pair,
    construct=lacks,
    also="how many",
    decide=Claim(
        "whether the second document of some pair lacks {t} ones of its first or fewer",
        some_pair,
        lacks_decide,
        proof="The second lacks |a| - <a, b> ones: START, which shares |a| - t, scores as one that lacks t.",
    ),
)
