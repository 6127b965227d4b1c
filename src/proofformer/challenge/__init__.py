"""What a replacement for attention, or a model with a fixed state, cannot do: from which n on, and on which instance.

Three kinds of statement, never mixed: proved for any weights (`bounds`, `families`); conditional, if the strong
exponential time hypothesis holds; seen on one witness. Proofs: docs/why-not-subquadratic.md.
"""

from proofformer.plugins import make_callable

make_callable(__name__, "proofformer.challenge.search:challenge")
