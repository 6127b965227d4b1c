"""Scripts that are no part of the package, loaded as modules."""

import importlib.util
import os
import sys
from pathlib import Path
from types import ModuleType

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
    return {**os.environ, "PATH": bin_, "PYTHONPATH": path, "COLUMNS": "200"}
