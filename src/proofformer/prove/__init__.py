"""Proofs as documents: what `proofformer prove` prints, and the pages in docs/theorems."""
