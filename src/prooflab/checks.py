"""What the laboratory adds to `proofformer verify`."""

from proofformer.verify.check import Check, Needs

CIRCUITS = Check(
    "circuits",
    "K random and K altered circuits through the compiler, K/10 plans at their edge; needs no MODEL_DIR.",
    "prooflab.fuzz.check",
    shard=100,
    needs=Needs.NOTHING,
)
