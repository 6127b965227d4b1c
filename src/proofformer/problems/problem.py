"""Problems: what is asked of one or two sets of documents, and the exact answer to it."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, fields
from fractions import Fraction
from math import ceil, floor
from typing import Any, Final, TypedDict, Unpack, cast

from proofformer.errors import Choice, InputError, Spoken, one_of
from proofformer.problems import oracle
from proofformer.problems.answer_format import DECISION, PAIR, SIMILAR, AnswerFormat
from proofformer.problems.answers import Answer, Decision, PairAnswer
from proofformer.problems.instances import CALLED, Instance, checked_levels
from proofformer.problems.kinds import MOST_SIMILARITY_DIM, NAMES, Kind, kind_asked, kinds, largest_value
from proofformer.problems.norms import check_similarity_rows, norm_set, norms_text
from proofformer.problems.numbers import Exact, exact_number, squared
from proofformer.problems.task import Task

QUESTIONS: Final = ("search", "decide")


@dataclass(frozen=True)
class Problem:
    """A problem over rows of `dim` entries: one set of documents, or two (`bichromatic`).

    `question` is "search" or "decide"; a decision asks for a pair at `threshold` or beyond (`ov`: for an orthogonal
    pair, no threshold). `metric` is filled in where the problem has one. Entries are 0..`levels`; only squared
    Euclidean and cityblock distances take more than 1, and a `task` of one's own, whose name the problem has then.
    `norms`, for msd and lsd, are the only numbers of ones that rows may have. With `gamma` > 1 a search may give any
    pair within that factor of the optimum. Raises InputError for what this version does not support, for a dim that is
    not an int >= 1 and for a threshold that no value can have. Source: docs/theory.md, section 1.
    """

    name: str
    dim: int
    question: str = "search"
    metric: str | None = None
    bichromatic: bool = False
    threshold: Exact | None = None
    levels: int = 1
    norms: tuple[int, ...] | None = None
    gamma: int | Fraction | None = None
    task: Task | None = None

    def __post_init__(self) -> None:
        names = NAMES if self.task is None else (self.task.name,)
        if self.name not in names:
            raise InputError(f"unknown problem {self.name!r}: {one_of(self.name, names)}")
        if not isinstance(self.dim, int) or isinstance(self.dim, bool) or self.dim < 1:
            raise InputError(f"dim is {self.dim!r}: pass the number of columns l as an int >= 1")
        if self.question not in QUESTIONS:
            search, decide = (Choice("question", known) for known in QUESTIONS)
            raise InputError(
                f"{self.name} does not support the question {self.question!r}: pass ", search, " or ", decide
            )
        if not isinstance(self.bichromatic, bool):
            raise InputError(f"bichromatic is {self.bichromatic!r}: pass True (two sets) or False (one)")
        checked_levels(self.levels)
        self._check_metric()
        self._check_norms()
        self._check_threshold()
        self._check_gamma()

    def _check_metric(self) -> None:
        kind = kind_asked(self._kinds, self.metric, self.levels)
        object.__setattr__(self, "metric", kind.metric)
        if kind.is_similarity and self.dim > MOST_SIMILARITY_DIM:
            raise InputError(
                f"dim is {self.dim}: {self.name} takes at most {MOST_SIMILARITY_DIM} keywords, choose the most telling"
            )

    def _check_norms(self) -> None:
        kind = self.kind
        if self.norms is not None:
            if not kind.is_similarity:
                raise InputError(f"{self.name} takes no norms, got {self.norms!r}: leave them out")
            object.__setattr__(self, "norms", norm_set(self.norms, self.dim))
        elif kind.measure in ("jaccard", "dice") and self.question == "search":
            raise InputError(
                f"{kind}, search needs the norms (numbers of ones) that rows may have: declare them, e.g. ",
                Choice("norms", (3, 4, 8)),
            )

    def _check_threshold(self) -> None:
        fixed = self.kind.target
        known = "whole numbers from 0" if self.task is not None else f"0 to {self.largest_value}"
        if self.threshold is not None:
            object.__setattr__(self, "threshold", exact_number(self.threshold))
        if self.question == "search" or fixed is not None:
            if self.threshold is not None:
                why = f"{self.name}, {self.question} takes no threshold, got {self.threshold}: leave it out, "
                if fixed is None:
                    raise InputError(why, "or pass ", Choice("question", QUESTIONS[1]))
                raise InputError(why, f"it always asks for the value {fixed}")
            return
        if self.threshold is None:
            raise InputError(
                f"{self.name}, decide needs a threshold: pass ", Choice("threshold", stands_for="T"), f", {known}"
            )
        if self.task is not None:
            fits = isinstance(self.threshold, int) and self.threshold >= 0
        else:
            fits = 0 <= self.threshold <= self.largest_value
        if not fits:
            entries = "" if self.levels == 1 else f" from 0 to {self.levels}"
            given = "" if self.kind.is_similarity or self.task else f"for rows of {self.dim} entries{entries} "
            raise InputError(
                f"threshold {self.threshold} is out of range: {given}the values of {self.name} are {known}; "
                "choose one of these"
            )

    def _check_gamma(self) -> None:
        if self.gamma is None:
            return
        gamma = exact_number(self.gamma, "gamma", roots=False)
        object.__setattr__(self, "gamma", gamma)
        if self.question == "decide":
            raise InputError(f"{self.name}, decide takes no gamma, got {gamma}: leave it out or ask for a search")
        if self.kind.target is not None or self.task is not None:
            why = "its search is exact" if self.kind.target is None else "for a pair is orthogonal or is not"
            raise InputError(f"{self.name} takes no gamma, got {gamma}: leave it out, {why}")
        if gamma == 1:
            raise InputError("gamma is 1: leave it out, a search without it is exact")
        if gamma < 1:
            raise InputError(f"gamma is {gamma}: pass the factor from the optimum that is allowed, a number above 1")

    @property
    def _kinds(self) -> tuple[Kind, ...]:
        """What is asked of a pair under this name, with each metric there is."""
        return kinds(self.name) if self.task is None else (Kind(self.name, self.task, self.task.largest),)

    @property
    def kind(self) -> Kind:
        """What the problem asks of a pair."""
        return next(kind for kind in self._kinds if kind.metric == self.metric)

    @property
    def largest_value(self) -> int:
        """The largest value a pair can have: l, C l or C^2 l on a grid of levels C, 1 for similarities.

        Raises InputError for a task of one's own, which does not say.
        """
        if self.task is not None:
            raise InputError(f"nothing says how large the values of {self.name} are: ask a question that need not know")
        return largest_value(self.kind.measure, self.dim, self.levels)

    @property
    def cut(self) -> Exact | None:
        """What a decision compares values with: the threshold itself for similarities, else a whole number.

        A whole value is >= T iff it is >= ceil(T), and <= T iff it is <= floor(T).
        """
        if self.threshold is None:
            return self.kind.target
        if self.kind.is_similarity:
            return self.threshold
        return ceil(self.threshold) if self.kind.largest else floor(self.threshold)

    @property
    def answer_format(self) -> AnswerFormat:
        """What its answers are made of."""
        fields = DECISION if self.question == "decide" else SIMILAR if self.kind.is_similarity else PAIR
        return AnswerFormat(fields, self.kind)

    @property
    def least_n(self) -> int:
        """The fewest documents of a set."""
        return 1 if self.bichromatic else 2

    @property
    def label(self) -> str:
        """A short text for people, such as "closest-pair (hamming), bichromatic, search, l = 64"."""
        return f"{self.title}, l = {self.dim}"

    @property
    def title(self) -> str:
        """The label without l."""
        details = [] if self.metric is None else [self.metric]
        if self.levels > 1:
            details.append(f"entries 0 to {self.levels}")
        if self.norms is not None:
            details.append(norms_text(self.norms))
        what = f" ({', '.join(details)})" if details else ""
        at = "" if self.threshold is None else f" at {self.threshold}"
        within = "" if self.gamma is None else f" within a factor {self.gamma}"
        sets = "bichromatic, " if self.bichromatic else ""
        return f"{self.name}{what}, {sets}{self.question}{at}{within}"

    def to_json(self) -> dict[str, Any]:
        """The fields as JSON values; exact numbers are text, and of a task what can be told."""
        plain: dict[str, Callable[[Any], Any]] = {"threshold": str, "norms": list, "gamma": str, "task": Task.to_json}
        told = {field.name: getattr(self, field.name) for field in fields(self)}
        if self.task is None:
            del told["task"]
        return told | {name: write(told[name]) for name, write in plain.items() if told.get(name) is not None}

    @classmethod
    def from_json(cls, data: object, task: Task | None = None) -> "Problem":
        """The problem that `to_json` described, of the task if it has its name.

        Raises InputError for anything that `to_json` cannot have written, and for another task.
        """
        if not isinstance(data, Mapping):
            raise InputError(f"a problem is described by {data!r}: pass a JSON object with name and dim")
        own = task is not None and data.get("name") == task.name
        known = [field.name for field in fields(cls) if own or field.name != "task" or data.get("name") not in NAMES]
        for key in data:
            if key not in known:
                raise InputError(f"a problem has no field {key!r}: its fields are {', '.join(known)}")
        for key in ("name", "dim"):
            if key not in data:
                raise InputError(f"the problem described by {dict(data)!r} has no {key!r}: add it")
        name, rest = data["name"], {key: value for key, value in data.items() if key not in ("name", "task")}
        if task is not None and own:
            if data.get("task") != task.to_json():
                raise InputError(
                    f"the task {name!r} was {data.get('task')}, and is {task.to_json()}: pass that theorem"
                )
            return problem(task, **rest)
        if isinstance(name, str) and name not in NAMES:
            raise InputError(
                f"the problem {name!r} is of a theorem that is not one of proofformer's: pass ",
                Choice("theorem", stands_for="THEOREM", of_option="FILE.py"),
            )
        return problem(name, **rest)

    def instance(self, A: object, B: object = None) -> Instance:
        """One set A of shape (n, dim), n >= 2, or two sets of at least one document each, as checked private copies.

        A may be an Instance. Raises InputError, naming the value, its row and column (counted from 0) and the remedy,
        for anything but entries 0..levels in that shape, for one set where two are asked for or the other way round,
        and, for similarities, for rows without ones or of a norm that is not declared.
        """
        if isinstance(A, Instance) and B is None:
            B, A = A.others, A.rows
        if self.bichromatic and B is None:
            told = Spoken("pass A and B", "name two files")
            raise InputError(f"{self.label} takes two sets of documents, got one: ", told)
        if not self.bichromatic and B is not None:
            told = Spoken("pass one, or build it bichromatic", "name one file, or compile with --bichromatic")
            raise InputError(f"{self.label} takes one set of documents, got two: ", told)
        made = Instance(A, B, self.levels)
        if made.dim != self.dim:
            raise InputError(
                CALLED["A" if self.bichromatic else "X"],
                f" has {made.dim} columns but a document here has {self.dim} entries: ",
                Spoken(
                    f"pass rows of {self.dim} entries or build the problem with ", f"write {self.dim} or compile with "
                ),
                Choice("dim", made.dim),
            )
        if self.kind.is_similarity:
            check_similarity_rows(made, self.norms)
        return made

    def answer(self, A: object, B: object = None) -> Answer:
        """The exact answer, by exhaustive search over all pairs (i < j in one set; i in A, j in B).

        A search gives the lexicographically smallest optimal pair with its exact value, whatever `gamma`, or for `ov`
        no pair when none is orthogonal. Raises InputError as `instance` does.
        """
        instance, kind, cut = self.instance(A, B), self.kind, self.cut
        if self.question == "decide":
            at_most, at_least = (None, cut) if kind.largest else (cut, None)
            return Decision(oracle.pair_exists(instance, measure=kind.measure, at_most=at_most, at_least=at_least))
        if kind.target is not None:
            return oracle.orthogonal_pair(instance)
        return oracle.extreme_pair(instance, measure=kind.measure, largest=kind.largest)

    def accepts(self, X: object, answer: object, *, any_best: bool = False) -> bool:
        """Whether `answer` is right for X (a matrix, a pair (A, B), an Instance), of the right type, pair and value
        included: the exact answer or, with `gamma`, any pair within that factor of the optimum with its exact value.

        With `any_best`, any pair of the best value will do, not the lexicographically smallest alone.
        Raises InputError as `instance` does when X, not the answer, is at fault.
        """
        two = self.bichromatic and isinstance(X, tuple) and len(X) == 2
        instance = self.instance(*X) if two else self.instance(X)  # type: ignore[misc]
        expected = self.answer(instance)
        if not expected or isinstance(expected, Decision) or (self.gamma is None and not any_best):
            return type(answer) is type(expected) and answer == expected
        if type(answer) is not PairAnswer or answer.pair is None or answer.value is None:
            return False
        (i, j), lefts, rights = answer.pair, instance.rows, instance.sets[-1]
        if not (0 <= i < len(lefts) and 0 <= j < len(rights) and (self.bichromatic or i < j)):
            return False
        value = oracle.pair_value(lefts[i], rights[j], measure=self.kind.measure)
        if answer.value != value:
            return False
        # No value is negative: factors compare as their squares do.
        optimum = cast(Exact, expected.value)
        low, high = (value, optimum) if self.kind.largest else (optimum, value)
        return squared(high) <= squared(1 if self.gamma is None else self.gamma) * squared(low)


class ProblemArguments(TypedDict, total=False):
    """The arguments that say which problem is asked; `proofformer.arguments` has what each means."""

    question: str | None
    metric: str | None
    bichromatic: bool
    threshold: Exact | str | None
    levels: int
    norms: Collection[int] | str | None
    gamma: int | Fraction | str | None


def problem(name: str | Task, *, dim: int, **asked: Unpack[ProblemArguments]) -> Problem:
    """The problem `name`, or a task of one's own, over rows of `dim` entries 0..levels, in one set or in two.

    The default question is "search", or "decide" when there is a threshold; the default metric is the problem's own.
    `norms` may be text such as "3,4,8" or "1-8,12"; `threshold` and `gamma` text such as "7/2", "0.25" or, a threshold
    only, "sqrt(1/2)". Raises InputError, one sentence naming the value and the remedy, for whatever this version does
    not support.
    """
    if asked.get("question") is None:
        asked["question"] = "search" if asked.get("threshold") is None else "decide"
    name, task = (name.name, name) if isinstance(name, Task) else (name, None)
    # Text is read where all fields are checked.
    return Problem(name, dim, task=task, **cast(Any, asked))
