"""The guards that `scripts/plant_faults.py` takes away are where it looks for them."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path

_SCRIPT = Path(__file__).parent.parent / "scripts" / "plant_faults.py"


def test_every_guard_and_its_tests_are_there() -> None:
    spec = importlib.util.spec_from_file_location("plant_faults", _SCRIPT)
    assert spec is not None
    assert spec.loader is not None
    script = importlib.util.module_from_spec(spec)
    sys.modules["plant_faults"] = script  # dataclasses look their module up
    spec.loader.exec_module(script)
    assert len(script.FAULTS) > 40
    for fault in script.FAULTS:
        source = (script.ROOT / script.SOURCE / fault.file).read_text()
        assert source.count(fault.line) == 1, fault.what
        for test in fault.tests:
            assert (script.ROOT / test.partition("::")[0]).exists(), fault.what
