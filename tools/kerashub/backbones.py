"""KerasHub's transformers, small ones with random weights. Needs `pip install keras-hub`.

    python -m tools.kerashub.backbones FOLDER NAME

writes FOLDER/NAME.keras, and samples for it as FOLDER/calibrate.npz and FOLDER/held_out.npz.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

LENGTH, WORDS, FRAMES = 32, 500, 64
CALIBRATED, HELD_OUT = 24, 8

_SIZES = {"num_layers": 2, "hidden_dim": 64, "intermediate_dim": 128}
_HEADS = {"num_heads": 4}
_GROUPED = {"num_query_heads": 4, "num_key_value_heads": 2}
_SHORT = {"max_sequence_length": LENGTH}
_TEXT = {"vocabulary_size": WORDS, **_SIZES}
_GEMMA = {**_TEXT, **_GROUPED, "head_dim": 16}
_SLIDING = {"use_sliding_window_attention": True, "sliding_window_size": LENGTH // 2}
_NORMED_TWICE = {"use_post_ffw_norm": True, "use_post_attention_norm": True}
_PICTURE = {"image_shape": (32, 32, 3), "patch_size": 8, **_HEADS}

BACKBONES: Mapping[str, tuple[str, Mapping[str, Any]]] = {
    "ALBERT": ("AlbertBackbone", {**_TEXT, **_HEADS, **_SHORT, "embedding_dim": 32}),
    "BART": ("BartBackbone", {**_TEXT, **_HEADS, **_SHORT}),
    "BERT": ("BertBackbone", {**_TEXT, **_HEADS, **_SHORT}),
    "BLOOM": ("BloomBackbone", {**_TEXT, **_HEADS, **_SHORT}),
    "CLIP vision": (
        "CLIPVisionEncoder",
        {**_PICTURE, **_SIZES, "intermediate_activation": "quick_gelu"},
    ),
    "DeBERTa v3": ("DebertaV3Backbone", {**_TEXT, **_HEADS, **_SHORT, "bucket_size": 8}),
    "DeiT": ("DeiTBackbone", {**_PICTURE, **_SIZES}),
    "DistilBERT": ("DistilBertBackbone", {**_TEXT, **_HEADS, **_SHORT}),
    "ELECTRA": (
        "ElectraBackbone",
        {"vocab_size": WORDS, **_SIZES, **_HEADS, **_SHORT, "embedding_dim": 32},
    ),
    "Falcon": ("FalconBackbone", {**_TEXT, "num_attention_heads": 4}),
    "Gemma": ("GemmaBackbone", {**_GEMMA, "num_key_value_heads": 1}),
    "Gemma 2": (
        "GemmaBackbone",
        {
            **_GEMMA,
            **_NORMED_TWICE,
            **_SLIDING,
            "query_head_dim_normalize": False,
            "final_logit_soft_cap": 30.0,
            "attention_logit_soft_cap": 50.0,
        },
    ),
    "Gemma 3": (
        "Gemma3Backbone",
        {
            **_GEMMA,
            **_NORMED_TWICE,
            **_SLIDING,
            "use_query_key_norm": True,
            "image_size": 16,
            "vision_encoder": None,
        },
    ),
    "GPT-2": ("GPT2Backbone", {**_TEXT, **_HEADS, **_SHORT}),
    "GPT-NeoX": ("GPTNeoXBackbone", {**_TEXT, **_HEADS, **_SHORT}),
    "Llama": ("LlamaBackbone", {**_TEXT, **_GROUPED}),
    "Mistral": ("MistralBackbone", {**_TEXT, **_GROUPED, "sliding_window": LENGTH // 2}),
    "OPT": ("OPTBackbone", {**_TEXT, **_HEADS, **_SHORT}),
    "Phi-3": (
        "Phi3Backbone",
        {**_TEXT, **_GROUPED, **_SHORT, "pretraining_sequence_length": LENGTH},
    ),
    "Qwen 2": ("QwenBackbone", {**_TEXT, **_GROUPED}),
    "Qwen 3": ("Qwen3Backbone", {**_TEXT, **_GROUPED, "head_dim": 16}),
    "RoBERTa": ("RobertaBackbone", {**_TEXT, **_HEADS, **_SHORT}),
    "SigLIP vision": ("SigLIPVisionEncoder", {**_PICTURE, **_SIZES}),
    "T5": ("T5Backbone", {**_TEXT, **_HEADS, "key_value_dim": 16}),
    "ViT": (
        "ViTBackbone",
        {**_PICTURE, "num_layers": 2, "hidden_dim": 64, "mlp_dim": 128},
    ),
    "Whisper": (
        "WhisperBackbone",
        {
            **_TEXT,
            **_HEADS,
            "num_mels": 16,
            "max_encoder_sequence_length": FRAMES,
            "max_decoder_sequence_length": LENGTH,
        },
    ),
}
"""By the name that people know: KerasHub's class, and what it is made with."""


def build(name: str) -> Any:
    """The backbone; its weights are of the size that trained ones have."""
    import keras
    import keras_hub

    keras.utils.set_random_seed(1)
    kind, given = BACKBONES[name]
    model = getattr(keras_hub.models, kind)(**given)
    random = np.random.default_rng(0)
    for weights in model.trainable_weights:
        values, last = weights.numpy(), weights.path.rsplit("/", 1)[-1]
        if "embedding" in weights.path:
            weights.assign(random.normal(size=values.shape))
        elif last in ("gamma", "beta", "scale", "bias"):
            weights.assign(values + random.normal(scale=0.2, size=values.shape))
    return model


def open_shapes(model: Any) -> dict[str, tuple[int, ...]]:
    """The shape of each input, one sample, with a length for every open axis."""
    lengths = {"encoder_features": FRAMES}
    return {
        one.name: (1, *(lengths.get(one.name, LENGTH) if d is None else d for d in one.shape[1:]))
        for one in model.inputs
    }


def samples(model: Any, count: int, seed: int) -> dict[str, NDArray[Any]]:
    """Tokens, masks that end anywhere in the second half, and pictures or sounds."""
    random = np.random.default_rng(seed)
    shapes = {name: (count, *shape[1:]) for name, shape in open_shapes(model).items()}
    return {
        one.name: _values(one.name, one.dtype, shapes[one.name], random).astype(one.dtype)
        for one in model.inputs
    }


def _values(
    name: str, dtype: str, shape: tuple[int, ...], random: np.random.Generator
) -> NDArray[Any]:
    if "mask" in name:
        ends = random.integers(shape[1] // 2, shape[1], (shape[0], 1))
        return np.arange(shape[1]) < ends
    if "segment" in name:
        return np.zeros(shape)
    return random.integers(1, WORDS, shape) if "int" in dtype else random.normal(size=shape)


def main(folder: Path, name: str) -> None:
    """Write the model and its samples."""
    model = build(name)
    model.save(folder / f"{name}.keras")
    np.savez(folder / "calibrate.npz", **samples(model, CALIBRATED, 1))
    np.savez(folder / "held_out.npz", **samples(model, HELD_OUT, 2))
    shapes = [f"{key}={','.join(map(str, shape))}" for key, shape in open_shapes(model).items()]
    print("\n".join(shapes))


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2])
