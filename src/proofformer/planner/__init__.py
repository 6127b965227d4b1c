"""Circuit to plan: radix, temperature, layout and weights, or a refusal with the obligation that failed."""

from proofformer.planner.dtypes import DTYPES, DType, dtype_named
from proofformer.planner.plan import Plan, make_plan
from proofformer.planner.rules import Obligation, Unmet

__all__ = ["DTYPES", "DType", "Obligation", "Plan", "Unmet", "dtype_named", "make_plan"]
