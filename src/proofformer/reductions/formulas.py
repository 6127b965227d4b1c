"""Formulas in conjunctive normal form: read from DIMACS files, simplified, checked."""

from __future__ import annotations

import re
import reprlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from proofformer.documents.content import lines_of, text_in
from proofformer.errors import InputError

MOST_BYTES = 32 << 20
"""Of a file, out of its compression: what is larger has more clauses than a problem has keywords."""

MOST_FREE = 120
"""Free variables: no machine holds the documents of more, and no number is written out that counts them."""

Clause = tuple[int, ...]
Assignment = tuple[int, ...]
"""The literals that are true, one for each variable: (1, -2, 3)."""


@dataclass(frozen=True)
class Formula:
    """All of `clauses` have to hold; a literal is v or -v, for a variable v in 1..variables. No clauses: true.

    `header` is what the file promised, variables and clauses. Raises InputError for a literal that is none.
    """

    variables: int
    clauses: tuple[Clause, ...]
    header: tuple[int, int] | None = field(default=None, compare=False)

    def __post_init__(self) -> None:
        for clause in self.clauses:
            for literal in clause:
                if not 1 <= abs(literal) <= self.variables:
                    raise InputError(f"literal {literal}: pass numbers from 1 to {self.variables}, or their negatives")

    @property
    def differs(self) -> str | None:
        """A sentence where the header promised other counts; variables that no clause has are nothing amiss."""
        if self.header is None or self.header == (self.variables, len(self.clauses)):
            return None
        found = f"the file has {self.variables:,} variables and {len(self.clauses):,} clauses"
        return f"the header says {self.header[0]:,} variables and {self.header[1]:,} clauses, {found}"

    def holds(self, assignment: Assignment) -> bool:
        """Whether an assignment of all variables satisfies every clause."""
        true = set(assignment)
        whole = sorted(map(abs, assignment)) == [*range(1, self.variables + 1)]
        return whole and all(any(literal in true for literal in clause) for clause in self.clauses)

    def simplified(self) -> tuple[tuple[Clause, ...], Mapping[int, bool]] | None:
        """The clauses that are left when unit clauses are followed, and the variables these fix; None: a contradiction.

        Clauses that hold whatever happens, and second copies of a literal or a clause, are left out.
        """
        fixed: dict[int, bool] = {}
        clauses = list(dict.fromkeys(tuple(dict.fromkeys(c)) for c in self.clauses if not any(-x in c for x in c)))
        while True:
            left = []
            for clause in clauses:
                if any(fixed.get(abs(x)) == (x > 0) for x in clause):
                    continue
                open_ = tuple(x for x in clause if abs(x) not in fixed)
                if not open_:
                    return None
                left.append(open_)
            units = {x for (x, *more) in left if not more}
            if any(-x in units for x in units):
                return None
            if not units:
                return tuple(dict.fromkeys(left)), fixed
            fixed |= {abs(x): x > 0 for x in units}
            clauses = left


def read_dimacs(path: str | Path) -> Formula:
    """A formula from a DIMACS .cnf file, compressed or not, in any spacing; `Formula.differs` when its header is wrong.

    Raises InputError for what is no such file, and when python-sat, which reads it, is not installed.
    """
    try:
        from pysat.formula import CNF
    except ImportError:
        raise InputError(
            "reading a .cnf file needs python-sat, which is not installed: pip install 'proofformer[sat]'"
        ) from None
    header, words = _split(text_in(Path(path), MOST_BYTES, "pass a DIMACS .cnf file"), path)
    declared = 0 if header is None else header[0]
    # The reader wants one clause a line.
    lines, clause = [f"p cnf {declared} 0"], list[str]()
    for word in words:
        clause.append(word)
        if word == "0":
            lines.append(" ".join(clause))
            clause = []
    if clause:
        raise InputError(f"{path} ends within a clause, after {' '.join(clause[-3:])}: end every clause with 0")
    found = CNF(from_string="\n".join(lines) + "\n")
    clauses = tuple(tuple(c) for c in found.clauses)
    return Formula(max([declared, *(abs(x) for c in clauses for x in c)]), clauses, header)


# Between words; the spaces of other scripts are none.
_BLANKS = re.compile(r"[ \t\v\f]+")
_LITERAL = re.compile(r"0+|-?0*[1-9][0-9]*")


def _split(text: str, path: str | Path) -> tuple[tuple[int, int] | None, list[str]]:
    """The variables and clauses that are declared, if any are, and the words that are not comments."""
    header: tuple[int, int] | None = None
    words, ended = list[str](), False
    for number, line in enumerate(lines_of(path, text), 1):
        parts = [word for word in _BLANKS.split(line) if word]
        if not parts or parts[0].startswith("c"):
            continue
        if parts[0] == "%":
            ended = True  # Old benchmark files end like this, and a 0 after it.
            continue
        if ended and parts != ["0"]:
            raise InputError(f"{path}, line {number} is after the % that ends it: leave out the % or what follows it")
        if ended:
            continue
        if parts[0] == "p":
            if header or words or len(parts) != 4 or parts[1] != "cnf" or not all(_is_count(x) for x in parts[2:]):
                shown = reprlib.repr(line.strip())
                raise InputError(f"{path}, line {number} is {shown}: begin with one line 'p cnf VARIABLES CLAUSES'")
            header = int(parts[2]), int(parts[3])
            continue
        for word in parts:
            if len(word) > MOST_DIGITS + 1 or not _LITERAL.fullmatch(word):
                shown = reprlib.repr(word)
                raise InputError(f"{path}, line {number} holds {shown}: a clause is whole numbers, ended by 0")
        words += [str(int(word)) for word in parts]
    if header is None and not words:
        raise InputError(f"{path} holds no formula: pass a DIMACS .cnf file, with a line 'p cnf VARIABLES CLAUSES'")
    return header, words


MOST_DIGITS = 9


def _is_count(word: str) -> bool:
    return word.isascii() and word.isdigit() and len(word) <= MOST_DIGITS


def sizes(formula: Formula) -> dict[str, int]:
    """The free variables after unit clauses are followed, and how many documents they may need.

    Raises InputError for more than `MOST_FREE` of them.
    """
    simplified = formula.simplified()
    free = 0 if simplified is None else formula.variables - len(simplified[1])
    if free > MOST_FREE:
        raise InputError(
            f"{free:,} free variables may need more than 2^{MOST_FREE // 2} documents: give a smaller formula, or fix "
            f"variables by clauses of one literal until at most {MOST_FREE} are left"
        )
    return {
        "variables": formula.variables,
        "clauses": len(formula.clauses),
        "free_variables": free,
        "most_documents": 0 if simplified is None else 2 ** ((free + 1) // 2) + 2 ** (free // 2),
    }


def dimacs_answer(assignment: Assignment | None) -> Iterable[str]:
    """The lines of an answer: s and, if there is an assignment, v."""
    if assignment is None:
        yield "s UNSATISFIABLE"
        return
    yield "s SATISFIABLE"
    words = [*map(str, assignment), "0"]
    for start in range(0, len(words), 20):
        yield f"v {' '.join(words[start : start + 20])}"
