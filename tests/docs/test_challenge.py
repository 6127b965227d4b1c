"""What was measured of kernels in the place of attention, of recurrent models and of the hybrid."""

from tests.scripts import load_script

from proofformer.challenge.kernels import BUILT_IN

SCRIPT = load_script("bench/challenge.py")
FOUND = load_script("bench/results.py").kept("challenge")
RIGHT = ("softmax", "hybrid", "topk")


def test_softmax_exact_top_k_and_the_hybrid_are_never_wrong() -> None:
    assert list(FOUND["kernels"]) == list(BUILT_IN)
    for name, told in FOUND["kernels"].items():
        wrong = [count for by_n in told["wrong"].values() for count in by_n.values()]
        assert (sum(wrong) == 0) == (name in RIGHT)
        assert (told["verdict"] == "nothing found") == (name in RIGHT)


def test_a_cell_of_the_table_is_what_is_measured() -> None:
    model = SCRIPT.compiled(SCRIPT.Spec(SCRIPT.hard_question(SCRIPT.PROBLEM, SCRIPT.DIM), max(SCRIPT.SIZES) + 1))
    for name, told in FOUND["kernels"].items():
        asking = SCRIPT.with_kernel(model, BUILT_IN[name])
        assert SCRIPT.wrong(asking, SCRIPT.instances(model, 4, SCRIPT.TRIALS, 0)) == told["wrong"]["as is"]["4"]


def test_the_hybrid_has_one_layer_of_full_attention() -> None:
    told = FOUND["hybrid"]
    assert told["wrong"] == 0
    assert told["asked"] >= 2000
    assert [layer["is"] for layer in told["layers"]].count("full attention") == 1
    assert (
        SCRIPT.layers_of(SCRIPT.compiled(SCRIPT.Spec(SCRIPT.hard_question("ov", 16), told["max_n"]))) == told["layers"]
    )


def test_stock_models_are_replayed() -> None:
    asked = {(told["model"], told["made"]["layers"], told["dtype"]) for told in FOUND["models"]}
    assert len(asked) == len(FOUND["models"]) == 4 * len(SCRIPT.NAMES)
    for told in FOUND["models"]:
        assert told["replayed"] == told["verdict"]
        assert (told["verdict"] == "collision") == ("wrong" not in told)
