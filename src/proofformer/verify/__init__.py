"""The compiled model put to the test: against the exact oracle, against itself, and against altered copies of it."""

from proofformer.verify.campaign import Campaign, Report, run_campaign
from proofformer.verify.outcome import Case, Failure, Outcome, replay
from proofformer.verify.shards import Shard, Subject

__all__ = ["Campaign", "Case", "Failure", "Outcome", "Report", "Shard", "Subject", "replay", "run_campaign"]
