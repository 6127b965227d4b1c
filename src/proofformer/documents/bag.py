"""Bag of words: which keywords tell documents apart, and which document has which."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt

from proofformer.errors import InputError

SPARED = 4
"""As many words short of the most that a text may have: it had better get no more."""


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


@dataclass(frozen=True)
class Words:
    """The words of n texts: `counts`, a sparse matrix, has a 1 where a text has a word of the sorted `vocabulary`."""

    vocabulary: npt.NDArray[np.object_]
    counts: Any
    mostly_lost: tuple[int, ...]

    @cached_property
    def frequency(self) -> npt.NDArray[np.int64]:
        """In how many texts each word is."""
        found: npt.NDArray[np.int64] = np.asarray(self.counts.sum(axis=0)).ravel()
        return found

    @cached_property
    def spread(self) -> npt.NDArray[np.int64]:
        """n^2 p (1 - p) for a word in a share p of the texts, in whole numbers."""
        n: int = self.counts.shape[0]
        return self.frequency * (n - self.frequency)

    @cached_property
    def groups(self) -> tuple[tuple[int, ...], ...]:
        """The texts that have the same words as another, together; a text without words is like no other."""
        ends, held = self.counts.indptr, dict[bytes, list[int]]()
        for k in range(len(ends) - 1):
            if ends[k] < ends[k + 1]:
                held.setdefault(self.counts.indices[ends[k] : ends[k + 1]].tobytes(), []).append(k)
        return tuple(tuple(group) for group in held.values() if len(group) > 1)

    def telling(self, limit: int) -> npt.NDArray[np.int64]:
        """The `limit` most telling of the words that at least two texts have and another lacks, by their places.

        The words of the largest spread are most telling, ties go by the alphabet.
        """
        words = np.flatnonzero((self.frequency >= 2) & (self.frequency < self.counts.shape[0]))
        return np.sort(words[np.argsort(-self.spread[words], kind="stable")[:limit]])

    def parting(
        self,
        pairs: npt.NDArray[np.int64],
        chosen: npt.NDArray[np.int64],
        limit: int,
        *,
        shared: bool,
        numbers: int | None = None,
    ) -> npt.NDArray[np.int64]:
        """At most `limit` words, none of them `chosen`, that part the pairs of texts best: ones in a single text of
        about half of the pairs or, with `shared`, in both.

        Ties go by the spread, then by the alphabet. With `numbers`, texts have at most so many different numbers of
        words in all, and words are better that those with nearly so many words lack.
        """
        first, second = (self.counts[side] for side in pairs.T)
        both = np.asarray(first.multiply(second).sum(axis=0)).ravel()
        one = np.asarray(first.sum(axis=0) + second.sum(axis=0)).ravel() - 2 * both
        changed = both if shared else one
        score = changed * (len(pairs) + 1 - changed)
        score[chosen] = 0
        if numbers is None:
            words = np.flatnonzero(score)
            return words[np.lexsort((-self.spread[words], -score[words]))[:limit]]
        sums = np.asarray(self.counts[:, chosen].sum(axis=1)).ravel()
        score = score / (1 + np.asarray(self.counts[sums >= numbers - SPARED].sum(axis=0)).ravel())
        words = np.flatnonzero(score)
        taken: list[int] = []
        for word in words[np.lexsort((-self.spread[words], -score[words]))]:
            more = sums + self.counts[:, [word]].toarray().ravel()
            if len({*more.tolist()} - {0}) <= numbers:
                taken, sums = [*taken, int(word)], more
            if len(taken) == limit:
                break
        return np.array(taken, dtype=np.int64)

    def bag(self, chosen: npt.NDArray[np.int64], texts: Sequence[int] | None = None) -> Bag:
        """The rows of 0/1 of these texts (of all, unless given) for the words at the places `chosen`, in order."""
        among = np.arange(self.counts.shape[0]) if texts is None else np.asarray(texts, dtype=np.int64)
        rows = self.counts[among][:, chosen].toarray().astype(np.uint8)
        kept = np.flatnonzero(rows.any(axis=1))
        return Bag(tuple(map(str, self.vocabulary[chosen])), rows[kept], tuple(map(int, among[kept])), self.mostly_lost)


def words_of(texts: Sequence[str]) -> Words:
    """The words of the texts, of which at least one can be a keyword.

    Raises InputError when no word qualifies, when most letters are of scripts without spaces between words, and when
    scikit-learn or regex is not installed.
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
    counts.sort_indices()
    # In alphabetical order.
    found = Words(vectorizer.get_feature_names_out(), counts, tuple(map(int, np.flatnonzero(lost))))
    if not len(found.telling(1)):
        raise InputError(_nothing(lost))
    return found


def bag_of_words(texts: Sequence[str], limit: int) -> Bag:
    """The `limit` most telling keywords of the texts, fewer if there are no more, and the rows of 0/1.

    Raises InputError as `words_of` does.
    """
    words = words_of(texts)
    return words.bag(words.telling(limit))


def _nothing(lost: list[bool]) -> str:
    told = (
        f"the {len(lost)} documents have no keyword, a word of 3 letters or more that at least two of them "
        "have and another lacks: "
    )
    if 2 * sum(lost) > len(lost):
        return told + f"{sum(lost)} have mostly shorter words or such as are not separated by spaces; give other texts"
    return told + "add documents on related subjects"
