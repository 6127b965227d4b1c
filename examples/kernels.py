"""Attention of two packages in the place of the compiled model's: pip install 'proofformer[kernels]'

proofformer challenge examples/kernels.py:performer --dim 4 --max-n 64
proofformer challenge examples/kernels.py:local --dim 4 --max-n 300

A kernel gets queries, keys and values (batch, heads, tokens, width). Modules that have projections of their own, share
queries with keys, or let tokens see later ones, are none: those of linformer, nystrom-attention and reformer-pytorch.
"""

import contextlib
import io

import torch


def performer(q, k, v, *, scale, causal):
    """64 random features of performer-pytorch in the place of exp(q . k): it divides q . k by the root of the width."""
    from performer_pytorch import FastAttention

    width = q.shape[-1]
    # It says on stdout which of its kernels are not there.
    with torch.random.fork_rng(devices=[]), contextlib.redirect_stdout(io.StringIO()):
        torch.manual_seed(0)
        attention = FastAttention(width, nb_features=64, causal=causal)
    return attention(scale * width**0.5 * q.float(), k.float(), v.float()).to(q.dtype)


def local(q, k, v, *, scale, causal):
    """A token and the 64 before it, by local-attention, which wants as many queries as keys."""
    from local_attention import LocalAttention

    missing = k.shape[2] - q.shape[2]
    asking = torch.cat((q.new_zeros(*q.shape[:2], missing, q.shape[3]), q), dim=2)
    attention = LocalAttention(64, causal=True, exact_windowsize=True, autopad=True, scale=scale)
    return attention(asking, k, v)[:, :, missing:]
