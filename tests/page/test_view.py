"""What the page does when somebody clicks, types and pastes, and how it breaks and is whole again."""

from __future__ import annotations

import re

import pytest

import proofformer as pf

CLOSEST = pf.problem("closest-pair", dim=8)
ROWS = [[[1, 1, 0, 0, 0, 0, 0, 0], [0, 1, 0, 1, 0, 0, 0, 0], [1, 0, 0, 0, 0, 0, 0, 0], [0, 1, 0, 0, 0, 0, 0, 0]]]
DECISION = pf.problem("max-ip", dim=8, threshold=4)
SWITCHES = ("#no-start", "#no-index", "#self", "#bfloat16")
PATIENCE = 30_000
"""Milliseconds that a search may take."""


@pytest.fixture(scope="module")
def closest(shown):
    return shown(CLOSEST, rows=ROWS)


@pytest.fixture
def page(closest):
    """The page of closest pair as it begins."""
    closest.evaluate("() => { restore(); state.query = ''; }")
    closest.dispatch_event("text=Those of the beginning", "click")
    return closest


def answer(tab) -> str:
    """What is shown, which has to be what Python says of the documents that are shown."""
    sets = tab.evaluate("state.sets")
    shown = tab.evaluate("[spelled(now.shown.answer), spelled(now.exact)]")
    assert shown == [str(tab.model.solve(*sets)), str(tab.model.problem.answer(*sets))]
    assert tab.words("#judged") == "✓ right"
    return shown[0]


def test_it_begins_with_the_documents_given(page) -> None:
    assert answer(page) == "pair (0, 2), value 1"
    assert page.words("#model-answer") == "Transformer: 0 and 2, distance 1"
    assert page.words("#exact-answer") == "Exhaustive search: 0 and 2, distance 1"
    assert page.words("h1") == "Which two rows differ in the fewest bits?"


def test_a_click_turns_a_bit(page) -> None:
    page.click('[data-key="bit 3 3"]')
    assert page.evaluate("state.sets[0][3]") == [0, 1, 0, 1, 0, 0, 0, 0]
    assert answer(page) == "pair (1, 3), value 0"
    page.click('[data-key="bit 3 3"]')
    assert answer(page) == "pair (0, 2), value 1"


def test_documents_are_added_and_removed(page) -> None:
    page.click("text=Add a document")
    assert page.words("#tools .soft") == "5 of at most 64 documents"
    assert answer(page) == "pair (3, 4), value 0"
    page.click('[aria-label="Remove document 0"]')
    assert answer(page) == "pair (2, 3), value 0"
    for _ in range(3):
        page.click('[aria-label="Remove document 0"]')
    assert page.words("#refusal") == "A pair needs two documents: add one."
    assert page.words("#verdict").startswith("No question yet")
    page.click("text=Add a document")
    assert answer(page) == "pair (0, 1), value 0"


def test_all_documents_that_the_model_takes_may_be_added(page) -> None:
    page.evaluate("() => { while (count() < 62) add(0); }")
    for _ in range(2):
        page.click("text=Add a document")
    assert page.locator("text=Add a document").is_disabled()
    assert page.evaluate("count()") == 64
    assert answer(page) == "pair (3, 4), value 0"


def paste(tab, text: str) -> str:
    tab.evaluate("document.getElementById('paste').open = true")
    tab.fill("#pasted", text)
    tab.click("text=Use these")
    return tab.words("#unread")


