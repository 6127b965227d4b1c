import numpy as np
import pytest

import proofformer as pf

MODELS = {
    "search": pf.problem("closest-pair", dim=6),
    "maybe": pf.problem("ov", dim=6),
    "decision": pf.problem("max-ip", dim=6, threshold=5),
    "two sets": pf.problem("farthest-pair", dim=6, bichromatic=True),
    "two sets, decision": pf.problem("closest-pair", dim=6, bichromatic=True, threshold=1),
    "cosine": pf.problem("msd", dim=6),
    "norms": pf.problem("lsd", dim=6, metric="jaccard", norms="2-4"),
    "many norms": pf.problem("msd", dim=12, metric="dice", norms="1-9"),
    "squares": pf.problem("closest-pair", dim=6, metric="sqeuclidean", levels=6),
    "cityblock": pf.problem("farthest-pair", dim=6, metric="cityblock", levels=40, bichromatic=True),
}
DTYPES = ("float16", "bfloat16", "float32", "float64")


@pytest.fixture(scope="session")
def models():
    """A model by name and dtype; those in "rounds" find their index in two rounds."""
    made = {}

    def model(name, dtype="float32"):
        if (name, dtype) not in made:
            asked, max_n = (MODELS["search"], 1 << 20) if name == "rounds" else (MODELS[name], 80)
            made[name, dtype] = pf.runtime.compile_model(asked, max_n=max_n, dtype=dtype)
        return made[name, dtype]

    return model


@pytest.fixture
def instance():
    """Random documents for a problem: n in one set, or n // 3 of them in A and the others in B."""

    def make(problem, n=12, seed=0, density=0.5):
        rng = np.random.default_rng(seed)
        rows = (rng.random((n, problem.dim)) < density).astype(int)
        if problem.kind.takes_levels:
            rows = rng.integers(0, problem.levels + 1, rows.shape)
        elif problem.kind.is_similarity:
            norms = rng.choice(problem.norms or range(1, problem.dim + 1), (n, 1))
            rows = (np.argsort(rng.random(rows.shape)) < norms).astype(int)
        return problem.instance(rows[: n // 3], rows[n // 3 :]) if problem.bichromatic else problem.instance(rows)

    return make
