"""Representative data: what a model is calibrated with and judged by."""

from __future__ import annotations

from tflitekit.data.dataset import Dataset, open_dataset
from tflitekit.data.locate import dataset_names
from tflitekit.data.recipe import Split
from tflitekit.data.samples import Sample
from tflitekit.data.sampling import choose, choose_others

__all__ = ["Dataset", "Sample", "Split", "choose", "choose_others", "dataset_names", "open_dataset"]
