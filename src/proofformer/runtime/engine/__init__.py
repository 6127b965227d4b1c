"""A model's Transformer on a CPU, ahead of dense attention: sparse layers, and scores as counts of bits.

It reads the stored weights and nothing else, and is the same network: see docs/theory.md, section 6. It needs numba.
"""

from proofformer.runtime.engine.network import Engine

__all__ = ["Engine"]
