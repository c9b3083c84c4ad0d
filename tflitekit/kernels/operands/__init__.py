"""Operands seen through the ops that only move elements, in a graph and in a block."""
