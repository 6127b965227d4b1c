"""Bag of words: which keywords tell documents apart, and which document has which."""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from proofformer.errors import InputError

# A run of letters that no digit touches, with what follows an apostrophe.
_WORD = re.compile(r"(?<![^\W_])([^\W\d_]+)(['’][^\W\d_]+)*(?![^\W_])")
_SHORTEST = 3

# A change of font in a man page would stick to the word behind it.
_FONT = re.compile(r"\\f[BIRP]")


@dataclass(frozen=True)
class Bag:
    """`keywords` in alphabetical order; `rows`, uint8 of shape (n, l), has a 1 where a document has a keyword.

    `kept` are the indices of the n documents among the texts: one with none of the keywords has no row.
    """

    keywords: tuple[str, ...]
    rows: npt.NDArray[np.uint8]
    kept: tuple[int, ...]


def bag_of_words(texts: Sequence[str], limit: int) -> Bag:
    """The `limit` most telling keywords of the texts, fewer if there are no more, and the rows of 0/1.

    A keyword is in at least two texts and not in all. Being in a share p of them, it has the variance p (1 - p): the
    largest are most telling, ties go by the alphabet. Raises InputError when no word qualifies, and when scikit-learn
    is not installed.
    """
    try:
        from sklearn.feature_extraction.text import ENGLISH_STOP_WORDS, CountVectorizer
    except ImportError:
        raise InputError(
            "a bag of words needs scikit-learn, which is not installed: pip install 'proofformer[documents]'"
        ) from None

    def analyze(text: str) -> list[str]:
        return [word for word in words(text) if word not in ENGLISH_STOP_WORDS]

    n = len(texts)
    try:
        vectorizer = CountVectorizer(binary=True, analyzer=analyze, dtype=np.int64)
        counts = vectorizer.fit_transform(texts)
    except ValueError:
        # The only thing it refuses: that there are no words.
        raise InputError(_nothing(n)) from None
    vocabulary = vectorizer.get_feature_names_out()  # in alphabetical order
    frequency = np.asarray(counts.sum(axis=0)).ravel()
    telling = np.flatnonzero((frequency >= 2) & (frequency < n))
    if not len(telling):
        raise InputError(_nothing(n))
    # n^2 p (1 - p), in whole numbers; the sort is stable, so ties stay in alphabetical order.
    spread = frequency[telling] * (n - frequency[telling])
    chosen = np.sort(telling[np.argsort(-spread, kind="stable")[:limit]])
    rows = counts[:, chosen].toarray().astype(np.uint8)
    kept = np.flatnonzero(rows.any(axis=1))
    return Bag(tuple(map(str, vocabulary[chosen])), rows[kept], tuple(map(int, kept)))


def words(text: str) -> list[str]:
    """The words of three letters or more, in lower case. `cat's` is `cat`; `don't` and the like are none."""
    folded = unicodedata.normalize("NFKC", _FONT.sub("", text)).lower()
    return [
        stem
        for stem, rest in _WORD.findall(folded)
        if len(stem) >= _SHORTEST and not (stem.endswith("n") and rest[1:] == "t")
    ]


def _nothing(n: int) -> str:
    return (
        f"the {n} documents have no keyword, a word of {_SHORTEST} letters or more that at least two of them have "
        "and another lacks: add documents on related subjects"
    )
