"""What the laboratory adds to `proofformer verify`."""

from proofformer.verify.check import Check, Needs

CIRCUITS = Check(
    "circuits",
    "Random circuits through the compiler; needs no MODEL_DIR.",
    "prooflab.fuzz.check",
    shard=100,
    needs=Needs.NOTHING,
)
