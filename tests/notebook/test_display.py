"""What notebooks show without widgets: pictures where a workspace has them, tables elsewhere."""

from __future__ import annotations

import re
import subprocess
import sys
from html.parser import HTMLParser
from typing import Any

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from likewise.classify.fewshot import gather_workspace, train_classifier
from likewise.concepts.labelling import fill_basket, record_labels
from likewise.core.classifier import Classifier
from likewise.core.concept import Concept
from likewise.core.ranking import Ranking
from likewise.core.rule import Rule
from likewise.core.selection import Selection
from likewise.core.space import plain_space
from likewise.core.vectors import Scores
from likewise.notebook.display import html_of
from likewise.rules.learn import learn_concept
from likewise.workspace import Workspace

HOSTILE = "<script>alert(1)</script><img src=x onerror=alert(2)>\"'&.png"


def numbers(*values: float) -> Scores:
    return np.array(values, np.float32)


class _Tags(HTMLParser):
    """The tags of a text with their attributes, and its plain text."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, Any]]] = []
        self.text = ""
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.text += data


def shown(record: Any) -> _Tags:
    found = _Tags(html_of(record))
    allowed = {"p", "b", "div", "span", "img", "table", "thead", "tbody", "tr", "th", "td", "wbr"}
    assert {tag for tag, _ in found.tags} <= allowed
    for tag, attributes in found.tags:
        assert not [name for name in attributes if name.startswith("on")]
        if tag == "img":
            assert attributes["src"].startswith("data:image/jpeg;base64,")
    return found


def images(record: Any) -> list[str]:
    return [attributes["alt"] for tag, attributes in shown(record).tags if tag == "img"]


def teach(workspace: Workspace) -> Rule:
    fill_basket(workspace, "disc", like=["disc/00.png"], new=True)
    fill_basket(workspace, "square", like=["square/00.png", "square/01.png"], new=True)
    said = [(f"disc/{n:02d}.png", "yes") for n in range(1, 6)]
    said += [(f"stripes/{n:02d}.png", "no") for n in range(6)]
    record_labels(workspace, "disc", said)
    return learn_concept(workspace, "disc", "contrast")[0]


def test_an_open_workspace_gives_pictures(workspace: Workspace) -> None:
    rule = teach(workspace)
    hits = workspace.collection.search(rule, k=24)
    assert images(hits) == list(hits.ids[:20])
    assert "and 4 more" in shown(hits).text
    assert re.search(r"0\.\d{3} \(\d+ %\) disc/", shown(hits).text)
    concept = workspace.concepts.get("disc")
    assert images(concept) == ["disc/00.png"]
    assert set(images(rule)) == {*rule.provenance["examples"], *rule.provenance["counter_examples"]}
    chosen = Selection(("disc/00.png",), ("disc/01.png",), ("copy of",), ("disc/00.png",),
                       numbers(0.9), method="near_duplicates")  # fmt: skip
    assert images(chosen) == ["disc/00.png", "disc/01.png"]
    assert "copy of disc/00.png" in shown(chosen).text
    classifier = train_classifier(gather_workspace(workspace, ("disc", "square")), "class_means")
    assert {"disc/00.png", "square/01.png"} <= set(images(classifier))
    assert "accuracy" in shown(classifier).text


def test_without_a_workspace_there_are_tables() -> None:
    hits = Ranking(("a", "b"), numbers(0.9, 0.1), searched=7)
    assert images(hits) == []
    assert "the best of 7" in shown(hits).text
    assert "0.900" in shown(hits).text
    assert images(Concept("barn", ("a.jpg",), hints=("red barn",))) == []
    assert "a.jpg" in shown(Concept("barn", ("a.jpg",))).text
    rule = Rule("mean", plain_space("demo", 2), np.eye(2, dtype=np.float32)[:1])
    assert "no probabilities yet" in shown(rule).text
    rows = np.eye(2, dtype=np.float32)
    demo = Classifier("demo", plain_space("demo", 2), ("cat", "dog"), rows, np.arange(2))
    assert "cat" in shown(demo).text
    assert "0 items" in shown(Ranking((), np.empty(0, np.float32))).text


@given(st.text(min_size=1) | st.just(HOSTILE))
def test_names_are_only_ever_text(name: str) -> None:
    hits = Ranking((name,), numbers(0.5))
    assert shown(hits).text.count(_plain(name)) >= 1
    none = np.empty(0, np.float32)
    assert _plain(name) in shown(Selection((), (name,), (name,), ("",), numbers(1))).text
    shown(Selection((name,), (), (), (), none, parts=(name,), method=name))
    shown(Concept("x", (name,), hints=(name,)))


def _plain(name: str) -> str:
    """As an HTML parser hands text back."""
    return _Tags(name.replace("&", "&amp;").replace("<", "&lt;")).text


_IN_IPYTHON = """
import sys
from IPython.core.interactiveshell import InteractiveShell
shell = InteractiveShell.instance()
shell.run_cell("from likewise import Concept, Evidence").raise_error()
assert "likewise.notebook.display" not in sys.modules
for text in ("Concept('barn', ('a.jpg',))", "Evidence"):
    data, _ = shell.display_formatter.format(shell.run_cell(text).result)
    print(sorted(data), "<b>barn</b>" in data.get("text/html", ""))
"""


def test_ipython_shows_records_as_html() -> None:
    code = [sys.executable, "-c", _IN_IPYTHON]
    ran = subprocess.run(code, capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stderr
    assert "['text/html', 'text/plain'] True\n" in ran.stdout
    assert ran.stdout.endswith("['text/plain'] False\n")


def test_elsewhere_nothing_is_registered() -> None:
    code = "import sys, likewise; print(sorted(x for x in sys.modules if 'notebook' in x))"
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert ran.stdout == "[]\n"
