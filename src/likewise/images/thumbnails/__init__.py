"""Small pictures of every image: how they are made, and the file that keeps them."""

from likewise.images.thumbnails.make import LONGEST, make_thumbnail
from likewise.images.thumbnails.pack import ThumbnailPack

__all__ = ["LONGEST", "ThumbnailPack", "make_thumbnail"]
