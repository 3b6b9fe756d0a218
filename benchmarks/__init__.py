"""Benchmarks, as tables of ratios: `python -m benchmarks [--quick] [topic ...]`, from the root."""

import os
import sys
from pathlib import Path

os.environ.setdefault("OMP_NUM_THREADS", "1")
ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT / "workflow"))