def test_pasting_and_names_are_text(page) -> None:
    name = "<script>alert(1)</script><img src=x onerror=alert(2)>"
    assert paste(page, f"{name}: 01100000\n\n1 1 1 0 0 0 0 0\na:b: 0,1,1,0,0,0,0,1\n") == ""
    assert page.evaluate("state.names") == [[name, "", "a:b"]]
    assert answer(page) == "pair (0, 1), value 1"
    assert name in page.words("#model-answer")
    assert page.evaluate("document.querySelectorAll('#sheet script, #sheet img, #verdict img').length") == 0
    page.click("text=Write those above")
    assert page.input_value("#pasted") == f"{name}: 01100000\n11100000\na:b: 01100001"


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("0110", "Line 1 has 4 entries: a document has 8."),
        ("01100000\n0110000x", 'Line 2 has "0110000x": entries are whole numbers from 0 to 1.'),
        ("01100000\n01100002", 'Line 2 has "2": entries are whole numbers from 0 to 1.'),
        ("01100000\n0 1 1 0 0 0 0 0.5", 'Line 2 has "0.5": entries are whole numbers from 0 to 1.'),
        ("01100000", "A pair needs two documents: add one."),
        ("", "A pair needs two documents: add one."),
        ("01100000\n" * 65, "These are 65 documents, and the model was compiled for 64: remove some."),
    ],
)
def test_what_cannot_be_pasted_is_told(page, text, told) -> None:
    assert paste(page, text) == told
    assert answer(page) == "pair (0, 2), value 1"


def test_the_grid_is_used_by_keyboard(page) -> None:
    page.focus('[data-key="bit 0 0"]')
    for key in ("ArrowRight", "ArrowRight", "ArrowDown", "Space", "ArrowUp", "Enter"):
        page.keyboard.press(key)
    assert page.evaluate("document.activeElement.dataset.key") == "bit 0 2"
    assert page.evaluate("state.sets[0].slice(0, 2).map((row) => row[2])") == [1, 1]
    assert page.evaluate("document.querySelectorAll('.bit[tabindex=\"0\"]').length") == 1
    answer(page)


def test_a_row_shows_how_it_chooses(page) -> None:
    """As docs/how-it-works.md has it: document 0 beside 2 and 3, which do equally well; 3 looks at START."""
    page.click('[data-key="who 0"]')
    rows = page.locator(".stacks tbody tr").all_inner_texts()
    assert [row.split()[0] for row in rows] == ["1", "2", "3", "START"]
    assert [row.split()[2] for row in rows][1:3] == ["0", "1"]
    assert [row.split()[-1] for row in rows][1:3] == ["0.982", "0.018"]
    page.click('[data-key="who 3"]')
    assert page.words(".stacks tbody").split()[0] == "START"
    page.click('[data-key="who READ"]')
    assert page.words("#who") == "READ"
    assert "Certificate: slack 0.23" in page.words("#how")


def test_the_weights_are_those_of_the_certificate(page) -> None:
    page.locator("#sha").filter(has_text="SHA-256").wait_for()
    assert page.words("#sha").endswith("the one in the certificate.")


def slide(tab, power: float) -> None:
    tab.evaluate(
        "(x) => { const s = byId('temperature'); s.value = x; s.dispatchEvent(new Event('input', {bubbles: true})); }",
        power,
    )


def test_the_slider_breaks_it_and_back(page) -> None:
    slide(page, -3)
    assert page.words("#judged") == "✗ wrong"
    assert page.words("#b") == "b = 0.5, derived 4"
    assert "Wrong on these 4 documents" in page.words("#outcome")
    assert "The first bit that does not arrive: head partner, document 0" in page.words("#misread")
    slide(page, 0)
    assert answer(page) == "pair (0, 2), value 1"
    assert page.words("#broken") == ""


def test_the_bit_that_is_named_is_outside(page) -> None:
    slide(page, -3)
    found = page.evaluate("misread(network, now.shown, now.proved)")
    values = page.evaluate("(at) => [...now.shown.heads[at.head].weights[at.token]].filter((w) => w >= 0)", found)
    assert sum(values) == pytest.approx(1, abs=1e-6)
    assert 0.5 < found["got"] < 0.75 if found["outside"] else found["got"] <= 0.5 or found["got"] >= 0.75


@pytest.mark.parametrize("switch", SWITCHES)
def test_each_switch_breaks_it_and_back(page, switch) -> None:
    page.check(switch)
    break_by_search(page)
    page.uncheck(switch)
    answer(page)


@pytest.mark.parametrize("attention", ["linear", "window", "blocks"])
def test_each_attention_breaks_it_and_back(page, attention) -> None:
    page.select_option("#attention", attention)
    break_by_search(page)
    page.select_option("#attention", "softmax")
    answer(page)


