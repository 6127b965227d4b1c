from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner

import proofformer
from proofformer.cli.main import cli
from proofformer.runtime.cluster import Cluster

ROWS = "1111\n0000\n0110\n1000\n0111\n"


@pytest.fixture(scope="session")
def models(tmp_path_factory) -> Path:
    """A folder with models of dim 4 (`two` takes two sets), and `big`, of dim 9."""
    folder = tmp_path_factory.mktemp("models")
    proofformer.compile("closest-pair", dim=4, max_n=32).save(folder / "cp")
    proofformer.compile("closest-pair", dim=9, max_n=8).save(folder / "big")
    proofformer.compile("ov", dim=4, max_n=32, question="decide").save(folder / "ov")
    proofformer.compile("ov", dim=4, max_n=32).save(folder / "ov-search")
    proofformer.compile("closest-pair", dim=4, max_n=32, bichromatic=True).save(folder / "two")
    return folder


@pytest.fixture
def here(models, tmp_path, monkeypatch) -> Path:
    """An empty current folder with links to the models and a `rows.txt`."""
    for model in models.iterdir():
        (tmp_path / model.name).symlink_to(model)
    (tmp_path / "rows.txt").write_text(ROWS)
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def run():
    """Run the command line on these words."""
    return lambda *words: CliRunner().invoke(cli, list(words), prog_name="proofformer")


@pytest.fixture(scope="session")
def scheduler() -> Iterator[str]:
    """The address of a dask scheduler with two workers, in this process."""
    distributed = pytest.importorskip("distributed")
    with distributed.LocalCluster(
        n_workers=2, threads_per_worker=1, processes=False, dashboard_address=":0", protocol="tcp"
    ) as local:
        yield local.scheduler_address


@pytest.fixture
def on_a_cluster(monkeypatch) -> list[int]:
    """The sizes of what heads fetch on a cluster."""
    sizes, called = [], Cluster.__call__

    def call(self, fetches, parts, finish):
        sizes.append(fetches[0].values.n - 2)
        return called(self, fetches, parts, finish)

    monkeypatch.setattr(Cluster, "__call__", call)
    return sizes
