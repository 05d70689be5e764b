"""The review page in a real browser: keys, undo, pages, ranges, words, images, other tabs."""

from __future__ import annotations

import base64
import re
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Page, expect
from waiting import wait_until
from web_app import App, Open, focused, loaded, marks, on_screen, ready, saved, whole_page
from web_stage import until


def listed(page: Page) -> list[str]:
    return [item for item, _, _ in on_screen(page)]


def test_keys_mark_advance_and_undo_returns_the_focus(app: App, review: Page) -> None:
    first, second, third, fourth = listed(review)[:4]
    for key, item in [("y", first), ("n", second), (" ", third)]:
        assert focused(review) == item
        review.keyboard.press(key)
    assert focused(review) == fourth
    assert marks(review) == {first: "yes", second: "no", third: "skip"}
    saved(review)
    answers = app.answers()
    assert (answers[first], answers[second], answers[third]) == ("yes", "no", "unsure")
    for item in (third, second, first):
        review.keyboard.press("u")
        assert focused(review) == item
    assert marks(review) == {}
    saved(review)
    assert app.answers() == {"disc/00.png": "yes"}


def test_a_mark_shows_before_the_key_handler_returns(review: Page) -> None:
    first = focused(review)
    sign = review.evaluate(
        """(id) => {
            dispatchEvent(new KeyboardEvent('keydown', { key: 'y', code: 'KeyY', bubbles: true }));
            return document.querySelector(`[data-id="${id}"]`).className;
        }""",
        first,
    )
    assert "yes" in sign.split()


GATE = """() => {
    window.asked = [];
    const gate = new Promise((open) => (window.openGate = open));
    const real = window.fetch;
    window.fetch = async (path, init) => {
        if (init?.method === 'POST' && /[/](labels|ranking)([?]|$)/.test(path)) {
            asked.push(JSON.parse(init.body).events.length);
            await gate;
        }
        return real(path, init);
    };
}"""


def test_one_request_is_in_flight_and_later_marks_ride_along(app: App, review: Page) -> None:
    review.evaluate(GATE)
    for _ in range(6):
        review.keyboard.press("y")
    until(review, "document.querySelectorAll('#grid .lw-tile.yes').length === 6")
    assert review.evaluate("asked") == [1]  # five wait
    review.evaluate("openGate()")
    saved(review)
    assert review.evaluate("asked") == [1, 5]
    assert sum(verdict == "yes" for verdict in app.answers().values()) == 7


def test_one_request_saves_an_answer_and_brings_the_ranking(review: Page) -> None:
    asked: list[str] = []
    review.on("request", lambda sent: asked.append(f"{sent.method} {urlsplit(sent.url).path}"))
    review.evaluate(
        """() => new Promise((ranked) => {
            document.querySelector('#grid').addEventListener('review-ranked', ranked);
            dispatchEvent(new KeyboardEvent('keydown', { key: 'y', code: 'KeyY', bubbles: true }));
        }).then(() => 0)"""
    )
    sent = [one for one in asked if one.startswith("POST")]  # GETs of an earlier pause may be late
    assert sent == ["POST /api/concepts/disc/ranking"]


def test_a_held_key_marks_once_and_a_held_arrow_moves_on(review: Page) -> None:
    items = listed(review)
    review.keyboard.down("y")
    for _ in range(4):
        review.keyboard.down("y")  # repeats
    review.keyboard.up("y")
    assert list(marks(review)) == items[:1]
    for _ in range(3):
        review.keyboard.down("ArrowRight")
    review.keyboard.up("ArrowRight")
    assert focused(review) == items[4]


def test_text_fields_and_browser_chords_keep_their_keys(review: Page) -> None:
    review.keyboard.press("/")
    review.keyboard.type("yn0 b")
    assert review.locator("#words").input_value() == "yn0 b"
    assert marks(review) == {}
    review.keyboard.press("Escape")
    prevented = review.evaluate(
        "!dispatchEvent(new KeyboardEvent('keydown', { key: 'n', ctrlKey: true, "
        "cancelable: true }))"
    )
    assert not prevented
    assert marks(review) == {}


