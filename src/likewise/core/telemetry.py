"""Telemetry of the libraries that likewise uses, switched off before they are imported."""

from __future__ import annotations

import os
import sys

_SWITCHES = {
    "ORT_DISABLE_TELEMETRY": "1",  # onnxruntime since 1.32: a device id and events in the cache
    "HF_HUB_DISABLE_TELEMETRY": "1",  # huggingface-hub, transformers, timm, datasets
    "RAY_USAGE_STATS_ENABLED": "0",
    "DO_NOT_TRACK": "1",  # what other libraries agree on, https://donottrack.sh
}


def switch_off_telemetry() -> None:
    """Switch off the telemetry of libraries, in this process and in those that it starts."""
    os.environ.update(_SWITCHES)
    if "onnxruntime" in sys.modules:  # imported before likewise, and so before the switch
        sys.modules["onnxruntime"].disable_telemetry_events()
