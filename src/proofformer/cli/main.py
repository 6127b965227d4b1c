"""All commands, and the one place where a refusal becomes a sentence and an exit code.

Exit codes: 0 done, 1 a check failed, 2 bad input or impossible request, 130 interrupted, 143 terminated.
"""

from __future__ import annotations

import sys
from typing import Any, NoReturn

import click

from proofformer.cli.certify import certify_command
from proofformer.cli.challenge import challenge_command
from proofformer.cli.check import check_command
from proofformer.cli.common import SAID, WholeNumber
from proofformer.cli.compile import compile_command
from proofformer.cli.documents import documents_command
from proofformer.cli.export import export_command
from proofformer.cli.inspect import inspect_command
from proofformer.cli.page import page_command
from proofformer.cli.prove import prove_command
from proofformer.cli.reduce import reduce_command
from proofformer.cli.sat import sat_command
from proofformer.cli.solve import solve_command
from proofformer.cli.verify import verify_command
from proofformer.errors import InputError, ProofError, Stop

REFUSED = 2
INTERRUPTED = 130


def sentence(error: Exception) -> str | None:
    """What to tell the user; None for an error that is ours, which keeps its traceback."""
    if isinstance(error, click.UsageError) and error.ctx is not None:
        return f"{error.format_message().rstrip('.')}; see `{error.ctx.command_path} --help`"
    if isinstance(error, click.ClickException):
        return error.format_message()
    if isinstance(error, InputError | ProofError):
        return error.told(options=True)
    if _out_of_memory(error):
        return f"out of memory ({error or 'no details'}): use fewer documents, a smaller --dim or a larger machine"
    if isinstance(error, OSError):
        what = error.filename or "a stream"
        return f"cannot read or write {what}: {error.strerror or error}; check its path, access and free space"
    return None


def stopped(error: BaseException | None) -> None:
    """End after all where somebody told us to, and a library made an error of that: modules that are not Python do."""
    while error is not None:
        if isinstance(error, Stop):
            raise error
        error = error.__cause__ or error.__context__


def _out_of_memory(error: Exception) -> bool:
    if isinstance(error, MemoryError):
        return True
    # torch is not imported for the sake of its exceptions; on the CPU it raises a bare RuntimeError.
    names = {kind.__name__ for kind in type(error).__mro__}
    return isinstance(error, RuntimeError) and ("OutOfMemoryError" in names or "DefaultCPUAllocator" in str(error))


class CommandLine(click.Group):
    """A group whose commands fail in one sentence on stderr."""

    def main(self, *args: Any, **kwargs: Any) -> NoReturn:
        kwargs["standalone_mode"] = False
        try:
            code = super().main(*args, **kwargs)
        except click.Abort:
            code = INTERRUPTED
        except Exception as error:
            stopped(error)
            told = sentence(error)
            if told is None:
                raise
            click.echo(f"error: {' '.join(told.split())}", err=True)
            code = REFUSED
        sys.exit(code)


@click.group(cls=CommandLine, invoke_without_command=True, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="proofformer", message="proofformer %(version)s")
@click.pass_context
def cli(ctx: click.Context) -> None:
    """Turn a proof that a Transformer solves a problem into that Transformer.

    Answers are exact for every input the model was compiled for.
    Exit codes: 0 done, 1 a check failed, 2 bad input or impossible request; of sat, 10 satisfiable, 20 not.
    """
    if ctx.invoked_subcommand is None:
        click.echo(ctx.get_help())


for command in (
    compile_command,
    solve_command,
    verify_command,
    check_command,
    certify_command,
    export_command,
    inspect_command,
    page_command,
    prove_command,
    documents_command,
    sat_command,
    reduce_command,
    challenge_command,
):
    for parameter in command.params:
        if parameter.type is click.STRING:
            parameter.type = SAID
        elif isinstance(parameter.type, click.IntRange):
            parameter.type = WholeNumber(parameter.type.min, parameter.type.max)
    cli.add_command(command)
