"""The Transformer as a PyTorch module, and the answers it gives."""

from proofformer.runtime.front import Front
from proofformer.runtime.model import Model, compile_model, compiled, model_of

__all__ = ["Front", "Model", "compile_model", "compiled", "model_of"]