def test_what_is_on_the_screen_stays_and_the_tail_follows(app: App, new_page: Open) -> None:
    page = ready(new_page(f"{app.address}/?concept=disc", viewport={"width": 1280, "height": 420}))
    before = on_screen(page)
    for _ in range(3):
        page.keyboard.press("n")  # in the first row, so that the focus needs no scrolling
    saved(page)
    page.wait_for_timeout(1500)  # the whole ranking too
    assert on_screen(page) == before
    expect(page.locator(".bar small").first).to_have_text("119 images")
    known = set(listed(page))
    for _ in range(5):
        page.keyboard.press("PageDown")
    below = listed(page)
    assert not known & set(below)


def test_the_rest_of_a_page_is_one_action(app: App, new_page: Open) -> None:
    page = ready(new_page(f"{app.address}/?concept=disc", viewport={"width": 1280, "height": 500}))
    whole = sorted(whole_page(page))
    odd = focused(page)
    page.keyboard.press("n")
    page.keyboard.press("Shift+Y")
    saved(page)
    answers = app.answers()
    assert answers.pop(odd) == "no"
    answers.pop("disc/00.png")
    assert sorted([*answers, odd]) == whole
    assert set(answers.values()) == {"yes"}
    assert focused(page) not in whole
    page.keyboard.press("u")
    assert focused(page) in whole
    saved(page)
    assert app.answers() == {"disc/00.png": "yes", odd: "no"}
    loaded(page)
    page.keyboard.press("Shift+N")
    saved(page)
    assert sum(verdict == "no" for verdict in app.answers().values()) == len(whole)


