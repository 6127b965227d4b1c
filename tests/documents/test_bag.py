"""Bags of words: which keywords tell most, and which text has which."""

import sys
from random import Random

import numpy as np
import pytest

from proofformer.documents import bag_of_words, words_of
from proofformer.errors import InputError

TEXTS = ("Bread, butter; honey!", "The honey bees", "Butter the BREAD.", "bees and bread", "stones")


def test_keywords_and_rows_by_hand():
    bag = bag_of_words(TEXTS, 64)
    assert bag.keywords == ("bees", "bread", "butter", "honey")
    assert bag.rows.tolist() == [[0, 1, 1, 1], [1, 0, 0, 1], [0, 1, 1, 0], [1, 1, 0, 0]]
    assert bag.rows.dtype == np.uint8
    assert bag.kept == (0, 1, 2, 3), "nothing tells of stones"


def test_the_most_telling_come_first_and_ties_go_by_the_alphabet():
    # bread is in 3 of 5, variance 6/25, and so are the others in 2 of 5.
    assert [bag_of_words(TEXTS, limit).keywords for limit in (1, 3)] == [("bees",), ("bees", "bread", "butter")]
    texts = ["zinc apple pear", "zinc apple", "zinc", "plum pear", "plum", "plum"]
    # zinc and plum are in 3 of 6, apple and pear in 2 of 6.
    assert bag_of_words(texts, 2).keywords == ("plum", "zinc")
    assert bag_of_words(texts, 3).keywords == ("apple", "plum", "zinc")


def test_half_of_the_texts_tell_most():
    texts = ["common rare half", "common rare half", "common half", "common", "common", "other"]
    assert bag_of_words(texts, 1).keywords == ("half",)
    assert bag_of_words(texts, 2).keywords == ("half", "rare"), "2 of 6 tells more than 5 of 6"


def test_a_word_in_every_text_or_in_one_is_no_keyword():
    assert bag_of_words(["salt milk one", "salt milk", "salt"], 9).keywords == ("milk",)


@pytest.mark.parametrize(
    "texts", [("salt", "salt", "salt"), ("salt", "milk", "oil"), ("1234", "1234", ""), ("", "", "")]
)
def test_no_keyword_is_refused(texts):
    with pytest.raises(InputError, match=r"the 3 documents have no keyword.*related subjects"):
        bag_of_words(texts, 9)


def test_no_keyword_since_words_are_short_is_refused_as_that():
    with pytest.raises(InputError, match=r"no keyword.*3 have mostly shorter words"):
        bag_of_words(["an ox", "an ox is", "ox"], 9)


def test_stop_words_are_left_out():
    assert bag_of_words(["the and whereas milk", "the and whereas milk", "oil"], 9).keywords == ("milk",)


@pytest.mark.parametrize("seed", range(40))
def test_rows_say_which_keywords_are_in_which_text(seed):
    rng, known = Random(seed), ["milk", "salt", "oil", "zinc", "plum"]
    sets = [set(rng.sample(known, rng.randrange(len(known) + 1))) for _ in range(rng.randint(3, 7))]
    texts = [" ".join(sorted(words)) for words in sets]
    counts = {word: sum(word in words for words in sets) for word in set().union(*sets)}
    telling = {word for word, count in counts.items() if 2 <= count < len(sets)}
    if not telling:
        with pytest.raises(InputError):
            bag_of_words(texts, 9)
        return
    for limit in (1, 2, 9):
        bag = bag_of_words(texts, limit)
        ranked = sorted(telling, key=lambda word: (-counts[word] * (len(sets) - counts[word]), word))
        assert bag.keywords == tuple(sorted(ranked[:limit]))
        rows = [[int(word in words) for word in bag.keywords] for words in sets]
        assert bag.kept == tuple(k for k, row in enumerate(rows) if any(row))
        assert bag.rows.tolist() == [rows[k] for k in bag.kept]


def test_texts_of_the_same_words_are_groups():
    words = words_of(["Salt and milk", "milk oil", "milk, salt! 7", "", "", "oil milk milk", "milk oil salt rare"])
    assert words.groups == ((0, 2), (1, 5))
    bag = words.bag(words.telling(9), [1, 3, 6])
    assert (bag.keywords, bag.kept, bag.rows.tolist()) == (("milk", "oil", "salt"), (1, 6), [[1, 1, 0], [1, 1, 1]])


def test_words_that_part_pairs():
    words = words_of(["milk salt oil", "milk salt zinc", "milk lime oil", "milk lime", "iron"])
    place = {word: k for k, word in enumerate(words.vocabulary)}

    def parting(pairs, chosen=(), limit=9, **how):
        found = words.parting(np.array(pairs), np.array([place[word] for word in chosen], dtype=int), limit, **how)
        return [str(words.vocabulary[k]) for k in found]

    # oil is in one text of both pairs, zinc in one of the first alone; of a single pair all words that differ do.
    assert parting([(0, 1), (2, 3)], shared=False) == ["oil", "zinc"]
    assert parting([(0, 1)], ["oil"], shared=False) == ["zinc"]
    assert parting([(0, 1), (2, 3)], shared=True) == ["lime", "salt", "milk"]
    assert parting([(0, 1), (2, 3)], limit=1, shared=True) == ["lime"]
    assert parting([(0, 0)], shared=False) == []
    # Of one number alone, 0 words or 1, any second word makes two; rarer words are better here, where few are too many.
    assert parting([(0, 1)], ["salt"], shared=False, numbers=1) == []
    assert parting([(0, 1)], ["salt"], shared=False, numbers=2) == ["zinc", "oil"]


def test_without_scikit_learn_one_sentence_says_how_to_get_it(monkeypatch):
    monkeypatch.setitem(sys.modules, "sklearn.feature_extraction.text", None)
    with pytest.raises(InputError, match=r"pip install 'proofformer\[documents\]'"):
        bag_of_words(TEXTS, 9)
