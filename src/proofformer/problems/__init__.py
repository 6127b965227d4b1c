"""What is asked of a matrix, and the exact answer: problems, instances, answers, oracles and files.

Nothing here imports torch or the compiler: the package is the judge that compiled models are held against.
"""

from proofformer.problems.answers import Decision, PairAnswer
from proofformer.problems.files import load_matrix
from proofformer.problems.instances import Instance
from proofformer.problems.problem import Problem, problem
from proofformer.problems.task import Task

__all__ = ["Decision", "Instance", "PairAnswer", "Problem", "Task", "load_matrix", "problem"]
