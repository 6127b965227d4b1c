"""Everything the golden tests take from inside the package: when a module moves, this is the one place to follow."""

from proofformer.cli.main import cli
from proofformer.compiler import Spec, plan_of
from proofformer.planner import Plan
from proofformer.runtime import Model, compile_model, model_of
from proofformer.verify import Campaign, Outcome, Shard, Subject
from proofformer.verify.checks import mutants as mutants_check
from proofformer.verify.shards import run_shard
from proofformer.verify.weights import alterations

__all__ = [
    "Campaign",
    "Model",
    "Outcome",
    "Plan",
    "Shard",
    "Spec",
    "Subject",
    "alterations",
    "cli",
    "compile_model",
    "model_of",
    "mutants_check",
    "plan_of",
    "run_shard",
]
