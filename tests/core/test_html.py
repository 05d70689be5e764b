"""Text that could be markup stays text, and a page is one file."""

from __future__ import annotations

import base64
import io
from html.parser import HTMLParser

import pytest
from PIL import Image

from likewise.core import html

HOSTILE = "</title></style><script>alert(1)</script><img src=x onerror=alert(2)>\"'&"


class Parsed(HTMLParser):
    """The tags of a page with their attributes, and the text between them."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.text += data


def test_a_title_is_only_text() -> None:
    parsed = Parsed(html.page(HOSTILE, "<h1>body</h1>", "p { color: red }"))
    assert [tag for tag, _ in parsed.tags] == [
        "html", "head", "meta", "meta", "title", "style", "body", "h1",
    ]  # fmt: skip
    assert HOSTILE in parsed.text


def test_a_page_has_its_style_letter_for_letter() -> None:
    assert "<style>a > b {}</style>" in html.page("t", "", "a > b {}")
    assert "<style>" not in html.page("t", "")


@pytest.mark.parametrize("named", [False, True])
def test_cells_are_only_text(named: bool) -> None:
    parsed = Parsed(html.table([[HOSTILE, HOSTILE]], [HOSTILE, "b"], named=named))
    first = "th" if named else "td"
    assert [tag for tag, _ in parsed.tags] == [
        "table", "thead", "tr", "th", "th", "tbody", "tr", first, "td",
    ]  # fmt: skip
    assert parsed.text == HOSTILE + "b" + HOSTILE + HOSTILE


def test_a_picture_is_named_and_holds_its_pixels() -> None:
    image = Image.new("RGB", (3, 2), (255, 0, 0))
    ((tag, attributes),) = Parsed(
        html.picture(HOSTILE, html.image_uri(image, "png"), title=HOSTILE)
    ).tags
    assert (tag, attributes["alt"], attributes["title"]) == ("img", HOSTILE, HOSTILE)
    head, _, data = (attributes["src"] or "").partition(",")
    assert head == "data:image/png;base64"
    with Image.open(io.BytesIO(base64.b64decode(data))) as read:
        assert (read.size, read.getpixel((0, 0))) == ((3, 2), (255, 0, 0))
