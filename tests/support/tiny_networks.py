"""Networks of timm with random weights, small enough to be trained in a test."""

from __future__ import annotations

from pathlib import Path


def save(folder: Path, architecture: str = "test_efficientnet", seed: int = 0) -> str:
    """A network in a folder, as timm saves it; answers the name that likewise takes."""
    import timm
    import torch

    torch.manual_seed(seed)
    model = timm.create_model(architecture, pretrained=False).eval()
    timm.models.save_for_hf(model, folder, safe_serialization=True)
    return f"timm/{folder}"
