"""The two ways to say no, each one clear sentence that names the value and the remedy, and what is neither."""

MOST = 2000
"""Characters of a sentence: of a longer one, what it quotes is the longest part, and the middle is left out."""


class Refusal(ValueError):
    """A sentence for people, whatever files and values it quotes: no character moves their terminal, and it ends."""

    def __init__(self, sentence: object) -> None:
        text = "".join(c if c.isprintable() or c == "\n" else repr(c)[1:-1] for c in str(sentence))
        super().__init__(text if len(text) <= MOST else f"{text[: MOST // 2]} [..] {text[-MOST // 2 :]}")


class InputError(Refusal):
    """The user's input (a matrix, a file, an option, a model folder) cannot be used as it is."""


class ProofError(Refusal):
    """A circuit is ill-typed, or no plan carries its proof: nothing that is not guaranteed is emitted."""


class Stop(SystemExit):
    """We are told to stop, by a signal."""


def raised(error: BaseException) -> str:
    """What code that is not ours raised, whatever it was, as "KeyError ('x')".

    A stop that we are told is none of it, and goes on.
    """
    if isinstance(error, KeyboardInterrupt | Stop):
        raise error
    try:
        words = str(error)
    except Exception:  # its words are code that is not ours either
        words = "it cannot say what"
    return f"{type(error).__name__} ({words})"
