"""The compiled model put to the test against the exact oracle, on random and adversarial instances."""

from proofformer.verify.outcome import Case, Failure
from proofformer.verify.run import Report, cases, replay, verify

__all__ = ["Case", "Failure", "Report", "cases", "replay", "verify"]
