"""Everything the golden tests take from inside the package: when a module moves, this is the one place to follow."""

from proofformer.planner import Plan, plan_problem
from proofformer.problems import Problem
from proofformer.runtime import Model, compile_model, model_of

__all__ = ["Model", "Plan", "Problem", "compile_model", "model_of", "plan_problem"]
