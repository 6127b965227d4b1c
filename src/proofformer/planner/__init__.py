"""From a circuit to numbers: radix, rounds, temperature, layout, weights; or a refusal that says why."""

from proofformer.planner.compiler import plan_problem
from proofformer.planner.dtypes import DTYPES, DType, dtype_named
from proofformer.planner.plan import Plan, make_plan

__all__ = ["DTYPES", "DType", "Plan", "dtype_named", "make_plan", "plan_problem"]
