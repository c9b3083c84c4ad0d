"""Budgets: what is measured of a model, held to limits. Pure."""
