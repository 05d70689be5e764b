"""The smallest models of open_clip and transformers: random weights, but whole and as saved."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

SIDE = 32

CLIP: dict[str, Any] = {
    "embed_dim": 24,
    "vision_cfg": {"image_size": SIDE, "layers": 2, "width": 64, "head_width": 32, "patch_size": 8},
    "text_cfg": {"context_length": 20, "vocab_size": 49408, "width": 32, "heads": 2, "layers": 2},
}
"""An architecture of open_clip."""

SIGLIP: dict[str, Any] = {
    **CLIP,
    "init_logit_bias": -10,
    "custom_text": True,
    "text_cfg": {
        **CLIP["text_cfg"],
        "tokenizer_kwargs": {"clean": "canonicalize"},
        "no_causal_mask": True,
        "pool_type": "last",
    },
}
"""The same as SigLIP has it: a bias, and words without capitals or punctuation."""


def open_clip_folder(folder: Path, kind: str = "clip", seed: int = 0) -> Any:
    """Save a model of random weights as open_clip does; answers the model."""
    import open_clip
    import torch
    from open_clip.push_to_hf_hub import save_config_for_hf
    from safetensors.torch import save_file

    settings = CLIP if kind == "clip" else SIGLIP
    folder.mkdir(parents=True)
    config = folder / f"tiny-{kind}.json"
    config.write_text(json.dumps(settings))
    open_clip.add_model_config(config)
    torch.manual_seed(seed)
    squashed = {"interpolation": "bilinear", "resize_mode": "squash"}
    pixels = {"mean": [0.5] * 3, "std": [0.5] * 3, **squashed} if kind == "siglip" else {}
    model = open_clip.create_model(config.stem, force_preprocess_cfg=pixels).eval()
    roughen(model)
    config.unlink()
    save_file(model.state_dict(), folder / "open_clip_model.safetensors")
    save_config_for_hf(model, folder / "open_clip_config.json", settings)
    return model


def roughen(model: Any) -> None:
    """Larger weights than those that a training begins with, so that what goes in matters."""
    import torch

    with torch.no_grad():
        for name, value in model.named_parameters():
            if value.ndim > 1:
                value.mul_(0.2 / value.std() if "embedding" in name else 0.15 / value.std())
