"""Scripts that are no part of the package, loaded as modules; command lines, in this process where that can be."""

import importlib.util
import os
import runpy
import shlex
import subprocess
import sys
from pathlib import Path
from types import ModuleType
from unittest.mock import patch

from click import Command
from click.testing import CliRunner

from proofformer.cli.main import cli

ROOT = Path(__file__).resolve().parents[1]


def load_script(path: str) -> ModuleType:
    """The script at `path`, from the project's root; those beside it can be imported from now on."""
    if (folder := str((ROOT / path).parent)) not in sys.path:
        sys.path.append(folder)
    spec = importlib.util.spec_from_file_location(Path(path).stem, ROOT / path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module  # dataclasses look their module up
    spec.loader.exec_module(module)
    return module


def surroundings(folder: Path) -> dict[str, str]:
    """The environment in which commands run in that folder: `proofformer` and modules are those of this tree, wherever
    the interpreter that runs the tests lies, and a relative PYTHONPATH leads nowhere else."""
    path = os.pathsep.join([str(folder), str(ROOT / "src"), os.environ.get("PYTHONPATH", "")])
    bin_ = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    return {**os.environ, "PATH": bin_, "PYTHONPATH": path, "COLUMNS": "120"}


def shell(command: str) -> tuple[int, str, str]:
    """Exit code, stdout and stderr of a command line in the current folder; `proofformer` and `python FILE.py` are run
    in this process, whose torch is there already, and what they import of that folder is forgotten."""
    program, *words = shlex.split(command)
    if program not in ("proofformer", "python"):
        done = subprocess.run(["bash", "-c", command], capture_output=True, text=True)
        return done.returncode, done.stdout, done.stderr
    script = Command("python", callback=lambda: runpy.run_path(words[0], run_name="__main__") and None)
    main, given = (cli, words) if program == "proofformer" else (script, [])
    with patch.object(sys, "path", [str(Path.cwd()), *sys.path]), patch.object(sys, "argv", words):
        result = CliRunner().invoke(main, given, prog_name="proofformer", env={"COLUMNS": "120", "FORCE_COLOR": None})
    for name, module in list(sys.modules.items()):
        file = Path(getattr(module, "__file__", None) or "built in")
        if file.is_relative_to(Path.cwd()) and not file.is_relative_to(ROOT):
            del sys.modules[name]
    if result.exc_info is not None and not isinstance(result.exception, SystemExit | None):
        raise RuntimeError(f"{command} failed") from result.exception
    return result.exit_code, result.stdout, result.stderr
