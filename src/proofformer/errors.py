"""The two ways proofformer says no. Both messages are one clear sentence that names the value and the remedy."""


class InputError(ValueError):
    """The user's input (a matrix, a file, an option, a model folder) cannot be used as it is."""


class ProofError(ValueError):
    """A circuit is ill-typed, or no plan carries its proof: nothing that is not guaranteed is emitted."""