def teach(app: App, yes: int = 8, no: int = 8) -> None:
    said = [(f"disc/{n:02d}.png", "yes") for n in range(1, yes)]
    said += [(f"square/{n:02d}.png", "no") for n in range(no // 2)]
    said += [(f"stripes/{n:02d}.png", "no") for n in range(no // 2)]
    events = [
        {"id": f"t{n}", "item": item, "verdict": verdict, "action": "taught"}
        for n, (item, verdict) in enumerate(said)
    ]
    app.send("/api/concepts/disc/labels", {"events": events})


def test_a_range_is_looked_at_then_accepted_then_undone(app: App, new_page: Open) -> None:
    teach(app)
    page = ready(new_page(f"{app.address}/?concept=disc"))
    page.get_by_role("button", name=re.compile("^Accept all")).click()
    dialog = page.get_by_role("dialog")
    looks = dialog.locator(".looks button")
    expect(looks.first).to_be_visible()
    assert looks.count() <= 36
    wrong = looks.first
    item = str(wrong.get_attribute("title"))
    wrong.click()
    expect(wrong).to_have_attribute("aria-pressed", "true")
    dialog.get_by_role("button", name="1 no, accept").click()
    expect(dialog).to_be_hidden()
    answers = app.get("/api/concepts/disc/labels")
    assert dict(answers["labels"])[item] == "no"
    assert len(answers["accepted"]) > 5
    # the list follows a moment after the dialog has closed
    wait_until(lambda: not set(answers["accepted"]) & set(listed(page)))
    page.keyboard.press("u")
    until(page, "/taken back/.test(document.querySelector('footer').textContent)")
    assert app.get("/api/concepts/disc/labels")["accepted"] == []
    wait_until(lambda: bool(set(answers["accepted"]) & set(listed(page))))  # keys wait for the list
    page.keyboard.press("u")  # and the one that was wrong
    wait_until(lambda: item not in app.answers())


def test_the_orders_and_the_honest_share_of_the_random_one(app: App, review: Page) -> None:
    alike = listed(review)
    for name in ("Unsure", "Varied", "Random"):
        review.get_by_role("button", name=name, exact=True).click()
        ready(review)
        assert f"order={name.lower()}" in review.url
    assert listed(review) != alike
    for _ in range(6):
        review.keyboard.press("y" if focused(review).startswith("disc") else "n")
    expect(review.get_by_text("of 6 random ones yes, 95 % interval")).to_be_visible()
    review.keyboard.press("o")
    ready(review)
    assert "order" not in review.url


def test_the_loupe_has_the_same_keys(app: App, review: Page) -> None:
    first, second = listed(review)[:2]
    review.keyboard.press("Enter")
    loupe = review.get_by_role("region", name="One at a time")
    expect(loupe).to_be_visible()
    expect(loupe.get_by_role("img")).to_have_attribute("alt", first)
    until(review, "document.querySelector('.loupe img').src.endsWith('/full')")
    review.keyboard.press("y")
    expect(loupe.get_by_role("img")).to_have_attribute("alt", second)
    review.keyboard.press("u")
    expect(loupe.get_by_role("img")).to_have_attribute("alt", first)
    review.keyboard.press("Escape")
    expect(loupe).to_be_hidden()
    saved(review)
    assert app.answers() == {"disc/00.png": "yes"}


GIVE = """([where, kind, bytes]) => {
    const data = new DataTransfer();
    const raw = Uint8Array.from(atob(bytes), (c) => c.charCodeAt(0));
    data.items.add(new File([raw], 'given.png', { type: 'image/png' }));
    const target = where ? document.querySelector(where) : window;
    const event = kind === 'paste'
        ? new ClipboardEvent('paste', { clipboardData: data, bubbles: true, cancelable: true })
        : new DragEvent('drop', { dataTransfer: data, bubbles: true, cancelable: true });
    target.dispatchEvent(event);
}"""


def test_images_are_dropped_and_pasted(app: App, review: Page, many: Path) -> None:
    def give(name: str, kind: str, where: str) -> None:
        raw = (many / "shapes" / name).read_bytes()
        review.evaluate(GIVE, [where, kind, base64.b64encode(raw).decode()])

    like = review.get_by_role("region", name="Looks like")
    give("disc/07.png", "paste", "")
    expect(like.locator(".part")).to_have_count(2)
    give("square/01.png", "drop", "section[aria-label='Not like']")
    expect(review.get_by_role("region", name="Not like").locator(".part")).to_have_count(1)
    concept = app.get("/api/concepts/disc")
    assert concept["examples"] == ["disc/00.png", "disc/07.png"]
    assert concept["counter_examples"] == ["square/01.png"]
    review.evaluate(GIVE, ["", "drop", base64.b64encode(b"no image").decode()])
    expect(review.get_by_role("alert").filter(has_text="image")).to_be_visible()


def test_results_go_to_the_baskets_by_key(app: App, review: Page) -> None:
    before = on_screen(review)
    first = focused(review)
    review.keyboard.press("b")
    like = review.get_by_role("region", name="Looks like")
    expect(like.locator(".part")).to_have_count(2)
    review.wait_for_timeout(300)
    assert on_screen(review) == before  # nothing moves
    review.keyboard.press("End")
    last = focused(review)
    review.keyboard.press("Shift+B")
    unlike = review.get_by_role("region", name="Not like")
    expect(unlike.locator(".part")).to_have_count(1)
    concept = app.get("/api/concepts/disc")
    assert (concept["examples"][-1], concept["counter_examples"]) == (first, [last])
    part = like.get_by_role("button", name=first)
    part.click()
    expect(like.get_by_text("the rule gives it")).to_be_visible()
    like.get_by_role("button", name="Switch off").click()
    expect(like.locator("li.off")).to_have_count(1)
    assert app.get("/api/concepts/disc")["weights"] == {first: 0}
    like.get_by_role("button", name="Take out").click()
    expect(like.locator(".part")).to_have_count(1)


def test_words_for_and_against_with_a_switch_each(app: App, review: Page) -> None:
    words = review.locator("#words")
    words.fill("traffic light, - envelope")
    words.press("Enter")
    chips = review.locator(".chips li")
    expect(chips).to_have_count(2)
    concept = app.get("/api/concepts/disc")
    assert (concept["hints"], concept["counter_hints"]) == (["traffic light"], ["envelope"])
    expect(chips.first.locator("small")).to_have_text(re.compile(r"-?\d\.\d\d"))
    review.get_by_role("button", name="use “traffic light”").click()
    expect(review.locator(".chips li.off")).to_have_count(1)
    assert app.get("/api/concepts/disc")["weights"] == {"traffic light": 0}
    review.get_by_role("button", name="remove “envelope”").click()
    expect(chips).to_have_count(1)
    words.fill("qwertzu")
    words.press("Enter")
    expect(review.get_by_role("alert").filter(has_text="qwertzu")).to_be_visible()
    expect(words).to_have_value("qwertzu")  # to be mended, not typed again


def test_a_concept_is_renamed_hidden_and_shown_again(app: App, review: Page) -> None:
    review.get_by_role("button", name="Rename disc").click()
    review.get_by_label("New name").fill("round thing")
    review.get_by_role("button", name="Rename it").click()
    chosen = review.get_by_role("combobox", name="Concept", exact=True)
    expect(chosen).to_have_value("round thing")
    review.get_by_role("button", name="Hide round thing").click()
    review.get_by_role("button", name="Hide it").click()
    expect(review.get_by_role("heading", name="New concept")).to_be_visible()
    review.get_by_label("Restore a hidden concept").select_option("round thing")
    expect(chosen).to_have_value("round thing")
    expect(review.get_by_label("Restore a hidden concept")).to_have_count(0)
    assert [one["name"] for one in app.get("/api/concepts")] == ["round thing"]


def test_the_threshold_moves_by_key_and_colours_the_histogram(app: App, new_page: Open) -> None:
    teach(app)
    page = ready(new_page(f"{app.address}/?concept=disc"))
    until(page, "document.querySelectorAll('.histogram i').length > 5")
    value = page.get_by_role("slider", name="Threshold")
    before = float(value.input_value())
    inside = page.locator(".histogram i.in").count()
    for _ in range(30):
        page.keyboard.press("]")
    assert float(value.input_value()) > before
    assert page.locator(".histogram i.in").count() < inside
    page.get_by_role("button", name="the rule’s own").click()
    assert float(value.input_value()) == pytest.approx(before, abs=0.02)


def test_the_estimate_the_rule_and_the_counts_are_shown(app: App, new_page: Open) -> None:
    teach(app)
    page = ready(new_page(f"{app.address}/?concept=disc"))
    page.keyboard.press("y")
    expect(page.get_by_text("in all")).to_be_visible()
    panel = page.get_by_role("region", name="Estimate")
    expect(panel).to_contain_text("95 %")
    expect(panel).to_contain_text("right above the threshold")
    expect(page.get_by_role("region", name="Rule")).to_contain_text("refitted in")
    answers = page.get_by_role("region", name="Answers")
    expect(answers).to_contain_text("9 yes")
    expect(answers).to_contain_text("8 no")
    answers.get_by_role("button", name="8 no").click()
    expect(page.get_by_text("Answered: no")).to_be_visible()
    assert len(listed(page)) == 8
    page.keyboard.press("Escape")
    ready(page)
    expect(page.get_by_text("Answered: no")).to_be_hidden()


def test_an_audit_narrows_the_estimate(app: App, new_page: Open) -> None:
    teach(app)
    page = ready(new_page(f"{app.address}/?concept=disc"))
    page.get_by_role("button", name="Check it with 40 random looks").click()
    expect(page.get_by_text("40 random looks: answer each")).to_be_visible()
    for _ in range(40):
        page.keyboard.press("y" if focused(page).startswith("disc") else "n")
    saved(page)
    report = app.get("/api/concepts/disc/report")
    assert report["looks"] == 40
    assert report["positives"]["low"] <= 40 <= report["positives"]["high"]


def test_a_reload_restores_the_view(app: App, review: Page) -> None:
    review.get_by_role("button", name="Unsure").click()
    field = review.get_by_role("searchbox")
    field.fill("folder = 'disc'")
    field.press("Enter")
    ready(review)
    review.locator("#grid").focus()
    review.keyboard.press("+")
    ready(review)
    before = on_screen(review)
    assert all(item.startswith("disc/") for item in listed(review))
    for part in ("project=shapes", "concept=disc", "order=unsure", "filter=", "size=172"):
        assert part in review.url
    review.reload()
    ready(review)
    assert sorted(item for item, _, _ in on_screen(review)) == sorted(i for i, _, _ in before)
    assert review.get_by_role("button", name="Unsure").get_attribute("aria-pressed") == "true"
    assert review.get_by_role("searchbox").input_value() == "folder = 'disc'"


def test_two_tabs_are_in_step(app: App, review: Page, new_page: Open) -> None:
    other = ready(new_page(f"{app.address}/?concept=disc"))
    item = focused(review)
    review.keyboard.press("y")
    until(other, f"document.querySelector('[data-id=\"{item}\"]')?.classList.contains('yes')")
    expect(other.get_by_role("region", name="Answers")).to_contain_text("2 yes")
    last = listed(other)[-1]
    other.locator(f'[data-id="{last}"]').click()
    other.keyboard.press("n")
    until(review, f"document.querySelector('[data-id=\"{last}\"]')?.classList.contains('no')")
    review.keyboard.press("u")
    until(other, f"!document.querySelector('[data-id=\"{item}\"]')?.classList.contains('yes')")


def test_several_concepts_are_switched_between(app: App, review: Page) -> None:
    review.keyboard.press("y")
    saved(review)
    review.get_by_role("button", name="New", exact=True).click()
    expect(review.get_by_role("heading", name="What are you looking for?")).to_be_visible()
    ready(review)
    while not focused(review).startswith("square"):
        review.keyboard.press("ArrowRight")
    review.keyboard.press("b")  # an example makes a concept
    expect(review.get_by_role("combobox", name="Concept").locator("option")).to_have_count(2)
    ready(review)
    assert marks(review) == {}
    review.get_by_role("combobox", name="Concept").select_option("disc")
    expect(review.get_by_role("region", name="Answers")).to_contain_text("2 yes")
    review.go_back()
    until(review, "new URLSearchParams(location.search).get('concept') !== 'disc'")


def test_more_like_this(review: Page) -> None:
    while not focused(review).startswith("square"):
        review.keyboard.press("ArrowRight")
    review.keyboard.press("s")
    expect(review.get_by_text("More like square")).to_be_visible()
    assert all(item.startswith("square") for item in listed(review)[:6])
    review.keyboard.press("Escape")
    expect(review.get_by_role("button", name="Most alike")).to_be_visible()


def test_no_result_says_which_filter(app: App, new_page: Open) -> None:
    page = new_page(f"{app.address}/?concept=disc&filter=width+>+9999")
    expect(page.get_by_text("No image passes the filter width > 9999")).to_be_visible()
    page.get_by_role("button", name="Clear the filter").click()
    ready(page)
    field = page.get_by_role("searchbox")
    field.fill("wdith > 3")
    field.press("Enter")
    expect(page.locator(".empty").filter(has_text="wdith")).to_be_visible()


def test_a_broken_image_can_be_marked(app: App, new_page: Open) -> None:
    page = new_page("about:blank")
    page.route("**/thumb/**", lambda route: route.fulfill(status=404))
    page.goto(f"{app.address}/?concept=disc")
    until(page, "document.querySelectorAll('#grid .lw-tile.broken').length > 3")
    item = focused(page)
    page.keyboard.press("n")
    saved(page)
    assert app.answers()[item] == "no"


def test_keys_can_be_changed(review: Page) -> None:
    review.keyboard.press("?")
    dialog = review.get_by_role("dialog")
    expect(dialog).to_be_visible()
    dialog.get_by_role("button", name="Change the key of “yes, next”").click()
    review.keyboard.press("j")
    expect(dialog.get_by_role("button", name="Change the key of “yes, next”")).to_contain_text("J")
    dialog.get_by_role("button", name="Close", exact=True).click()
    expect(review.locator("footer")).to_contain_text("J")
    review.locator("#grid").focus()
    item = focused(review)
    review.keyboard.press("j")
    assert marks(review) == {item: "yes"}
