import time

import pytest

from proofformer.documents.words import unspaced, words


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Bread AND butter", ["bread", "and", "butter"]),
        ("an ox, 1234 oxen", ["oxen"]),
        ("x86abc abc9 9abc sha256sum", []),
        ("snake_case _emphasis_ dash-ed", ["snake", "case", "emphasis", "dash"]),
        ("the end.The http://example.com a.b", ["the", "end", "the", "http", "example", "com"]),
        ("the cat's paw; cats' paws", ["the", "cat", "paw", "cats", "paws"]),
        ("don't can’t isn't couldn't've we'll they’re", ["they"]),
        ("Éclair e\u0301clair stra\u00dfe ΠΊΝΩ", ["éclair", "éclair", "straße", "πίνω"]),
        ("\ufb01ne", ["fine"]),
        (r"\fBgrep\fR \fIfile\fP", ["grep", "file"]),
        # Apostrophes: in a name or an elision they are of the word.
        ("O'Brien O’BRIEN O‘Brien's O´Brien O`Brien O′Brien", ["o'brien"] * 6),
        ("`code` and ´this´ 5´ 12′ x`", ["code", "and", "this"]),
        ("l'eau aujourd'hui D'Angelo's dell'arte", ["l'eau", "aujourd'hui", "d'angelo", "dell'arte"]),
        ("п’ять п'ять пʼять", ["п'ять"] * 3),
        ("rock'n'roll 'quoted' ''tis'' d'a o'clock", ["rock'n'roll", "quoted", "tis", "o'clock"]),
        # Vowel signs are of the word and count as letters; accents are and do not.
        ("किसान ने खेत में गेहूँ बोया", ["किसान", "खेत", "गेहूँ", "बोया"]),
        ("தமிழ் மொழி", ["தமிழ்", "மொழி"]),
        ("বাংলা ভাষা", ["বাংলা", "ভাষা"]),
        ("e\u0323\u0301i\u0323 e\u0323\u0301i\u0323a", ["ẹ́ịa"]),
        ("나 물 사과 한국어", ["물", "사과", "한국어"]),
        ('הספר שב"ת מִן', ["הספר", 'שב"ת']),
        ("col·lecció", ["col·lecció"]),
        # What nobody sees.
        ("co\u00adoper co\u200doper co\u200coper co\u2060oper co\ufeffoper coo\ufe0fper co\u034foper", ["cooper"] * 7),
        ("می\u200cخواهم میخواهم", ["میخواهم"] * 2),
        ("क\u094d\u200dषमा क\u094dषमा", ["क्षमा"] * 2),
        ("bread\u200bbutter", ["bread", "butter"]),
    ],
)
def test_words(text, expected):
    assert words(text)[0] == expected


@pytest.mark.parametrize(
    ("text", "lost"),
    [("an ox is up, bread 12 x9 don't", 4), ("我们 bread", 2), ("กข bread", 2), ("", 0), ("... 7 --", 0)],
)
def test_what_is_lost_is_counted(text, lost):
    assert words(text)[1] == lost


@pytest.mark.parametrize(
    ("texts", "expected"),
    [
        (["我们在河边", "song"], True),
        (["我们", "song"], False),
        (["コーヒー", "ไทย"], True),
        (["川のそばで歌う", "コーヒーを飲む song"], True),
        (["ພວກເຮົາປູກຕົ້ນໄມ້", "ຂ້ອຍຮ້ອງເພງ"], True),
        (["យើងដាំដើមឈើ", "គាត់ច្រៀង"], True),
        (["ကျွန်တော်သီချင်းဆိုတယ်", "သစ်ပင်စိုက်"], True),
        (["", "12"], False),
        (["한국어 글자", "हिन्दी"], False),
    ],
)
def test_most_letters_without_spaces(texts, expected):
    assert unspaced(texts) is expected


@pytest.mark.parametrize("text", ["\U0001f1e6" * 100_000, "'" * 300_000, "a'" * 150_000, "a\u0301" * 150_000])
def test_long_runs_take_no_square_of_time(text):
    start = time.perf_counter()
    words(text)
    assert time.perf_counter() - start < 3
