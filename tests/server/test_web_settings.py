"""Settings in a real browser: a model fetched on request, another encoder, how reviews look."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from local_hub import LocalHub, local_hub
from playwright.sync_api import Page, expect
from tiny_clip import tiny_clip
from waiting import wait_until
from web_app import App, Open, ready, whole_page
from web_stage import at_rest

REPOSITORY = "onnx-community/siglip2-base-patch16-224-ONNX"


@pytest.fixture
def hub(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[LocalHub]:
    """A file server that stands for the hub, with a tiny model under a short name's address."""
    monkeypatch.setenv("LIKEWISE_MODELS", str(tmp_path / "models"))
    with local_hub() as hub:
        monkeypatch.setenv("HF_ENDPOINT", hub.address)
        hub.publish(REPOSITORY, tiny_clip(tmp_path / "export").folder, {"LICENSE": b"Use it."})
        yield hub


def settings(app: App, new_page: Open) -> Page:
    page = new_page(f"{app.address}/?concept=disc&view=settings")
    expect(page.get_by_role("heading", name="Settings")).to_be_visible()
    return page


def test_a_model_is_fetched_only_on_request_and_then_used(
    hub: LocalHub, app: App, new_page: Open
) -> None:
    page = settings(app, new_page)
    encoder = page.get_by_role("region", name="Encoder")
    expect(encoder).to_contain_text("efficientnet_lite0, 1,280 numbers an image")
    expect(encoder).to_contain_text("No other encoder is on this machine.")
    fetch = page.get_by_role("button", name="Fetch siglip2-base")
    fetch.click()
    dialog = page.get_by_role("dialog", name="Fetch siglip2-base?")
    expect(dialog).to_contain_text("Licence: Apache-2.0")
    dialog.get_by_role("button", name="Cancel").click()
    assert hub.requests == []
    page.get_by_role("button", name="Fetch mobileclip2-s0").click()
    research = page.get_by_role("dialog", name="Fetch mobileclip2-s0?")
    expect(research.get_by_role("button", name="Download")).to_be_disabled()
    research.get_by_role("button", name="Cancel").click()
    fetch.click()
    dialog.get_by_role("button", name="Download").click()
    expect(encoder).to_contain_text("✓ siglip2-base is on this machine")
    assert hub.requests != []
    asked = len(hub.requests)
    page.get_by_role("combobox", name="Another one on this machine").select_option(
        "onnx:siglip2-base"
    )
    page.get_by_role("button", name="What does it take?").click()
    plan = page.get_by_role("region", name="Move to siglip2-base")
    expect(plan).to_contain_text("120 of 120 images are encoded: about")
    expect(plan).to_contain_text("images a second, as measured here")
    assert app.get("/api/state")["workspace"]["encoder"] == "efficientnet_lite0"
    audit = Axe().run(page)
    assert audit.violations_count == 0, audit.generate_report()
    plan.get_by_role("button", name="Use siglip2-base").click()
    expect(encoder).to_contain_text("✓ The encoder is siglip2-base now: 120 encoded.")
    expect(encoder).to_contain_text("siglip2-base, 24 numbers an image")
    expect(encoder).to_contain_text("efficientnet_lite0 (")  # it holds vectors still
    assert app.get("/api/state")["workspace"]["encoder"] == "onnx:siglip2-base"
    assert len(hub.requests) == asked  # the move needs no network
    page.get_by_role("button", name="Review", exact=True).click()
    ready(page)
    page.keyboard.press("y")
    wait_until(lambda: len(app.answers()) == 2)


def test_a_move_is_stopped_and_goes_on(hub: LocalHub, app: App) -> None:
    def ended(what: str, body: dict[str, object], stop: bool = False) -> dict[str, object]:
        job = app.send(f"/api/encoders/{what}", body)["id"]
        if stop:
            app.send(f"/api/jobs/{job}", {}, "DELETE")
        wait_until(lambda: app.get(f"/api/jobs/{job}")["state"] != "running")
        found: dict[str, object] = app.get(f"/api/jobs/{job}")
        return found

    for name in ("onnx:siglip2-base", "onnx:/etc", "../x"):
        with pytest.raises(Exception, match="404"):
            app.send("/api/encoders/use", {"encoder": name})
    with pytest.raises(Exception, match="400"):
        app.send("/api/encoders/get", {"name": "mobileclip2-s0"})
    with pytest.raises(Exception, match="400"):
        app.send("/api/encoders/get", {"name": "somebody/else"})
    assert hub.requests == []
    assert ended("get", {"name": "siglip2-base"})["state"] == "done"
    stopped = ended("use", {"encoder": "onnx:siglip2-base"}, stop=True)
    if stopped["state"] == "cancelled":
        assert app.get("/api/state")["workspace"]["encoder"] == "efficientnet_lite0"
        stopped = ended("use", {"encoder": "onnx:siglip2-base"})
    result = stopped["result"]
    assert isinstance(result, dict)
    assert result["encoded"] + result["kept"] == 120
    assert {one["name"] for one in app.get("/api/encoders")["vectors"]} == {
        "onnx:siglip2-base",
        "efficientnet_lite0",
    }
    plan = ended("plan", {"encoder": "efficientnet_lite0"})["result"]
    assert isinstance(plan, dict)
    assert (plan["to_encode"], plan["ready"], plan["images_a_second"]) == (0, 120, None)


def test_reviews_look_as_they_are_set(app: App, new_page: Open) -> None:
    page = settings(app, new_page)
    page.get_by_role("spinbutton", name="Images on a page, at most").fill("12")
    page.keyboard.press("Enter")
    page.get_by_role("combobox", name="Order").select_option("unsure")
    page.get_by_role("combobox", name="The rule of “disc” aims at").select_option("0.95")
    wait_until(lambda: app.get("/api/concepts/disc").get("precision") == 0.95)
    audit = Axe().run(page)
    assert audit.violations_count == 0, audit.generate_report()
    page.get_by_role("button", name="Review", exact=True).click()
    ready(page)
    assert 1 <= len(whole_page(page)) <= 12
    page.reload()
    ready(page)
    assert 1 <= len(whole_page(page)) <= 12
    expect(page.get_by_role("button", name="Unsure")).to_have_attribute("aria-pressed", "true")
    page.get_by_role("button", name="Settings", exact=True).click()
    page.get_by_role("combobox", name="The rule of “disc” aims at").select_option("")
    wait_until(lambda: "precision" not in app.get("/api/concepts/disc"))
    page.set_viewport_size({"width": 390, "height": 700})
    at_rest(page, "main")
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_answers_given_during_a_move_are_kept(hub: LocalHub, app: App) -> None:
    def ended(what: str, body: dict[str, object]) -> bool:
        job = app.send(f"/api/encoders/{what}", body)["id"]
        while app.get(f"/api/jobs/{job}")["state"] == "running":
            said.append(f"disc/{1 + len(said) % 39:02d}.png")
            event = {"id": f"e{len(said)}", "item": said[-1], "verdict": "yes"}
            app.send("/api/concepts/disc/labels", {"events": [event]})  # any refusal is an error
        return bool(app.get(f"/api/jobs/{job}")["state"] == "done")

    said: list[str] = []
    assert ended("get", {"name": "siglip2-base"})
    for _ in range(2):  # there and back
        for name in ("onnx:siglip2-base", "efficientnet_lite0"):
            assert ended("use", {"encoder": name})
            assert app.get("/api/state")["workspace"]["encoder"] == name
    assert set(said) <= set(app.answers())
