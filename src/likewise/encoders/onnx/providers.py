"""Which part of onnxruntime runs a model here: a device, and what was measured to be fastest."""

from __future__ import annotations

import json
import os
import socket
from typing import Any

from likewise.core.files import new_file
from likewise.encoders._model_places import models_folder
from likewise.errors import BadInputError

PROVIDERS = {
    "cpu": "CPUExecutionProvider",
    "cuda": "CUDAExecutionProvider",
    "openvino": "OpenVINOExecutionProvider",
    "coreml": "CoreMLExecutionProvider",
    "directml": "DmlExecutionProvider",
}
"""Names that $LIKEWISE_DEVICE takes, and what onnxruntime calls them."""

FILE = "providers.json"
"""In the folder of models: what was measured to be the fastest for each model and machine."""

_LARGEST = 1 << 20  # bytes


def available_providers() -> list[str]:
    """The providers that the installed onnxruntime has, "cpu" first."""
    import onnxruntime

    available = onnxruntime.get_available_providers()
    return [name for name, full in PROVIDERS.items() if full in available]


def provider_for(digest: str) -> str:
    """The provider that a model is run by.

    $LIKEWISE_DEVICE, else the one that was measured to be the fastest on this machine, else CUDA
    where it is available, else the processor.

    Args:
        digest: of the model's graphs.

    Raises:
        BadInputError: $LIKEWISE_DEVICE names none, or one that is not available.
    """
    requested = os.environ.get("LIKEWISE_DEVICE", "auto")
    if requested not in ("auto", *PROVIDERS):
        choice = ", ".join(PROVIDERS)
        raise BadInputError(f"LIKEWISE_DEVICE is '{requested}'; auto or one of {choice} is wanted")
    available = available_providers()
    if requested != "auto":
        if requested not in available:
            instead = "-gpu" if requested == "cuda" else f"-{requested}"
            raise BadInputError(
                f"LIKEWISE_DEVICE asks for {requested} and this onnxruntime has none; install "
                f"onnxruntime{instead} in place of onnxruntime, or set it to cpu"
            )
        return requested
    fastest = _read().get(_key(digest))
    if fastest in available:
        return str(fastest)
    return "cuda" if "cuda" in available else "cpu"


def remember_provider(digest: str, name: str) -> None:
    """Run a model by this provider on this machine from now on.

    Args:
        digest: of the model's graphs.
        name: of the provider.
    """
    models_folder().mkdir(parents=True, exist_ok=True)
    found = {**_read(), _key(digest): name}
    with new_file(models_folder() / FILE) as part:
        part.write_text(json.dumps(found, indent=2) + "\n", encoding="utf-8")


def _key(digest: str) -> str:
    """The model, the machine and the version: another one has to be measured anew."""
    import onnxruntime

    return f"{digest[:16]} {socket.gethostname()} {onnxruntime.__version__}"


def _read() -> dict[str, Any]:
    """What is remembered; nothing where the file cannot be read, for it can be measured again."""
    file = models_folder() / FILE
    try:
        if file.stat().st_size > _LARGEST:
            return {}
        found = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}
