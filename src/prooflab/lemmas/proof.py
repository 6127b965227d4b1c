"""Proofs of claims by shifted polynomials, in exact arithmetic.

Each variable is written by new ones that are not negative: `low + y` above a bound, `high - y` below one, and `(low p
+ high q) / (p + q)` between two, with p and q not both 0. A variable within one of several intervals is a case for
each. What is to be shown, left - right, becomes a quotient of polynomials. Where all their coefficients are positive,
so are they; an equation has to expand to 0. The arguments of relus have to have one sign in each case.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import product

from prooflab.lemmas.claim import Body, Expr, Inequality, Option, Variable


def unproved(body: Body) -> list[str]:
    """What the method does not show, case by case; nothing if the claim is proved."""
    found = []
    for options in product(*(v.options for v in body.variables)):
        case = _Case()
        for variable, option in zip(body.variables, options, strict=True):
            case.place(variable, option)
        found += [f"{r.left} {r.sign} {r.right} where {case.at}" for r in body.shown if not case.shows(r)]
    return found


@dataclass
class _Case:
    """`at` writes the variables by new ones: some not negative, some pairs of such that are not both 0, some free."""

    at: dict[Expr, Expr] = field(default_factory=dict)
    above: list[Expr] = field(default_factory=list)
    pairs: list[tuple[Expr, Expr]] = field(default_factory=list)
    free: list[Expr] = field(default_factory=list)

    def place(self, variable: Variable, option: Option) -> None:
        import sympy

        name = variable.symbol.name
        low, high = (None if x is None else x.xreplace(self.at) for x in option)
        if low is None and high is None:
            self.free.append(variable.symbol)
            self.at[variable.symbol] = variable.symbol
        elif low is not None and high is not None and sympy.simplify(high - low) == 0:
            self.at[variable.symbol] = low
        elif low is not None and high is not None:
            p, q = sympy.symbols(f"{name}.p {name}.q", nonnegative=True)
            self.pairs.append((p, q))
            self.at[variable.symbol] = (low * p + high * q) / (p + q)
        else:
            y = sympy.Symbol(f"{name}.y", nonnegative=True)
            self.above.append(y)
            self.at[variable.symbol] = high - y if low is None else low + y

    def shows(self, relation: Inequality) -> bool:
        difference = self._without_relus((relation.left - relation.right).xreplace(self.at))
        if difference is None:
            return False
        if relation.sign == "=":
            return bool(self._quotient(difference)[0] == 0)
        return self._positive(difference, strictly=relation.sign == ">")

    def _without_relus(self, x: Expr) -> Expr | None:
        """The innermost relus replaced by what they are, as long as there are any; None if one may be either."""
        import sympy

        relu = sympy.Function("relu")
        while x.has(relu):
            inner = next(r for r in sorted(x.atoms(relu), key=sympy.default_sort_key) if not r.args[0].has(relu))
            argument = inner.args[0]
            if self._positive(argument, strictly=False):
                x = x.xreplace({inner: argument})
            elif self._positive(-argument, strictly=False):
                x = x.xreplace({inner: sympy.Integer(0)})
            else:
                return None
        return x

    def _quotient(self, x: Expr) -> tuple[Expr, Expr]:
        import sympy

        above, below = sympy.fraction(sympy.together(x))
        return sympy.expand(above), sympy.expand(below)

    def _positive(self, x: Expr, *, strictly: bool) -> bool:
        above, below = self._quotient(x)
        if self._coefficients_positive(-below, strictly=True):
            above, below = -above, -below
        return self._coefficients_positive(below, strictly=True) and self._coefficients_positive(above, strictly)

    def _coefficients_positive(self, x: Expr, strictly: bool) -> bool:
        """Whether no monomial of x can be negative; `strictly`: and one of them is positive wherever we are.

        Of a pair the larger is positive. So it is enough that with one of each pair, whichever, and all else 0, x is.
        """
        import sympy

        ends = [end for pair in self.pairs for end in pair]
        symbols = [*self.free, *self.above, *ends]
        polynomial = sympy.Poly(x, *symbols, sympy.Dummy())
        for powers, coefficient in polynomial.terms():
            if coefficient < 0 or any(power % 2 for power in powers[: len(self.free)]):
                return False
        return not strictly or all(self._at_corner(x, corner) > 0 for corner in product(*self.pairs))

    def _at_corner(self, x: Expr, corner: Sequence[Expr]) -> Expr:
        ends = [end for pair in self.pairs for end in pair]
        return x.subs({s: int(s in corner) for s in [*self.free, *self.above, *ends]})
