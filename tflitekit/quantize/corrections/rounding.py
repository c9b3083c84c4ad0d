"""Round weights so that the outputs, not the weights, are closest: error feedback by column."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from tflitekit.graph.model import Model, Tensor
from tflitekit.quantize.corrections.moments import Moments
from tflitekit.quantize.corrections.products import Product, constant, product_of
from tflitekit.quantize.params import QuantParams
from tflitekit.quantize.planning.constants import WEIGHT_STEPS
from tflitekit.quantize.planning.plan import Plan

_DAMPING = 0.01
_BLOCK = 128

Matrix = NDArray[np.float64]


Rounded = dict[tuple[str, QuantParams], NDArray[np.int8]]
"""Integers that were chosen before, by the name of the product's output and their parameters."""


def round_weights(
    model: Model, plan: Plan, moments: Mapping[Tensor, Moments], known: Rounded | None = None
) -> int:
    """Choose the integers of weights by GPTQ (Frantar et al. 2023, algorithm 1).

    Args:
        model: the float model.
        plan: its planned integers; `values` gets those of the weights, within -127 and 127.
        moments: of the inputs of products, by the product's output (`collect_moments`).
        known: what earlier plans with the same weights and moments got; is added to.

    Returns:
        How many ops were changed.
    """
    changed, known = 0, {} if known is None else known
    for op in model.main.ops:
        product = product_of(op) if op in plan.ops else None
        seen = moments.get(op.outputs[0]) if product is not None else None
        if product is None or seen is None or product.weights not in plan.operands:
            continue
        key = op.outputs[0].name, plan.operands[product.weights]
        if key[1].dtype != "int8":
            continue
        if key not in known:
            known[key] = _rounded(product, plan, seen)
        plan.values[product.weights] = known[key]
        changed += 1
    return changed


def _rounded(product: Product, plan: Plan, seen: Moments) -> NDArray[np.int8]:
    params = plan.operands[product.weights]
    scales = np.asarray(params.scales, np.float32).astype(np.float64)
    weights = product.rows().reshape(product.out_channels, -1)
    in_steps = weights / np.broadcast_to(scales, product.out_channels)[:, None]
    nearest = product.rows(params.quantize(constant(product.weights))).reshape(weights.shape)
    steps = np.empty_like(weights)
    for rows, second in zip(
        np.split(np.arange(len(weights)), product.groups),
        seen.second(),
        strict=True,
    ):
        steps[rows] = round_rows(in_steps[rows], second, nearest[rows])
    return product.from_rows(steps).astype(np.int8)


def round_rows(weights: Matrix, second: NDArray[np.floating], nearest: Matrix) -> Matrix:
    """Integers q that make E[((q - w) x)^2] small, for each row w by itself.

    The result is never worse than `nearest` by that measure.

    Args:
        weights: [rows, columns], in steps.
        second: [columns, columns], the second moments E[x x^T] of the inputs.
        nearest: [rows, columns], the integers that are to be improved on.
    """
    order = np.argsort(-np.diag(second), kind="stable")
    inverse = np.argsort(order, kind="stable")
    rounded = _feed_back(weights[:, order], _factor(second[np.ix_(order, order)]))[:, inverse]
    better = _error(rounded - weights, second) < _error(nearest - weights, second)
    return np.where(better[:, None], rounded, nearest)


def _factor(second: NDArray[np.floating]) -> Matrix:
    """The upper triangular U with U^T U the inverse of the damped second moments."""
    from scipy.linalg import solve_triangular

    damped = second.astype(np.float64)
    diagonal = np.diag(damped)
    mean = diagonal.mean()
    # Inputs that were never seen other than 0: their weights are rounded by themselves.
    damped[np.diag_indices_from(damped)] += _DAMPING * (mean if mean > 0 else 1.0)
    # Of the matrix turned round, so that it is R R^T with R upper triangular, and U is R^-1.
    upper = np.linalg.cholesky(damped[::-1, ::-1])[::-1, ::-1]
    return np.asarray(solve_triangular(upper, np.eye(len(upper)), lower=False), np.float64)


def _feed_back(weights: Matrix, factor: Matrix) -> Matrix:
    """Round one column after the other, each error being spread over the columns to come.

    Columns behind a block hear of it once, so that most of the work is a product of matrices.
    """
    left, rounded = weights.copy(), np.empty_like(weights)
    columns = weights.shape[1]
    for start in range(0, columns, _BLOCK):
        end = min(start + _BLOCK, columns)
        errors = np.empty((len(weights), end - start))
        for column in range(start, end):
            rounded[:, column] = np.clip(np.rint(left[:, column]), -WEIGHT_STEPS, WEIGHT_STEPS)
            error = (left[:, column] - rounded[:, column]) / factor[column, column]
            left[:, column + 1 : end] -= np.outer(error, factor[column, column + 1 : end])
            errors[:, column - start] = error
        left[:, end:] -= errors @ factor[start:end, end:]
    return rounded


def _error(difference: Matrix, second: NDArray[np.floating]) -> Matrix:
    return np.asarray(((difference @ second) * difference).sum(axis=1), np.float64)
