"""Claims about similarities and factors (docs/theory.md, sections 1 and 7)."""

from __future__ import annotations

from prooflab.lemmas.claim import Workings, claim, constant


@claim("theorems/similarity.py ranks; theorems/cosine.py", 7)
def cosines_by_cross_multiplication(k: Workings) -> None:
    """For p = k^2, q = a b and r = k'^2, s = c d: p / q <= r / s when p s <= r q. If that is strict, by 1 in whole
    numbers (`more` in place of r), so is this.
    """
    p, q, s = k.real("p", 0), k.real("q", 1), k.real("s", 1)
    r, more = k.real("r", p * s / q), k.real("more", (p * s + 1) / q)
    k.show(p / q, "<=", r / s)
    k.show(p / q, "<", more / s)


@claim("theorems/cosine.py (quotients)", 7, apart=constant(1, "theorems/cosine.py (docstring)", 2))
def distinct_fractions_are_apart(k: Workings) -> None:
    """Of p/q < r/s the second is larger by a factor of 1 + 1/(p s) at least."""
    p, q, s = k.whole("p", 1), k.whole("q", 1), k.whole("s", 1)
    r = k.real("r", (p * s + 1) / q)
    k.show((r / s) / (p / q), ">=", 1 + k["apart"] / (p * s))


@claim("theorems/similarity.py _shared", 7)
def similarities_grow_with_what_is_shared(k: Workings) -> None:
    """Jaccard's k / (a + b - k) grows with k, as cosine and Dice plainly do: n is a + b."""
    shared = k.whole("k", 0)
    n = k.whole("n", shared + 2)
    k.show((shared + 1) / (n - shared - 1), ">", shared / (n - shared))


@claim("theorems/similarity.py _shared", 7)
def similarities_fall_with_a_norm(k: Workings) -> None:
    """The squares of all three fall as b grows, k and a staying: what has to be shared does not fall with b. Here n is
    a + b - k.
    """
    shared = k.whole("k", 0)
    a, b = k.whole("a", 1), k.whole("b", 1)
    rest = k.whole("n", 1)
    k.show(shared**2 / (a * (b + 1)), "<=", shared**2 / (a * b))
    k.show((shared / (rest + 1)) ** 2, "<=", (shared / rest) ** 2)
    k.show((2 * shared / (a + b + 1)) ** 2, "<=", (2 * shared / (a + b)) ** 2)


@claim("theorems/similarity.py classes", 7, reach=constant(0, "theorems/similarity.py classes (beyond gamma u)", 1))
def a_class_is_within_a_factor(k: Workings) -> None:
    """Of two values from u to gamma u neither is more than gamma times the other."""
    gamma, u = k.real("gamma", 1), k.real("u", 0)
    v = k.real("v", None, gamma * u + k["reach"])
    w = k.real("w", u)
    k.show(v, "<=", gamma * w)


@claim("theorems/cosine.py cosine_tables", 7)
def two_choices_share_a_factor(k: Workings) -> None:
    """Two choices that each lose a factor s = sqrt(gamma) at most lose gamma at most."""
    s, worst = k.real("s", 1), k.real("z", 0)
    y = k.real("y", None, s * worst)
    x = k.real("x", None, s * y)
    k.show(x, "<=", s**2 * worst)


@claim("theorems/similar_pairs.py best_by_norm", 7, win=constant(1, "theorems/similar_pairs.py best_by_norm (won)", 2))
def only_the_best_of_a_norm_that_won(k: Workings) -> None:
    """k - best + [the norm won] is 1 for keys that share as many as the best of a norm that won, and at most 0 for
    others: those that share less, and those of other norms.
    """
    best = k.whole("best", 0)
    less, any_number = k.whole("less", None, best - 1), k.whole("k", None, best)
    won = k.bit("won")
    k.show(best - best + k["win"], ">=", 1)
    k.show(less - best + k["win"] * won, "<=", 0)
    k.show(any_number - best, "<=", 0)


CLAIMS = (
    cosines_by_cross_multiplication,
    distinct_fractions_are_apart,
    similarities_grow_with_what_is_shared,
    similarities_fall_with_a_norm,
    a_class_is_within_a_factor,
    two_choices_share_a_factor,
    only_the_best_of_a_norm_that_won,
)
