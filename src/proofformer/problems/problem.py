"""Problems: what is asked of a 0/1 matrix, and the exact answer to it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from proofformer.errors import InputError
from proofformer.problems import oracle
from proofformer.problems.answers import Answer, Decision
from proofformer.problems.instances import Instance, binary_rows


def _ov_decision(rows: object) -> Decision:
    return Decision(oracle.orthogonal_pair_exists(rows))


@dataclass(frozen=True)
class _Spec:
    """One supported combination; of the rows with the same name, the first gives the default metric."""

    name: str
    question: str
    metric: str | None
    oracle: Callable[[object], Answer]


_SPECS: Final = (
    _Spec("closest-pair", "search", "hamming", oracle.closest_pair),
    _Spec("ov", "decide", None, _ov_decision),
)
_NAMES: Final = tuple(dict.fromkeys(spec.name for spec in _SPECS))


@dataclass(frozen=True)
class Problem:
    """A problem over matrices of shape (n, dim) with 0/1 entries (source: docs/theory.md, section 1).

    `question` is "search" or "decide"; `metric` is filled in where the problem has a default one. Raises
    InputError for a combination that this version does not support and for a dim that is not an int >= 1.
    """

    name: str
    dim: int
    question: str = "search"
    metric: str | None = None

    def __post_init__(self) -> None:
        specs = [spec for spec in _SPECS if spec.name == self.name]
        if not specs:
            raise InputError(f"unknown problem {self.name!r}: choose one of {', '.join(_NAMES)}")
        if not isinstance(self.dim, int) or isinstance(self.dim, bool) or self.dim < 1:
            raise InputError(f"dim is {self.dim!r}: pass the number of columns l as an int >= 1")
        questions = dict.fromkeys(spec.question for spec in specs)
        if self.question not in questions:
            remedy = " or ".join(f'question="{known}" (--question {known})' for known in questions)
            raise InputError(f"{self.name} does not support the question {self.question!r}: pass {remedy}")
        if self.metric is None:
            object.__setattr__(self, "metric", specs[0].metric)
        metrics = dict.fromkeys(spec.metric for spec in specs if spec.metric is not None)
        if self.metric is not None and self.metric not in metrics:
            remedy = f"choose one of {', '.join(metrics)}" if metrics else "leave the metric out"
            raise InputError(f"{self.name} does not support the metric {self.metric!r}: {remedy}")

    @property
    def label(self) -> str:
        """A short text for people, such as "closest-pair (hamming), search, l = 64"."""
        metric = "" if self.metric is None else f" ({self.metric})"
        return f"{self.name}{metric}, {self.question}, l = {self.dim}"

    def to_json(self) -> dict[str, Any]:
        """The four fields as JSON values."""
        return {"name": self.name, "dim": self.dim, "question": self.question, "metric": self.metric}

    @classmethod
    def from_json(cls, data: object) -> "Problem":
        """The problem that `to_json` described; raises InputError for anything it cannot have written."""
        if not isinstance(data, Mapping):
            raise InputError(f"a problem is described by {data!r}: pass a JSON object with name and dim")
        known = ("name", "dim", "question", "metric")
        for key in data:
            if key not in known:
                raise InputError(f"a problem has no field {key!r}: its fields are {', '.join(known)}")
        for key in ("name", "dim"):
            if key not in data:
                raise InputError(f"the problem described by {dict(data)!r} has no {key!r}: add it")
        return problem(**data)

    def instance(self, X: object) -> Instance:
        """X, an array, list, tensor or Instance of shape (n, dim) with n >= 2, as a checked private copy.

        Raises InputError, naming the value, its row and column (counted from 0) and the remedy, for anything
        but 0/1 entries in that shape.
        """
        return Instance(binary_rows(X, self.dim))

    def answer(self, X: object) -> Answer:
        """The exact answer for X of shape (n, dim), by exhaustive search over all pairs.

        A search gives the lexicographically smallest optimal pair i < j with its exact value. Raises
        InputError as `instance` does.
        """
        return self._spec.oracle(self.instance(X))

    def accepts(self, X: object, answer: object) -> bool:
        """Whether `answer` is the exact answer for X, of the right type, pair and value included.

        Raises InputError as `instance` does when X, not the answer, is at fault.
        """
        expected = self.answer(X)
        return type(answer) is type(expected) and answer == expected

    @property
    def _spec(self) -> _Spec:
        wanted = (self.name, self.question, self.metric)
        return next(spec for spec in _SPECS if (spec.name, spec.question, spec.metric) == wanted)


def problem(name: str, *, dim: int, question: str | None = None, metric: str | None = None) -> Problem:
    """The problem `name` over rows of `dim` entries; the default question is "search".

    The default metric is the problem's own. Raises InputError, one sentence naming the value and the remedy,
    for whatever this version does not support.
    """
    return Problem(name=name, dim=dim, question="search" if question is None else question, metric=metric)
