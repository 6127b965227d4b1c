"""Everything the golden tests take from inside the package: when a module moves, this is the one place to follow."""

from proofformer.cli.main import cli as cli
from proofformer.compiler import Spec as Spec
from proofformer.compiler import plan_of as plan_of
from proofformer.planner import Plan as Plan
from proofformer.runtime import Model as Model
from proofformer.runtime import compile_model as compile_model
from proofformer.runtime import model_of as model_of
from proofformer.verify import Campaign as Campaign
from proofformer.verify import Outcome as Outcome
from proofformer.verify import Shard as Shard
from proofformer.verify import Subject as Subject
from proofformer.verify.checks import mutants as mutants_check  # noqa: F401
from proofformer.verify.instances import families_for as families_for
from proofformer.verify.instances.draws import generator as generator
from proofformer.verify.shards import run_shard as run_shard
from proofformer.verify.weights import alterations as alterations
