"""Circuit to plan: radix, temperature, layout and weights, or a refusal with the obligation that failed."""

from proofformer.planner.dtypes import DTYPES, DType, dtype_named
from proofformer.planner.plan import Plan, make_plan

__all__ = ["DTYPES", "DType", "Plan", "dtype_named", "make_plan"]
