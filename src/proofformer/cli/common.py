"""What the commands share: options, number formatting, output."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, TypeVar, cast

import click
from click.shell_completion import CompletionItem

from proofformer.errors import InputError

if TYPE_CHECKING:
    from rich.console import Console

    from proofformer.planner import Plan
    from proofformer.problems import Problem
    from proofformer.runtime import Model
    from proofformer.runtime.cluster import Cluster
    from proofformer.theorems import Theorem

F = TypeVar("F", bound=Callable[..., Any])

PIPED_WIDTH = 120
FEW_DOCUMENTS = 512


class NonEmpty(click.types.StringParamType):
    """Text. The empty one is no file, no folder and no name; as a path it would be the folder one is in."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        if value == "":
            self.fail("it is empty; name something, or leave it out.", param, ctx)
        return super().convert(value, param, ctx)

    def shell_complete(self, ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem]:
        """Problems by their names, and files."""
        names: Sequence[str] = ()
        if param.name == "problem":
            from proofformer.problems.kinds import NAMES as names
        found = [CompletionItem(name) for name in names if name.startswith(incomplete)]
        return found or [CompletionItem(incomplete, type="file")]


class WholeNumber(click.IntRange):
    """A whole number in a range, or the sentence that says which."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        try:
            return super().convert(value, param, ctx)
        except click.BadParameter:
            most = f" to {self.max}" if self.max is not None else " on"
            self.fail(f"choose a whole number from {self.min}{most}, not {value!r}.", param, ctx)


SAID = NonEmpty()


json_option = click.option("--json", "as_json", is_flag=True, help="Print one JSON object and nothing else.")
device_option = click.option("--device", default="cpu", metavar="D", show_default=True, help="cpu, cuda, cuda:1, ..")
backend_option = click.option(
    "--backend",
    default="auto",
    metavar="B",
    show_default=True,
    help="Attention: auto, sdpa (torch), fast (numba), reference (float64, row by row), or your own, as "
    "FILE.py:NAME or MODULE:NAME, which is run.",
)
scheduler_option = click.option(
    "--scheduler", metavar="ADDRESS", help="Run on the workers of a dask scheduler instead."
)
theorem_option = click.option(
    "--theorem", metavar="FILE.py", help="If the model is of a theorem of your own, its file, which is run."
)


def model_argument(f: F) -> F:
    return click.argument("model_dir", metavar="MODEL_DIR")(theorem_option(f))


def theorem_named(file: str | None) -> Theorem | None:
    """The theorem of a file that the user has named."""
    from proofformer.theorems import theorem_file

    return None if file is None else theorem_file(file)


def asked_for(name: str, dim: int, **asked: Any) -> Problem:
    """The problem of that name or, for a name that ends in .py, of the theorem in that file, which is run."""
    import proofformer

    return proofformer.problem(theorem_named(name if name.endswith(".py") else None) or name, dim=dim, **asked)


def open_model(path: str, device: str = "cpu", backend: str = "auto", theorem: str | None = None) -> Model:
    """The model of a folder, checked, on its device and with its attention backend."""
    from proofformer.artifacts import load
    from proofformer.runtime.attention import backend_named

    attention = backend_named(backend)
    model = load(path, device, theorem_named(theorem))
    model.attention = attention
    return model


def cluster_at(scheduler: str | None) -> AbstractContextManager[Cluster | None]:
    """What `model.cluster` takes, if it is asked for."""
    if scheduler is None:
        return nullcontext()
    from proofformer.runtime.cluster import cluster

    return cluster(scheduler)


def place_for(output: str) -> Path:
    """What is to be written, in a folder that there is. Raises `InputError` where there is none."""
    target = Path(output)
    if not target.absolute().parent.is_dir():
        raise InputError(f"cannot write {output}: there is no folder {target.parent}; create it first")
    return target


def print_json(data: Mapping[str, Any]) -> None:
    click.echo(json.dumps(data, indent=1))


def print_named(lines: Mapping[str, str]) -> None:
    """Each line behind its name, aligned."""
    from rich.table import Table

    grid = Table.grid(padding=(0, 2))
    grid.add_column(no_wrap=True)
    grid.add_column(overflow="fold")
    for name, line in lines.items():
        grid.add_row(name, line)
    console().print(grid)


def console(*, stderr: bool = False) -> Console:
    """A rich console that takes text literally. What is piped is as wide as COLUMNS says, or as tables need, and no
    line ends in blanks."""
    import rich.console

    plain: dict[str, Any] = {"markup": False, "emoji": False, "highlight": False, "stderr": stderr}
    made = rich.console.Console(**plain)
    if made.is_terminal:
        return made
    width = None if "COLUMNS" in os.environ else PIPED_WIDTH
    return rich.console.Console(**plain, width=width, file=cast("IO[str]", _Trimmed(made.file)))


class _Trimmed:
    """A stream of text whose lines end in no blanks."""

    def __init__(self, stream: IO[str]) -> None:
        self.stream = stream

    def write(self, text: str) -> int:
        self.stream.write("\n".join(line.rstrip(" ") for line in text.split("\n")))
        return len(text)

    def __getattr__(self, name: str) -> Any:
        return getattr(self.stream, name)


def few_threads(n: int) -> None:
    """One thread of torch for few documents, whose products are so small that more spend their time on waiting."""
    import torch

    if n < FEW_DOCUMENTS:
        torch.set_num_threads(1)


def seconds(x: float) -> str:
    return f"{x:.3g} s" if x < 100 else f"{x:,.0f} s"


def size(number: int) -> str:
    """A number of bytes for people."""
    for unit, one in (("GB", 10**9), ("MB", 10**6), ("kB", 10**3)):
        if number >= one:
            return f"{number / one:.3g} {unit}"
    return f"{number} bytes"


def plan_facts(plan: Plan) -> dict[str, Any]:
    """The numbers the planner chose, as JSON values."""
    attention, blocks = plan.depth
    return {
        "max_n": plan.max_n,
        "dtype": plan.dtype.name,
        "radix": {name: [1 << (stop - start) for start, stop in digits] for name, digits in plan.digits},
        "rounds": plan.rounds,
        "heads": [
            {"name": h.name, "b": h.b, "leak": float(h.leak), "slack": float(h.bounds.slack)} for h in plan.heads
        ],
        "width": plan.layout.width,
        "blocks": blocks,
        "attention_blocks": attention,
    }


def worst(facts: Mapping[str, Any]) -> tuple[float, float]:
    """Of `plan_facts`: the largest leak and the least slack of any head."""
    return max(h["leak"] for h in facts["heads"]), min(h["slack"] for h in facts["heads"])
