"""Search by scanning: int8 codes read at memory speed, the best of them scored exactly."""

from likewise.scan.codes import Codes
from likewise.scan.search import dense_scores, search

__all__ = ["Codes", "dense_scores", "search"]
