"""The words of a text, by Unicode's word boundaries (UAX #29)."""

import re
import unicodedata
from collections.abc import Sequence
from functools import lru_cache
from itertools import accumulate

import regex

SHORTEST = 3
SHORT = 64  # characters of what is worth remembering, since it comes again

# A change of font in a man page would stick to the word behind it.
_FONT = re.compile(r"\\f[BIRP]")
# What nobody sees: soft hyphens, joiners, byte order marks, selectors of a variant. A zero-width space parts words.
_UNSEEN = regex.compile(r"(?V1)[[\p{Cf}\p{Default_Ignorable_Code_Point}]--[\u200b\p{Prepended_Concatenation_Mark}]]+")
_FLAGS = regex.compile(r"\p{Regional_Indicator}+")  # looked at in pairs from the first, which takes a square of time
_APOSTROPHE = regex.compile("[‘’ʼ]")
_INSIDE = re.compile(r"(?<=[^\W\d_])[`´′](?=[^\W\d_])")  # typed for an apostrophe
_BOUNDARY = regex.compile(r"(?V1w)\b")
# Where a stretch between boundaries is parted further: snake_case, and a sentence.Without a space behind it.
_JOINTS = regex.compile(r"[\p{Pc}.:]")
_NUMBER = regex.compile(r"\p{N}")
_LETTER = regex.compile(r"\p{L}")
# What makes a word long: consonants and vowels. An accent does not, a vowel sign of Devanagari and its kin does.
_SOUND = regex.compile(r"\p{L}|\p{Indic_Syllabic_Category=Vowel_Dependent}")
_ENGLISH_ENDING = regex.compile(r"(?:'(?:s|d|m|ll|re|ve))+$")
_UNSPACED = regex.compile(r"[\p{Han}\p{Hiragana}\p{Katakana}\p{Thai}\p{Lao}\p{Khmer}\p{Myanmar}]")
_FRAGMENT = regex.compile(r"[\p{Han}\p{Hiragana}\p{Thai}\p{Lao}\p{Khmer}\p{Myanmar}]")


def words(text: str) -> tuple[list[str], int]:
    """The words of three letters or more, in lower case, and how many others there are: shorter, or in a script that is
    written without spaces between words.

    `cat's` is `cat`, `O’Brien` is `o'brien`; `don't` and the like are none, nor is what has a digit. Letters are
    consonants and vowels: those of a Hangul block and the vowel signs of Indic scripts count, accents do not.
    """
    plain = _INSIDE.sub("'", _FONT.sub("", text))
    if not plain.isascii():
        plain = _APOSTROPHE.sub("'", unicodedata.normalize("NFKC", _UNSEEN.sub("", _FLAGS.sub(" ", plain))))
    found: list[str] = []
    others = 0
    for chunk in plain.lower().split():
        inside, shorter = (_short_cut if len(chunk) < SHORT else _cut)(chunk)
        found += inside
        others += shorter
    return found, others


def _cut(chunk: str) -> tuple[tuple[str, ...], int]:
    """What `words` says of text without white space, which no word spans."""
    if chunk.isascii() and chunk.isalpha():
        return ((chunk,), 0) if len(chunk) >= SHORTEST else ((), 1)
    found: list[str] = []
    others = 0
    for stretch in _BOUNDARY.split(chunk) if _LETTER.search(chunk) else ():
        for part in _JOINTS.split(stretch):
            word = _ENGLISH_ENDING.sub("", part.strip("'"))
            if word.endswith("n't") or not _LETTER.search(word) or _NUMBER.search(word):
                continue
            if _letters(word) < SHORTEST or _FRAGMENT.search(word):
                others += 1
            else:
                found.append(word)
    return tuple(found), others


_short_cut = lru_cache(1 << 16)(_cut)


def _letters(word: str) -> int:
    return len(word) - word.count("'") if word.isascii() else len(_SOUND.findall(unicodedata.normalize("NFD", word)))


def unspaced(texts: Sequence[str]) -> bool:
    """Whether most letters of the texts are of scripts that are written without spaces between words."""
    count = sum(_UNSPACED.subn("", text)[1] for text in texts if not text.isascii())
    letters = accumulate(_LETTER.subn("", text)[1] for text in texts)
    # Counted no further than it takes.
    return count > 0 and not any(2 * count <= sofar for sofar in letters)
