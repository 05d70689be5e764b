from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from types import ModuleType

import pytest


@pytest.fixture(scope="module")
def script() -> ModuleType:
    path = Path(__file__).parent.parent / "scripts" / "audit_dependencies.py"
    spec = importlib.util.spec_from_file_location("audit_dependencies", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module  # dataclasses look their module up
    spec.loader.exec_module(module)
    return module


def sound(name: str) -> dict[str, object]:
    return {"name": name, "version": "1.0", "vulns": []}


def unknown(name: str) -> dict[str, object]:
    return {"name": name, "skip_reason": "not found"}


def test_packages_that_were_checked_and_are_sound(script: ModuleType) -> None:
    audit = script.read_audit([sound(f"p{n}") for n in range(40)] + [unknown("likewise-local")])
    assert (audit.exit_code, audit.sentence()) == (0, "40 packages checked, no known weakness")


def test_a_known_weakness_is_named(script: ModuleType) -> None:
    weak = {"name": "pillow", "version": "9.0", "vulns": [{"id": "CVE-2023-50447"}]}
    audit = script.read_audit([sound("numpy"), weak])
    assert audit.exit_code == 1
    assert audit.sentence() == "1 package(s) have known weaknesses: pillow 9.0: CVE-2023-50447"


@pytest.mark.parametrize("checked", [0, 3])
def test_a_scan_that_checked_nearly_nothing_fails(script: ModuleType, checked: int) -> None:
    listed = [sound(f"p{n}") for n in range(checked)] + [unknown(f"q{n}") for n in range(9)]
    audit = script.read_audit(listed)
    assert audit.exit_code == 2
    assert f"only {checked} of {checked + 9} packages" in audit.sentence()


def test_a_scan_of_nothing_fails(script: ModuleType) -> None:
    assert script.read_audit([]).exit_code == 2
