"""ONNX files: what ONNX Runtime answers with them, what is in them, what is refused."""

from pathlib import Path

import numpy as np
import onnx
import onnxruntime
import pytest
from onnx import numpy_helper
from tests.artifacts.trials import check_answers, check_bits, compiled, wrong_of_adversarial
from tests.cases import BICHROMATIC, BICHROMATIC_DECIDE, CASES, CLOSEST, COSINE, FEW, GRID, OV, Case

import proofformer as pf
from proofformer.artifacts import onnx_file
from proofformer.errors import InputError
from proofformer.runtime import compile_model, model_of

DTYPES = ("float32", "float16", "float64")
USED = {
    "Add", "Cast", "Concat", "ConstantOfShape", "Div", "Expand", "Less", "MatMul", "Mod", "Pad", "Range", "Relu",
    "Reshape", "Shape", "Slice", "Softmax", "Split", "Squeeze", "Transpose", "Unsqueeze", "Where",
}  # fmt: skip
WITH_LEVELS = {"GreaterOrEqual", "Mul", "Sub"}


@pytest.mark.parametrize(("case", "dtype"), [(c, DTYPES[k % 3]) for k, c in enumerate(CASES)], ids=str)
def test_round_trip(case: Case, dtype: str, tmp_path: Path) -> None:
    model = compiled(case, dtype)
    onnx_file.write(model, tmp_path / "m.onnx")
    exported = onnx_file.read(tmp_path / "m.onnx")
    assert (exported.problem, exported.plan, exported.max_n, exported.dtype) == (model.problem, model.plan, 8, dtype)
    check_answers(exported, case)


@pytest.mark.parametrize(
    ("case", "dtype"), [(CLOSEST, "float16"), (BICHROMATIC, "float32"), (COSINE, "float64")], ids=str
)
def test_selects_in_rounds(case: Case, dtype: str, tmp_path: Path) -> None:
    model = model_of(case.problem(5), case.plan(5, 8, dtype, 2))
    onnx_file.write(model, tmp_path / "m.onnx")
    exported = onnx_file.read(tmp_path / "m.onnx")
    assert any("round1" in head.name for head in exported.plan.heads)
    check_answers(exported, case)


@pytest.mark.parametrize("opset", [18, 20, 22, 23, 24])
@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("case", [CLOSEST, OV, BICHROMATIC], ids=str)
def test_bits_are_those_of_the_model_at_every_opset(case: Case, dtype: str, opset: int, tmp_path: Path) -> None:
    model, file = compiled(case, dtype), tmp_path / "m.onnx"
    onnx_file.write(model, file, opset)
    check_bits(onnx_file.read(file), model, case)
    made = onnx.load(file)
    assert made.opset_import[0].version == opset
    attention = [node.op_type for node in made.graph.node if node.op_type in ("Attention", "Softmax")]
    assert attention == ["Attention" if opset > 22 else "Softmax"] * 2


@pytest.mark.parametrize(
    ("case", "opset"), [(CLOSEST, 18), (BICHROMATIC_DECIDE, 23), (GRID, 18), (COSINE, 23)], ids=str
)
def test_what_the_file_holds(case: Case, opset: int, tmp_path: Path) -> None:
    model = compiled(case)
    onnx_file.write(model, tmp_path / "m.onnx", opset)
    made = onnx.load(tmp_path / "m.onnx")
    onnx.checker.check_model(made, full_check=True)
    sets = ["rows", "others"] if case.bichromatic else ["rows"]
    assert [value.name for value in made.graph.input] == [*sets, "lengths"]
    for value in made.graph.input[: len(sets)]:
        batch, n, dim = value.type.tensor_type.shape.dim
        assert (batch.dim_param, n.dim_param[:1], dim.dim_value) == ("batch", "n", 5)
    used = {node.op_type for node in made.graph.node}
    assert used <= USED | {"Attention"} | (WITH_LEVELS if case.levels > 1 else set())
    held = {tensor.name: numpy_helper.to_array(tensor) for tensor in made.graph.initializer}
    for name, tensor in model.transformer.state_dict().items():
        stored = held[name] if name.endswith("bias") else held[f"{name}.T"].T
        assert np.array_equal(stored, tensor.numpy()), name
    assert str(tmp_path).encode() not in (tmp_path / "m.onnx").read_bytes()


def test_anyone_can_run_it(tmp_path: Path) -> None:
    """With ONNX Runtime alone: rows and lengths in, named bits out."""
    onnx_file.write(compiled(CLOSEST), tmp_path / "m.onnx")
    session = onnxruntime.InferenceSession(tmp_path / "m.onnx")
    rows = np.array([[[0, 0, 0, 0, 0], [1, 1, 1, 1, 1], [0, 0, 1, 0, 0], [9, 9, 9, 9, 9]]], np.uint8)
    out = dict(
        zip((o.name for o in session.get_outputs()), session.run(None, {"rows": rows, "lengths": [[3]]}), strict=True)
    )
    spelled = {name: int(bits[0] @ 2 ** np.arange(bits.shape[1])) for name, bits in out.items()}
    assert spelled == {"i_bits": 0, "j_bits": 2, "value_bits": 1, "found": 1}


@pytest.mark.parametrize(("case", "dtype"), [(FEW[0], "float32"), (FEW[2], "float16"), (FEW[3], "float64")], ids=str)
def test_adversarial_instances(case: Case, dtype: str, tmp_path: Path) -> None:
    model = compile_model(case.problem(12), max_n=60, dtype=dtype)
    onnx_file.write(model, tmp_path / "m.onnx")
    assert wrong_of_adversarial(onnx_file.read(tmp_path / "m.onnx"), 100) == 0


@pytest.mark.parametrize(
    ("dtype", "opset", "why"),
    [
        ("bfloat16", None, "multiplies no bfloat16 matrices on a CPU: compile with --dtype float32"),
        ("float32", 17, "opset 17 is unknown here: choose one from 18 to 24"),
        ("float32", True, "opset True is unknown"),
    ],
)
def test_what_cannot_be_held_is_refused(dtype: str, opset: int | None, why: str, tmp_path: Path) -> None:
    with pytest.raises(InputError, match=why):
        onnx_file.write(compiled(OV, dtype), tmp_path / "m.onnx", opset)
    assert list(tmp_path.iterdir()) == []


def test_tokens_that_see_themselves_are_refused(tmp_path: Path) -> None:
    model = compile_model(CLOSEST.problem(3), max_n=4, mask="inclusive")
    with pytest.raises(InputError, match="plan it with mask='strict'"):
        onnx_file.write(model, tmp_path / "m.onnx")


@pytest.mark.parametrize("bichromatic", [False, True])
def test_two_documents_are_all_there_may_be(bichromatic: bool, tmp_path: Path) -> None:
    model = pf.compile("closest-pair", dim=3, max_n=2, bichromatic=bichromatic)
    onnx_file.write(model, tmp_path / "m.onnx")
    rows = [[0, 0, 1], [0, 1, 1]]
    sets = (rows[:1], rows[1:]) if bichromatic else (rows,)
    assert onnx_file.read(tmp_path / "m.onnx").solve(*sets) == model.problem.answer(*sets)
