"""Normalizations however they are spelled: what a region of a graph divides by which root."""
