"""A decoder of `tools.transformers` that takes some tokens at a time and carries what it saw.

    python -m tools.decoder_step DECODER.keras -o STEP.keras [--tokens 1]

The model that is written has the decoder's weights. Its state begins with zeros, and each output
"next_X" is the input "X" of the next run:

- "position", int32 [1]: how many tokens were seen. With those that follow they must fit in the
  context.
- "keys1", "values1", ...: what each block's attention has of every token, float32
  [1, context, heads, depth].

    tflitekit convert STEP.keras --data SEQUENCES -o STEP.tflite \\
        --state position=next_position --state 'keys*=next_keys*' --state 'values*=next_values*'
"""

from __future__ import annotations

import argparse
import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import keras
from keras import layers, ops

from tools.transformers import MASKED, Size, dense_layers

_PARTS = ("query", "key", "value", "output")


def main() -> None:
    """Write one model."""
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")  # TensorFlow tells of absent GPUs
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("decoder", type=Path)
    parser.add_argument("-o", "--out", type=Path, required=True)
    parser.add_argument("--tokens", type=int, default=1, help="of one run (default 1)")
    options = parser.parse_args()
    step_of(keras.models.load_model(options.decoder), options.tokens).save(options.out)


def step_of(decoder: keras.Model, tokens: int) -> keras.Model:
    """A decoder of `transformers.decoder` as one that takes `tokens` at a time, of its weights."""
    words, places = (decoder.get_layer(name) for name in ("words", "places"))
    attentions = [one for one in decoder.layers if isinstance(one, layers.MultiHeadAttention)]
    size = Size(words.output_dim, len(attentions), attentions[0].num_heads)
    step = decoder_step(size, words.input_dim, places.input_dim, tokens)
    known = {layer.name: layer for layer in decoder.layers}
    for attention in attentions:
        block = attention.name.removesuffix("_attention")
        known |= {f"{block}_{part}": getattr(attention, f"{part}_dense") for part in _PARTS}
    for layer in step.layers:
        if layer.weights:
            layer.set_weights(known[layer.name].get_weights())
    return step


def decoder_step(size: Size, words: int, context: int, tokens: int) -> keras.Model:
    """A decoder that takes some tokens at a time, as the module tells.

    Args:
        size: of the decoder.
        words: how many different tokens there are.
        context: how many tokens a sequence has at most.
        tokens: of one run: 1 to generate, more to read what is there already.

    Returns:
        A model of batch 1, from "tokens", int32 [1, tokens], and the state, to "logits"
        [1, tokens, words] and the next state.
    """
    entries = keras.Input((tokens,), 1, dtype="int32", name="tokens")
    position = keras.Input((), 1, dtype="int32", name="position")
    places = position[:, None] + ops.arange(tokens, dtype="int32")
    table = layers.ReversibleEmbedding(words, size.width, name="words")
    values = table(entries) + layers.Embedding(context, size.width, name="places")(places)
    # A place is seen from itself and from those after it, so never where nothing was written yet.
    seen = ops.less_equal(ops.arange(context, dtype="int32"), places[0][:, None])
    cache = _Cache(context, position)
    for number in range(1, size.blocks + 1):
        values = _block(values, size, number, cache, seen)
    values = layers.LayerNormalization(epsilon=1e-5, name="norm")(values)
    inputs = {"tokens": entries, "position": position, **cache.inputs}
    outputs = {"logits": table(values, reverse=True), "next_position": position + tokens}
    return keras.Model(inputs, outputs | cache.outputs, name="decoder_step")


@dataclass
class _Cache:
    """What the attentions have of each token.

    Attributes:
        context: how many tokens there are at most.
        position: of the first new one.
        inputs: before the step, by name.
        outputs: after it, by name.
    """

    context: int
    position: Any
    inputs: dict[str, Any] = field(default_factory=dict)
    outputs: dict[str, Any] = field(default_factory=dict)

    def with_new(self, name: str, new: Any) -> Any:
        """All that is known with the step's own [1, tokens, heads, depth]."""
        entry = keras.Input((self.context, *new.shape[2:]), 1, dtype="float32", name=name)
        whole = ops.slice_update(entry, (0, self.position[0], 0, 0), new)
        self.inputs[name], self.outputs[f"next_{name}"] = entry, whole
        return whole


def _block(values: Any, size: Size, number: int, cache: _Cache, seen: Any) -> Any:
    name = f"block{number}"
    normed = layers.LayerNormalization(epsilon=1e-6, name=f"{name}_norm1")(values)
    query, key, value = (_heads(normed, size, f"{name}_{part}") for part in _PARTS[:3])
    keys = cache.with_new(f"keys{number}", key)
    mixed = _attended(query, keys, cache.with_new(f"values{number}", value), seen)
    joined = layers.EinsumDense(
        "bthd,hdw->btw", (None, size.width), bias_axes="w", name=f"{name}_output"
    )
    values = values + joined(mixed)
    normed = layers.LayerNormalization(epsilon=1e-6, name=f"{name}_norm2")(values)
    return values + dense_layers(normed, size.width, name)


def _heads(values: Any, size: Size, name: str) -> Any:
    shape = (None, size.heads, size.width // size.heads)
    return layers.EinsumDense("btw,whd->bthd", shape, bias_axes="hd", name=name)(values)


def _attended(query: Any, keys: Any, values: Any, seen: Any) -> Any:
    scores = ops.einsum("bqhd,bkhd->bhqk", query, keys) * query.shape[-1] ** -0.5
    weights = ops.softmax(ops.where(seen, scores, MASKED))
    return ops.einsum("bhqk,bkhd->bqhd", weights, values)


if __name__ == "__main__":
    main()
