"""Claims: inequalities between scalars that the planner's choices rest on, for all values of their variables at once.

A claim is written once, as a function of its `Workings` that names variables with their bounds, and shows relations of
them. From it follow a proof by computer algebra (`proof`), a lemma of Coq (`coq`) and a question to SMT solvers
(`smt`). Its constants are the planner's own, and may be changed one by one to find where the claim breaks.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

Expr = Any
"""A sympy expression; sympy is imported only where it is needed."""

Option = tuple[Expr | None, Expr | None]
"""Bounds of a variable, low and high, either of which may be missing."""


@dataclass(frozen=True)
class Variable:
    """A variable within one of several intervals, whose bounds are expressions of the variables before it."""

    symbol: Expr
    whole: bool
    options: tuple[Option, ...]


@dataclass(frozen=True)
class Inequality:
    """`left >= right`, `left > right` or `left = right`."""

    left: Expr
    sign: str
    right: Expr

    def tightened(self) -> Inequality:
        """More than is claimed: the right side larger by 1."""
        return Inequality(self.left, self.sign, self.right + 1)


@dataclass(frozen=True)
class Body:
    """For all values of the variables within their bounds, with `assumed` besides, everything `shown` holds."""

    variables: tuple[Variable, ...]
    assumed: tuple[Inequality, ...]
    shown: tuple[Inequality, ...]


@dataclass(frozen=True)
class Constant:
    """A number of the planner in a claim, its place in the code, and others to try: each asks more than the last."""

    value: Fraction
    source: str
    tries: tuple[Fraction, ...]


def constant(value: Fraction | int, source: str, *tries: Fraction | int) -> Constant:
    return Constant(Fraction(value), source, tuple(map(Fraction, tries)))


@dataclass(frozen=True)
class Lemma:
    """`used` names the module and function that rest on it, `section` the section of docs/theory.md."""

    name: str
    statement: str
    used: str
    section: int
    constants: Mapping[str, Constant]
    state: Callable[[Workings], None]

    def body(self, **changed: Fraction) -> Body:
        """The claim for the planner's constants, or for others where `changed` says so."""
        setting = Workings({name: changed.get(name, c.value) for name, c in self.constants.items()})
        self.state(setting)
        return Body(tuple(setting.variables), tuple(setting.assumed), tuple(setting.shown))


def claim(used: str, section: int, **constants: Constant) -> Callable[[Callable[[Workings], None]], Lemma]:
    """Makes a claim of a function that states it; the docstring says it in words."""

    def make(state: Callable[[Workings], None]) -> Lemma:
        words = " ".join((state.__doc__ or "").split())
        return Lemma(state.__name__.replace("_", "-"), words, used, section, constants, state)

    return make


class Workings:
    """What the function that states a claim writes it with."""

    def __init__(self, constants: Mapping[str, Fraction]) -> None:
        self._constants = constants
        self.variables: list[Variable] = []
        self.assumed: list[Inequality] = []
        self.shown: list[Inequality] = []

    def __getitem__(self, name: str) -> Fraction:
        """A constant of the claim."""
        return self._constants[name]

    def power(self, base: int, name: str) -> int:
        """`base` to the power of a constant that is a whole number >= 0."""
        return int(base ** int(self[name]))

    def real(self, name: str, low: Expr = None, high: Expr = None) -> Expr:
        return self._variable(name, False, ((low, high),))

    def whole(self, name: str, low: Expr = None, high: Expr = None) -> Expr:
        """A variable that only takes whole numbers. The proofs do not use it, so they show more."""
        return self._variable(name, True, ((low, high),))

    def bit(self, name: str) -> Expr:
        return self._variable(name, True, ((0, 0), (1, 1)))

    def either(self, name: str, *options: Option) -> Expr:
        """A variable within one of some intervals."""
        return self._variable(name, False, options)

    def relu(self, x: Expr) -> Expr:
        import sympy

        return sympy.Function("relu")(x)

    def assume(self, left: Expr, sign: str, right: Expr) -> None:
        """A fact that the proof does not need: without it a counterexample would not be one."""
        self.assumed.append(_relation(left, sign, right))

    def show(self, left: Expr, sign: str, right: Expr) -> None:
        self.shown.append(_relation(left, sign, right))

    def _variable(self, name: str, whole: bool, options: tuple[Option, ...]) -> Expr:
        import sympy

        symbol = sympy.Symbol(name, real=True)
        exact = tuple(
            (None if low is None else sympy.sympify(low), None if high is None else sympy.sympify(high))
            for low, high in options
        )
        self.variables.append(Variable(symbol, whole, exact))
        return symbol


def _relation(left: Expr, sign: str, right: Expr) -> Inequality:
    """Raises ValueError for a sign that is none: it would be a claim nobody checks."""
    import sympy

    if sign == "<=":
        left, sign, right = right, ">=", left
    if sign == "<":
        left, sign, right = right, ">", left
    if sign not in (">=", ">", "="):
        raise ValueError(f"sign {sign!r}: use one of <=, <, =, >, >=")
    return Inequality(sympy.sympify(left), sign, sympy.sympify(right))
