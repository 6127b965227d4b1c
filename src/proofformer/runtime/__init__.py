"""The Transformer as a PyTorch module, and the folder it is stored in."""

from proofformer.runtime.model import Model, compile_model, model_of
from proofformer.runtime.storage import device_named, load, save

__all__ = ["Model", "compile_model", "device_named", "load", "model_of", "save"]
