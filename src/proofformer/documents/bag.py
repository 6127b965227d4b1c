"""Bag of words: which keywords tell documents apart, and which document has which."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from proofformer.errors import InputError


@dataclass(frozen=True)
class Bag:
    """`keywords` in alphabetical order; `rows`, uint8 of shape (n, l), has a 1 where a document has a keyword.

    `kept` are the indices of the n documents among the texts: one with none of the keywords has no row.
    `mostly_lost` are the indices of texts most of whose words could not be used, since they have fewer than three
    letters or are of a script without spaces between words.
    """

    keywords: tuple[str, ...]
    rows: npt.NDArray[np.uint8]
    kept: tuple[int, ...]
    mostly_lost: tuple[int, ...]


def bag_of_words(texts: Sequence[str], limit: int) -> Bag:
    """The `limit` most telling keywords of the texts, fewer if there are no more, and the rows of 0/1.

    A keyword is in at least two texts and not in all. Being in a share p of them, it has the variance p (1 - p): the
    largest are most telling, ties go by the alphabet. Raises InputError when no word qualifies, when most letters are
    of scripts without spaces between words, and when scikit-learn or regex is not installed.
    """
    try:
        from sklearn.feature_extraction.text import ENGLISH_STOP_WORDS, CountVectorizer

        from proofformer.documents.words import unspaced, words
    except ImportError:
        raise InputError(
            "a bag of words needs scikit-learn and regex, not both installed: pip install 'proofformer[documents]'"
        ) from None

    n = len(texts)
    if unspaced(texts):
        raise InputError(
            f"most letters of the {n} documents are of scripts without spaces between words (Chinese, Japanese, Thai, "
            "Lao, Khmer, Burmese), which are not read yet: put spaces between the words, or give other texts"
        )
    lost: list[bool] = []

    def analyze(text: str) -> list[str]:
        found, others = words(text)
        lost.append(others > len(found))
        return [word for word in found if word not in ENGLISH_STOP_WORDS]

    try:
        vectorizer = CountVectorizer(binary=True, analyzer=analyze, dtype=np.int64)
        counts = vectorizer.fit_transform(texts)
    except ValueError:
        # The only thing it refuses: that there are no words.
        raise InputError(_nothing(lost)) from None
    vocabulary = vectorizer.get_feature_names_out()  # in alphabetical order
    frequency = np.asarray(counts.sum(axis=0)).ravel()
    telling = np.flatnonzero((frequency >= 2) & (frequency < n))
    if not len(telling):
        raise InputError(_nothing(lost))
    # n^2 p (1 - p), in whole numbers; the sort is stable, so ties stay in alphabetical order.
    spread = frequency[telling] * (n - frequency[telling])
    chosen = np.sort(telling[np.argsort(-spread, kind="stable")[:limit]])
    rows = counts[:, chosen].toarray().astype(np.uint8)
    kept = np.flatnonzero(rows.any(axis=1))
    return Bag(
        tuple(map(str, vocabulary[chosen])), rows[kept], tuple(map(int, kept)), tuple(map(int, np.flatnonzero(lost)))
    )


def _nothing(lost: list[bool]) -> str:
    told = (
        f"the {len(lost)} documents have no keyword, a word of 3 letters or more that at least two of them "
        "have and another lacks: "
    )
    if 2 * sum(lost) > len(lost):
        return told + f"{sum(lost)} have mostly shorter words or such as are not separated by spaces; give other texts"
    return told + "add documents on related subjects"
