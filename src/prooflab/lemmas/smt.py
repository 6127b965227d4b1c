"""Claims as questions to SMT solvers: are there values that meet the hypotheses but not the conclusion?

SMT-LIB 2, so any solver can be asked. `unsat` is a proof for all values; `sat` comes with a counterexample.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from importlib import import_module
from typing import Any

from proofformer.errors import InputError, ProofError
from prooflab.lemmas.claim import Body, Expr, Inequality, Lemma, Option

SECONDS = 20
"""How long a solver may think about one claim."""


def question(body: Body) -> str:
    return "\n".join(_commands(body))


def _commands(body: Body) -> Iterator[str]:
    """A claim whose variables are all whole and that divides nothing is asked about integers, others about reals."""
    import sympy

    relations = [*body.assumed, *body.shown]
    bounds = [end for v in body.variables for option in v.options for end in option if end is not None]
    expressions = [*bounds, *(side for r in relations for side in (r.left, r.right))]
    rational = any(not n.is_integer for x in expressions for n in x.atoms(sympy.Rational))
    divides = any(p.exp.is_negative for x in expressions for p in x.atoms(sympy.Pow))
    whole = bool(body.variables) and all(v.whole for v in body.variables) and not rational and not divides
    linear = not divides and all(_linear(x) for x in expressions)
    yield f"(set-logic QF_{'L' if linear else 'N'}{'I' if whole else 'R'}A)"
    write = _Writer(whole)
    for v in body.variables:
        yield f"(declare-const {v.symbol.name} {'Int' if whole else 'Real'})"
    for v in body.variables:
        cases = [write.within(v.symbol, option) for option in v.options]
        if "true" not in cases:
            yield f"(assert {write.joined('or', cases)})"
    for r in body.assumed:
        yield f"(assert {write.relation(r)})"
    yield f"(assert (not {write.joined('and', [write.relation(r) for r in body.shown])}))"
    yield "(check-sat)"


def _linear(x: Expr) -> bool:
    """Whether x, and every argument of a relu in it, is a polynomial of degree 1 at most."""
    import sympy

    relu = sympy.Function("relu")
    relus = {r: sympy.Dummy() for r in x.atoms(relu)}
    parts = [y.xreplace(relus) for y in (x, *(r.args[0] for r in relus))]
    return all(p.is_polynomial() and sympy.Poly(p, *p.free_symbols, sympy.Dummy()).total_degree() <= 1 for p in parts)


@dataclass(frozen=True)
class _Writer:
    whole: bool

    def joined(self, connective: str, parts: list[str]) -> str:
        if not parts:
            return "true"
        return parts[0] if len(parts) == 1 else f"({connective} {' '.join(parts)})"

    def within(self, symbol: Expr, option: Option) -> str:
        low, high = option
        if low is not None and low == high:
            return f"(= {symbol.name} {self.term(low)})"
        ends = [] if low is None else [f"(>= {symbol.name} {self.term(low)})"]
        return self.joined("and", ends + ([] if high is None else [f"(<= {symbol.name} {self.term(high)})"]))

    def relation(self, r: Inequality) -> str:
        return f"({r.sign} {self.term(r.left)} {self.term(r.right)})"

    def term(self, x: Expr) -> str:
        import sympy

        if x.is_Symbol:
            return str(x.name)
        if x.is_Rational:
            return self._number(x.p, x.q)
        if x.is_Add:
            return f"(+ {' '.join(self.term(y) for y in x.as_ordered_terms())})"
        if x.is_Mul:
            above, below = sympy.fraction(x)
            if below.free_symbols:
                return f"(/ {self.term(above)} {self.term(below)})"
            return f"(* {' '.join(self.term(y) for y in x.as_ordered_factors())})"
        if x.is_Pow and x.exp.is_Integer and x.exp < 0:
            return f"(/ {self._number(1, 1)} {self.term(x.base**-x.exp)})"
        if x.is_Pow and x.exp.is_Integer:
            return f"(* {' '.join([self.term(x.base)] * int(x.exp))})"
        if x.is_Function and x.func.__name__ == "relu":
            argument = self.term(x.args[0])
            return f"(ite (>= {argument} {self._number(0, 1)}) {argument} {self._number(0, 1)})"
        raise ProofError(f"{x} is no quotient of polynomials: state the claim with polynomials, quotients and relus")

    def _number(self, p: int, q: int) -> str:
        decimals = "" if self.whole else ".0"
        size = f"{abs(p)}{decimals}" if q == 1 else f"(/ {abs(p)}{decimals} {q}{decimals})"
        return f"(- {size})" if p < 0 else size


def z3_says(text: str) -> str:
    """ "sat", "unsat" or "unknown" to a text in SMT-LIB 2."""
    return str(_z3_solver(text).check())


def cvc5_says(text: str) -> str:
    """ "sat", "unsat" or "unknown" to a text in SMT-LIB 2."""
    cvc5 = _imported("cvc5")
    solver = cvc5.Solver()
    solver.setOption("tlimit-per", str(1000 * SECONDS))
    parser = cvc5.InputParser(solver)
    parser.setStringInput(cvc5.InputLanguage.SMT_LIB_2_6, text, "claim")
    said = ""
    while not (command := parser.nextCommand()).isNull():
        said += command.invoke(solver, parser.getSymbolManager())
    return said.strip()


def counterexample(body: Body) -> dict[str, Fraction] | None:
    """Values that meet the hypotheses but not the conclusion, as z3 finds them; None if it proves there are none.

    Raises ProofError if z3 cannot tell or gives irrational numbers, InputError if it is not installed.
    """
    text = question(body)
    solver = _z3_solver(text)
    said = str(solver.check())
    if said == "unsat":
        return None
    if said != "sat":
        raise ProofError(f"z3 says {said!r} within {SECONDS} s: state the claim in smaller steps")
    model, z3 = solver.model(), _imported("z3")
    named = z3.Int if "IA)" in text else z3.Real
    values = {}
    for v in body.variables:
        name = v.symbol.name
        value = model.eval(named(name, solver.ctx), model_completion=True)
        if not (z3.is_rational_value(value) or z3.is_int_value(value)):
            raise ProofError(f"z3 gives {name} = {value}, which is irrational: bound it by fractions")
        values[name] = Fraction(str(value))
    return values


def refutes(body: Body, values: dict[str, Fraction]) -> bool:
    """Whether the values meet the hypotheses but not the conclusion, in exact arithmetic, whatever a solver says."""
    import sympy

    at = {v.symbol: sympy.Rational(values[v.symbol.name]) for v in body.variables}
    relu = sympy.Function("relu")

    def number(x: Expr) -> Fraction:
        value = x.xreplace(at).replace(relu, lambda y: sympy.Max(y, 0))
        return Fraction(int(value.p), int(value.q))

    def holds(r: Inequality) -> bool:
        left, right = number(r.left), number(r.right)
        return {">=": left >= right, ">": left > right, "=": left == right}[r.sign]

    def within(symbol: Expr, option: Option) -> bool:
        low, high = option
        return (low is None or number(low) <= number(symbol)) and (high is None or number(symbol) <= number(high))

    bounded = all(any(within(v.symbol, option) for option in v.options) for v in body.variables)
    return bounded and all(map(holds, body.assumed)) and not all(map(holds, body.shown))


@dataclass(frozen=True)
class BreakEven:
    """The first of the values tried for a constant at which the claim is false, and where it is."""

    constant: str
    value: Fraction
    at: dict[str, Fraction]


def break_even(claim: Lemma, constant: str) -> BreakEven | None:
    """None if the claim holds for all values that the constant says to try."""
    for value in claim.constants[constant].tries:
        at = counterexample(claim.body(**{constant: value}))
        if at is not None:
            return BreakEven(constant, value, at)
    return None


def _z3_solver(text: str) -> Any:
    z3 = _imported("z3")
    solver = z3.Solver(ctx=z3.Context())  # in one of its own, so that what was asked before changes no answer
    solver.set("timeout", 1000 * SECONDS)
    solver.from_string(text)
    return solver


def _imported(solver: str) -> Any:
    try:
        return import_module(solver)
    except ImportError:
        raise InputError(f"{solver} is not installed: pip install 'proofformer[obligations]'") from None
