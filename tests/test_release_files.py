"""What stands beside the source: citation, issue templates, changelog, container."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import yaml

ROOT = Path(__file__).parent.parent
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]


def test_the_citation_is_of_this_version() -> None:
    cited = yaml.safe_load((ROOT / "CITATION.cff").read_text())
    assert {"cff-version", "message", "title", "authors"} <= set(cited)
    assert (cited["version"], cited["license"]) == (PROJECT["version"], PROJECT["license"])


def test_issue_templates_have_what_a_form_needs() -> None:
    for path in (ROOT / ".github" / "ISSUE_TEMPLATE").glob("*.yml"):
        form = yaml.safe_load(path.read_text())
        if path.name == "config.yml":
            continue
        assert {"name", "description", "body"} <= set(form), path
        ids = [part["id"] for part in form["body"] if part["type"] != "markdown"]
        assert ids
        assert len(ids) == len(set(ids)), path
        assert all(part["attributes"] for part in form["body"]), path


def test_the_changelog_begins_with_what_is_not_released() -> None:
    """In the form of Keep a Changelog; lines are added under the first of its heads."""
    text = (ROOT / "CHANGELOG.md").read_text()
    heads = re.findall(r"^#+ .+$", text, re.MULTILINE)
    assert heads[:2] == ["# Changelog", "## [Unreleased]"]
    kinds = {"Added", "Changed", "Deprecated", "Removed", "Fixed", "Security"}
    for head in heads[2:]:
        released = re.fullmatch(r"## \[\d+\.\d+\.\d+\] - \d{4}-\d\d-\d\d", head)
        assert released or head.removeprefix("### ") in kinds, head


def test_the_container_runs_as_somebody_who_is_not_root() -> None:
    text = re.sub(r"\\\n", " ", (ROOT / "Containerfile").read_text())
    lines = [line.split(maxsplit=1) for line in text.splitlines() if re.match(r"[A-Z]+ ", line)]
    users = [rest for word, rest in lines if word == "USER"]
    assert users
    assert users[-1] not in ("root", "0")
    assert f"--create-home {users[-1]}" in text
    assert ["VOLUME", "/work"] in lines
    copied = [rest.split()[:-1] for word, rest in lines if word == "COPY" and "--from" not in rest]
    assert copied
    assert all((ROOT / name).exists() for names in copied for name in names)
    python = next(rest for word, rest in lines if word == "ARG" and rest.startswith("PYTHON="))
    classifiers = [x.rpartition(" :: ")[2] for x in PROJECT["classifiers"]]
    assert python.partition("=")[2] in classifiers
