"""The smallest models of open_clip and transformers: random weights, but whole and as saved."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from tiny_clip import LENGTH, PHRASES, PIECES, write_pieces, write_tokenizer

SIDE = 32  # pixels of the images that all of them take

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
            if value.ndim > 1 and value.numel() > 1:
                value.mul_(0.2 / value.std() if "embedding" in name else 0.15 / value.std())


LAYER = {
    "hidden_size": 32,
    "intermediate_size": 64,
    "num_hidden_layers": 2,
    "num_attention_heads": 2,
}


def transformers_folder(folder: Path, kind: str = "clip", seed: int = 0) -> tuple[Any, Any]:
    """Save a model of random weights, its processor and its tokenizer, as transformers does.

    Args:
        folder: to be made.
        kind: "clip", "siglip", "siglip2" (of one fixed size), "chinese_clip", "dual_encoder"
            (CLIP's images and BERT's words), "dinov2", "dinov3" or "vit".
        seed: of the weights.

    Returns:
        The model and the processor.
    """
    import torch
    import transformers

    transformers.utils.logging.disable_progress_bar()
    torch.manual_seed(seed)
    text = {**LAYER, "vocab_size": 300, "max_position_embeddings": LENGTH}
    text |= {"bos_token_id": 2, "eos_token_id": 3, "pad_token_id": 0}
    vision = {**LAYER, "image_size": SIDE, "patch_size": 8}
    square = {"height": SIDE, "width": SIDE}
    edge = {"shortest_edge": SIDE + 4}
    model: Any
    if kind == "clip":
        config = transformers.CLIPConfig(text_config=text, vision_config=vision, projection_dim=24)
        model = transformers.CLIPModel(config)
        processor = transformers.CLIPImageProcessorPil(size=edge, crop_size=square)
    elif kind in ("siglip", "siglip2"):
        config = transformers.SiglipConfig(
            text_config={**text, "projection_size": 32}, vision_config=vision
        )
        model = transformers.SiglipModel(config)
        processor = transformers.SiglipImageProcessorPil(size=square, resample=2)
    elif kind in ("chinese_clip", "dual_encoder"):
        model = _with_bert(kind, {**text, "vocab_size": len(PIECES)}, vision)
        processor = transformers.CLIPImageProcessorPil(size=edge, crop_size=square)
    elif kind == "dinov2":
        model = transformers.Dinov2Model(transformers.Dinov2Config(**vision))
        processor = transformers.BitImageProcessorPil(size=edge, crop_size=square)
    elif kind == "dinov3":
        model = transformers.DINOv3ViTModel(transformers.DINOv3ViTConfig(**vision))
        processor = transformers.DINOv3ViTImageProcessor(size=square)
    else:
        model = transformers.ViTModel(transformers.ViTConfig(**vision))
        processor = transformers.ViTImageProcessorPil(size=square)
    roughen(model)
    model.eval().save_pretrained(folder)
    processor.save_pretrained(folder)
    if kind == "siglip":
        spelling(folder).save_pretrained(folder)
    elif kind in ("clip", "siglip2"):
        write_tokenizer(folder, kind)
        facts = {
            "pad_token": "</s>" if kind == "clip" else "<pad>",
            "model_max_length": LENGTH,
            "tokenizer_class": "PreTrainedTokenizerFast",
        }
        (folder / "tokenizer_config.json").write_text(json.dumps(facts))
    elif kind in ("chinese_clip", "dual_encoder"):
        pieces = str(write_pieces(folder))
        transformers.BertTokenizer(pieces, model_max_length=LENGTH).save_pretrained(folder)
    return model, processor


def _with_bert(kind: str, text: dict[str, Any], vision: dict[str, Any]) -> Any:
    """A model of images and words whose words go through BERT."""
    import transformers

    if kind == "chinese_clip":
        return transformers.ChineseCLIPModel(
            transformers.ChineseCLIPConfig(
                text_config=text, vision_config=vision, projection_dim=24
            )
        )
    return transformers.VisionTextDualEncoderModel(
        transformers.VisionTextDualEncoderConfig(
            vision_config=transformers.CLIPVisionConfig(**vision).to_dict(),
            text_config=transformers.BertConfig(**text).to_dict(),
            projection_dim=24,
        )
    )


def spelling(folder: Path) -> Any:
    """The first SigLIP's tokenizer, with a vocabulary that is trained on the spot."""
    import sentencepiece
    import transformers

    sentencepiece.SentencePieceTrainer.train(
        sentence_iterator=iter([phrase.lower() for phrase in PHRASES]),
        model_prefix=str(folder / "spiece"),
        vocab_size=60,
        hard_vocab_limit=False,
        pad_id=3,
        minloglevel=2,
    )
    return transformers.SiglipTokenizer(str(folder / "spiece.model"), model_max_length=LENGTH)
