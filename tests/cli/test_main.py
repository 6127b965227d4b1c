import os
import pty
import signal
import subprocess
import sys
from contextlib import nullcontext
from pathlib import Path
from time import sleep

import click
import pytest
import torch

import proofformer
from proofformer.cli.main import cli
from proofformer.cli.progress import progress_bar
from proofformer.errors import Stop
from proofformer.runtime import Model

PROGRAM = str(Path(sys.executable).with_name("proofformer"))


def test_help_names_every_command(run):
    for words in ([], ["--help"], ["-h"]):
        result = run(*words)
        assert result.exit_code == 0
        for command in ("compile", "solve", "documents", "verify", "inspect"):
            assert f"\n  {command} " in result.stdout


def in_the_group(command):
    """As it is invoked: a command keeps the --help that its first context gave it."""
    return click.Context(command, parent=click.Context(cli, **cli.context_settings))


def test_every_option_has_a_help_text():
    for command in cli.commands.values():
        parameters = command.get_params(in_the_group(command))
        for option in (p for p in parameters if isinstance(p, click.Option)):
            assert option.help, f"{command.name} {option.name}"


TEXTS = [
    (name, parameter)
    for name, command in cli.commands.items()
    for parameter in command.params
    if isinstance(parameter.type, click.types.StringParamType)
]


@pytest.mark.parametrize(("name", "empty"), TEXTS, ids=lambda part: getattr(part, "name", part))
def test_an_empty_text_is_refused_by_its_name(here, run, name, empty):
    """As a path it would be the folder one is in."""
    words, before = [name], sorted(here.iterdir())
    for parameter in cli.commands[name].params:
        value = "" if parameter is empty else "4"
        if parameter is empty or parameter.required or (isinstance(parameter, click.Argument) and words[-1] != ""):
            words += [parameter.opts[0], value] if isinstance(parameter, click.Option) else [value]
    result = run(*words)
    _is_one_sentence(result, "Invalid value for '" if isinstance(empty, click.Option) else "Invalid value for ")
    assert empty.get_error_hint(in_the_group(cli.commands[name])) in result.stderr
    assert "it is empty; name something" in result.stderr
    assert sorted(here.iterdir()) == before


@pytest.mark.parametrize("option", ["-o", "--journal", "--report", "--figure", "--out", "--theorem", "--column"])
def test_options_that_name_files_are_among_them(option):
    assert any(option in parameter.opts for _, parameter in TEXTS)


def test_version(run):
    result = run("--version")
    assert (result.exit_code, result.stdout.split()[0]) == (0, "proofformer")


def test_no_help_imports_torch():
    """Nor that of `verify`, whose options follow from the checks there are."""
    code = (
        "import sys\nfrom click.testing import CliRunner\nfrom proofformer.cli.main import cli\n"
        "for name in cli.commands: assert not CliRunner().invoke(cli, [name, '--help']).exit_code, name\n"
        "print({'torch', 'sympy'} & set(sys.modules))"
    )
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True).stdout == "set()\n"


def test_the_command_line_imports_nothing_heavy():
    code = "import sys, proofformer.cli.main; print({'torch', 'numpy', 'sympy', 'rich'} & set(sys.modules))"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True).stdout == "set()\n"


def _raise(error):
    def solve(self, X):
        raise error

    return solve


