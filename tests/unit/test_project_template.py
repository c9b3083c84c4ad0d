"""The first settings of a model are valid, and so is everything in them that is commented out."""

import os
import re
from pathlib import Path, PurePosixPath

import numpy as np
import pytest

from tests.fakes.models import ModelBuilder