def break_by_search(tab) -> str:
    tab.click("#search")
    tab.locator("#said").filter(has_text=re.compile("found in|Nothing broke")).wait_for(timeout=PATIENCE)
    assert "found in" in tab.words("#said")
    assert tab.words("#judged") == "✗ wrong"
    assert tab.locator("#misread").count() == 1
    return tab.words("#said")


def test_the_smallest_instance_is_the_smallest(shown) -> None:
    """Of two bits all instances are tried, in order: two documents of zeros are the first that find themselves."""
    tab = shown(pf.problem("closest-pair", dim=2), max_n=8)
    tab.check("#self")
    assert break_by_search(tab).startswith("2 documents, found in")
    assert "all smaller ones were tried" in tab.words("#said")
    assert tab.evaluate("state.sets") == [[[0, 0], [0, 0]]]


def test_what_a_question_does_not_need_cannot_be_taken_away(shown) -> None:
    tab = shown(DECISION, paper=True)
    assert tab.locator("#no-index").is_disabled()
    assert tab.words("#paper") == "the paper's 3 ln 6 = 5.375"
    for switch in ("#no-start", "#self"):
        tab.check(switch)
        break_by_search(tab)
        tab.uncheck(switch)
        answer(tab)


@pytest.mark.parametrize("name", ["start", "b", "ties"])
def test_the_cards_show_what_they_say(page, name) -> None:
    page.dispatch_event(f'[data-show="{name}"]', "click")
    answer(page)
    page.dispatch_event(f'[data-without="{name}"]', "click")
    page.locator("#judged").filter(has_text="✗ wrong").wait_for(timeout=PATIENCE)
    page.dispatch_event("text=Put it back", "click")
    answer(page)


def test_the_cards_of_a_decision(shown) -> None:
    tab = shown(DECISION)
    tab.click('[data-show="start"]')
    assert answer(tab) == "no"
    tab.click('[data-show="ties"]')
    answer(tab)
    tab.click('[data-without="start"]')
    assert tab.words("#judged") == "✗ wrong"


@pytest.mark.parametrize("width", [390, 1280])
def test_nothing_is_wider_than_the_screen(page, width) -> None:
    page.set_viewport_size({"width": width, "height": 900})
    assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_everything_has_a_name(page) -> None:
    """Buttons, fields and pictures say what they are."""
    unnamed = page.evaluate(
        """() => [...document.querySelectorAll('button, input, select, textarea, svg[role=img]')]
            .filter((one) => !one.textContent.trim() && !one.getAttribute('aria-label') && !one.labels?.length)
            .map((one) => one.outerHTML)"""
    )
    assert unnamed == []


def test_the_grid_of_whole_numbers_takes_digits(shown) -> None:
    tab = shown(pf.problem("closest-pair", dim=4, metric="cityblock", levels=7))
    tab.focus('[data-key="bit 0 0"]')
    tab.keyboard.press("5")
    assert tab.evaluate("state.sets[0][0][0]") == 5
    for _ in range(3):
        tab.keyboard.press("Enter")
    assert tab.evaluate("state.sets[0][0][0]") == 0
    answer(tab)


def test_two_sets(shown) -> None:
    tab = shown(pf.problem("min-ip", dim=6, bichromatic=True))
    tab.click("text=Add a document to B")
    answer(tab)
    assert paste(tab, "111111\n\n000000\n111000") == ""
    assert answer(tab) == "pair (0, 0), value 0"
    assert paste(tab, "111111\n000000") == "There are two sets: leave an empty line between A and B."


def test_a_document_without_ones_has_no_similarity(shown) -> None:
    tab = shown(pf.problem("msd", dim=4), rows=([[1, 0, 0, 0], [1, 1, 0, 0], [0, 1, 1, 0]],))
    tab.click('[data-key="bit 0 0"]')
    told = "Document 0 has no ones, and similarity is not defined for it: click one of its bits."
    assert tab.words("#refusal") == told
    tab.click('[data-key="bit 0 1"]')
    assert answer(tab) == "pair (0, 1), value sqrt(1/2)"
