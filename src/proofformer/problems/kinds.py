"""The kinds of problem: what each asks of a pair, and the values it can have."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal, Protocol

import numpy.typing as npt

from proofformer.errors import InputError, one_of


class Own(Protocol):
    """A measure of one's own, as a `Task` is: the exact value of two rows, a whole number from 0."""

    def __hash__(self) -> int: ...

    def of(self, left: npt.NDArray[Any], right: npt.NDArray[Any]) -> int: ...


Measure = Literal["inner", "hamming", "sqeuclidean", "cityblock", "cosine", "jaccard", "dice"] | Own

SIMILARITIES: Final = ("cosine", "jaccard", "dice")
GRID_MEASURES: Final = ("sqeuclidean", "cityblock")

# The oracle tells similarities apart for rows of up to this many keywords: see oracle_blocks.
MOST_SIMILARITY_DIM: Final = 4096


@dataclass(frozen=True)
class Kind:
    """What a problem asks of a pair: the largest or least value of a measure.

    `target` is the value a pair must have to count at all: orthogonal vectors have inner product 0.
    Source: docs/theory.md, section 1.
    """

    name: str
    measure: Measure
    largest: bool
    metric: str | None = None
    target: int | None = None

    def __str__(self) -> str:
        return self.name if self.metric is None else f"{self.name} ({self.metric})"

    @property
    def is_similarity(self) -> bool:
        """Whether the value is a similarity from 0 to 1, undefined for rows without ones."""
        return self.measure in SIMILARITIES

    @property
    def takes_levels(self) -> bool:
        """Whether entries may go beyond 1."""
        return not isinstance(self.measure, str) or self.measure in GRID_MEASURES

    @property
    def stem(self) -> str:
        """The name, with the metric where that is not the default: what circuits and pages are called by."""
        default = self.metric is None or self == kinds(self.name)[0]
        return self.name if default else f"{self.name}-{self.metric}"


def largest_value(measure: Measure, dim: int, levels: int) -> int:
    """The largest value of a measure on rows of `dim` entries 0..levels (levels is 1 where entries are 0 and 1)."""
    if measure in SIMILARITIES:
        return 1
    return dim * (levels**2 if measure == "sqeuclidean" else levels)


# The first of a name has its default metric.
KINDS: Final = (
    Kind("ov", "inner", largest=False, target=0),
    Kind("min-ip", "inner", largest=False),
    Kind("max-ip", "inner", largest=True),
    Kind("closest-pair", "hamming", largest=False, metric="hamming"),
    Kind("closest-pair", "sqeuclidean", largest=False, metric="sqeuclidean"),
    Kind("closest-pair", "cityblock", largest=False, metric="cityblock"),
    Kind("farthest-pair", "hamming", largest=True, metric="hamming"),
    Kind("farthest-pair", "sqeuclidean", largest=True, metric="sqeuclidean"),
    Kind("farthest-pair", "cityblock", largest=True, metric="cityblock"),
    Kind("msd", "cosine", largest=True, metric="cosine"),
    Kind("msd", "jaccard", largest=True, metric="jaccard"),
    Kind("msd", "dice", largest=True, metric="dice"),
    Kind("lsd", "cosine", largest=False, metric="cosine"),
    Kind("lsd", "jaccard", largest=False, metric="jaccard"),
    Kind("lsd", "dice", largest=False, metric="dice"),
)


def kinds(name: str, metric: str | None = None) -> tuple[Kind, ...]:
    """The kinds of a name, all of them or that with a metric; the first has the default metric."""
    return tuple(kind for kind in KINDS if kind.name == name and metric in (None, kind.metric))


def kind_asked(found: Sequence[Kind], metric: str | None, levels: int) -> Kind:
    """Of the kinds of one name, that with this metric, or the default one, on entries 0..levels.

    Raises InputError for a metric that there is not, or that does not take these entries.
    """
    name, on_grids = found[0].name, [kind.metric for kind in found if kind.takes_levels and kind.metric is not None]
    if metric is None and levels > 1 and on_grids:
        raise InputError(f"{name} with levels {levels} has no default metric: choose {' or '.join(on_grids)}")
    chosen = found[0].metric if metric is None else metric
    kind = next((kind for kind in found if kind.metric == chosen), None)
    if kind is None:
        known = [kind.metric for kind in found if kind.metric is not None]
        others = dict.fromkeys(kind.name for kind in KINDS if kind.metric == metric)
        remedy = one_of(metric, known) if known else "leave the metric out"
        remedy += f", or the problem {' or '.join(others)}, which has it" if others and known else ""
        raise InputError(f"{name} does not support the metric {metric!r}: {remedy}")
    if levels > 1 and not kind.takes_levels:
        remedy = f"choose the metric {' or '.join(on_grids)}" if on_grids else "leave levels out"
        raise InputError(f"{kind} takes 0/1 rows, got levels {levels}: {remedy}")
    return kind


NAMES: Final = tuple(dict.fromkeys(kind.name for kind in KINDS))
