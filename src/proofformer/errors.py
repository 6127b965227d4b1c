"""The two ways to say no, each one clear sentence that names the value and the remedy, and what is neither."""

from collections.abc import Iterable
from difflib import SequenceMatcher

MOST = 2000
"""Characters of a sentence: of a longer one, what it quotes is the longest part, and the middle is left out."""

LONGEST_NAME = 80
NEAR = 0.5
"""Of the letters of two names, those that both have in this order are more: fp16 and float16 are so near."""


class Choice:
    """An argument as its reader writes it, in Python or as an option; with what stands for a value that he knows."""

    def __init__(self, name: str, value: object = None, stands_for: str = "..", of_option: str = "") -> None:
        self.name, self.value, self.stands_for, self.of_option = name, value, stands_for, of_option or stands_for

    def told(self, options: bool) -> str:
        if not options:
            return f"{self.name}={self.stands_for if self.value is None else repr(self.value)}"
        value = self.of_option if self.value is None else self.value
        told = ",".join(map(str, value)) if isinstance(value, tuple) else str(value)
        return f"--{self.name.replace('_', '-')}{'' if value is True else f' {told}'}"


class Spoken:
    """Words for Python, and what the command line says in their place."""

    def __init__(self, python: str, command: str) -> None:
        self.python, self.command = python, command

    def told(self, options: bool) -> str:
        return self.command if options else self.python


class Refusal(ValueError):
    """A sentence for people, whatever files and values it quotes: no character moves their terminal, and it ends.

    It is made of parts: words, the settings that they advise, what either reader is told in his own words, and other
    refusals, whose settings are this one's too.
    """

    def __init__(self, *parts: object) -> None:
        self.parts = parts
        super().__init__(self.told())

    def told(self, options: bool = False) -> str:
        """The sentence, for Python or, with the names of options, for the command line."""
        text = "".join(p.told(options) if isinstance(p, Choice | Refusal | Spoken) else str(p) for p in self.parts)
        text = "".join(c if c.isprintable() or c == "\n" else repr(c)[1:-1] for c in text)
        return text if len(text) <= MOST else f"{text[: MOST // 2]} [..] {text[-MOST // 2 :]}"


class InputError(Refusal):
    """The user's input (a matrix, a file, an option, a model folder) cannot be used as it is."""


class ProofError(Refusal):
    """A circuit is ill-typed, or no plan carries its proof: nothing that is not guaranteed is emitted."""


class Stop(SystemExit):
    """We are told to stop, by a signal."""


def one_of(given: object, known: Iterable[str]) -> str:
    """The remedy for a name that is none of these: all of them, and the one that is nearest, if one alone is near."""
    names, wrong = list(known), str(given)[:LONGEST_NAME].lower().replace("_", "-")
    alike = [SequenceMatcher(None, wrong, name.lower()).ratio() for name in names]
    best = max(alike, default=0.0)
    near = f" (did you mean {names[alike.index(best)]}?)" if best > NEAR and alike.count(best) == 1 else ""
    return f"choose one of {', '.join(names) or 'none'}{near}"


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
