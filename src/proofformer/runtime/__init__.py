"""The Transformer as a PyTorch module, and the answers it gives."""

from proofformer.runtime.model import Model, compile_model, model_of

__all__ = ["Model", "compile_model", "model_of"]