@pytest.mark.parametrize(
    "error",
    [MemoryError(), torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 1 GiB.\nSee the manual.")],
    ids=["python", "cuda"],
)
def test_out_of_memory_is_one_sentence(here, run, monkeypatch, error):
    monkeypatch.setattr(Model, "solve", _raise(error))
    _is_one_sentence(run("solve", "cp", "rows.txt"), "out of memory")


def test_out_of_memory_on_the_cpu_is_one_sentence(here, run, monkeypatch):
    monkeypatch.setattr(Model, "solve", lambda self, X: torch.empty(1 << 60, dtype=torch.uint8))
    _is_one_sentence(run("solve", "cp", "rows.txt"), "out of memory")


def test_an_output_that_is_no_bit_is_one_sentence(here, run, monkeypatch):
    monkeypatch.setattr(Model, "solve", _raise(proofformer.ProofError("an output bit is 0.5")))
    _is_one_sentence(run("solve", "cp", "rows.txt"), "an output bit is 0.5")


def _is_one_sentence(result, words):
    assert result.exit_code == 2
    assert result.stdout == ""
    assert result.stderr.startswith("error: ")
    assert result.stderr.count("\n") == 1
    assert words in result.stderr


def test_a_bug_of_ours_keeps_its_traceback(here, run, monkeypatch):
    monkeypatch.setattr(Model, "solve", _raise(RuntimeError("a bug")))
    assert isinstance(run("solve", "cp", "rows.txt").exception, RuntimeError)


def test_an_interrupt_ends_with_130(here, run, monkeypatch):
    monkeypatch.setattr(Model, "solve", _raise(KeyboardInterrupt()))
    assert run("solve", "cp", "rows.txt").exit_code == 130


def test_a_file_of_theirs_that_exits_does_not_decide_our_exit_code(here, run):
    (here / "mine.py").write_text("import sys\n\nsys.exit(0)\n")
    for words in (["compile", "mine.py", "--dim", "4", "--max-n", "8", "-o", "m"], ["prove", "mine.py"]):
        result = run(*words)
        assert result.exit_code == 2
        assert "mine.py, line 3 raises SystemExit (0): mend it" in result.stderr
    assert "SystemExit" in run("solve", "cp", "rows.txt", "--backend", "mine.py:attention").stderr


def _swallow(number: int) -> None:
    """As a compiled module does that was told to stop while it was imported."""
    try:
        try:
            raise Stop(number)
        except Stop as told:
            raise ImportError("initialization failed") from told
    except ImportError:
        raise proofformer.InputError("it is not installed") from None


@pytest.mark.parametrize("number", [130, 143])
def test_a_stop_that_a_library_made_an_error_of_is_a_stop(here, run, monkeypatch, number):
    monkeypatch.setattr(Model, "solve", lambda self, X: _swallow(number))
    result = run("solve", "cp", "rows.txt")
    assert (result.exit_code, result.output) == (number, "")


LATE = """
import signal, sys, time
from types import SimpleNamespace
from proofformer.cli import program

class Deleted:
    def __del__(self):
        signal.raise_signal(signal.Signals[sys.argv[1]])

def cli(prog_name):
    sys.path.insert(0, sys.argv[3])
    Deleted() if sys.argv[2] == "a deletion" else __import__("deaf")
    time.sleep(30)
    print("never told")

sys.modules["proofformer.cli.main"] = SimpleNamespace(cli=cli)
program.main()
"""


DEAF = """
import signal, sys, time
try:
    signal.raise_signal(signal.Signals[sys.argv[1]])
except BaseException:
    pass
while sys.argv[2] == "an endless import":
    time.sleep(0.1)
"""


@pytest.mark.parametrize("where", ["a deletion", "an import", "an endless import"])
@pytest.mark.parametrize(("name", "code"), [("SIGINT", 130), ("SIGTERM", 143)])
def test_a_stop_where_python_or_a_library_drops_it_is_a_stop(tmp_path, where, name, code):
    """Python ignores it in a deletion, and says so; compiled modules, while they are imported, in silence."""
    (tmp_path / "deaf.py").write_text(DEAF)
    words = [sys.executable, "-c", LATE, name, where, str(tmp_path)]
    done = subprocess.run(words, capture_output=True, text=True, timeout=25)
    assert (done.returncode, done.stdout, done.stderr) == (code, "", "")


def _program(*words: str, **kwargs) -> subprocess.CompletedProcess[str]:
    env = os.environ | {"OMP_NUM_THREADS": "1"}
    return subprocess.run([PROGRAM, *words], capture_output=True, text=True, env=env, **kwargs)


def test_the_program_solves_and_refuses(here):
    solved = _program("solve", "cp", "rows.txt")
    assert (solved.returncode, solved.stderr) == (0, "")
    assert solved.stdout.startswith("rows 0 and 4")
    refused = _program("solve", "cp")
    assert (refused.returncode, refused.stdout) == (2, "")
    assert refused.stderr == "error: Missing argument 'INPUT'; see `proofformer solve --help`\n"


def test_a_reader_that_stops_reading_is_no_error(here):
    with open(here / "stderr", "w") as stderr:
        child = subprocess.Popen([PROGRAM, "--help"], stdout=subprocess.PIPE, stderr=stderr)
        assert child.stdout is not None
        child.stdout.close()
        assert child.wait() == -signal.SIGPIPE
    assert (here / "stderr").read_text() == ""


@pytest.mark.parametrize("shown", [True, False])
def test_progress_is_shown_to_a_terminal_if_it_is_to_be(monkeypatch, shown):
    outer, inner = pty.openpty()
    with open(inner, "w") as terminal:
        monkeypatch.setattr(sys, "stderr", terminal)
        monkeypatch.setenv("TERM", "xterm")
        with progress_bar(5, "verifying", "instances", shown=shown) as progress:
            progress(5, 0)
            sleep(0.3 * shown)
        monkeypatch.undo()
    try:
        said = os.read(outer, 10_000)
    except OSError:
        said = b""
    os.close(outer)
    assert (b"5/5" in said) is shown


def test_no_progress_is_shown_where_json_is_asked_for(here, run, monkeypatch):
    asked = []

    def bar(*given, shown):
        asked.append(shown)
        return nullcontext(lambda done, before: None)

    monkeypatch.setattr("proofformer.cli.verify.progress_bar", bar)
    for words in ((), ("--json",)):
        assert run("verify", "cp", "--random", "5", "--adversarial", "0", *words).exit_code == 0
    assert asked == [True, False]


def test_what_is_piped_is_as_wide_as_columns_says_and_ends_in_no_blanks(here, run, monkeypatch):
    wide = run("inspect", "cp").stdout
    monkeypatch.setenv("COLUMNS", "70")
    narrow = run("inspect", "cp").stdout
    assert max(map(len, narrow.splitlines())) <= 70 < max(map(len, wide.splitlines())) <= 120
    assert not [line for line in (*wide.splitlines(), *narrow.splitlines()) if line.endswith(" ")]


@pytest.mark.parametrize(
    ("words", "completed"),
    [
        ("proofformer comp", "plain,compile"),
        ("proofformer compile clo", "plain,closest-pair"),
        ("proofformer compile mi", "plain,min-ip"),
        ("proofformer solve m", "file,m"),
        ("proofformer solve --ba", "plain,--backend"),
    ],
)
def test_a_shell_completes_commands_problems_options_and_files(run, monkeypatch, words, completed):
    monkeypatch.setenv("COMP_WORDS", words)
    monkeypatch.setenv("COMP_CWORD", str(words.count(" ")))
    monkeypatch.setenv("_PROOFFORMER_COMPLETE", "bash_complete")
    assert run().stdout.splitlines() == [completed]
