"""Which Python objects stand for a missing value, whatever else stands beside them."""

from __future__ import annotations

import decimal

import numpy as np
import pandas as pd

__all__ = ["is_signal", "missing_in"]


def missing_in(values: np.ndarray) -> np.ndarray:
    """Tell which objects are missing, shape (n,).

    A signalling NaN is none of them: it cannot even be looked at without an error.
    """
    try:
        return np.asarray(pd.isna(values), dtype=bool)
    except decimal.InvalidOperation:
        cells = values.copy()
        cells[[is_signal(one) for one in values]] = 0
        return np.asarray(pd.isna(cells), dtype=bool)


def is_signal(value: object) -> bool:
    """Tell a decimal that is a signalling NaN."""
    return isinstance(value, decimal.Decimal) and value.is_snan()
