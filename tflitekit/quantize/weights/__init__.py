"""Precisions that make the weights smaller and leave the activations in float."""
