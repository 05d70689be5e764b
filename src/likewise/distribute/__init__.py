"""Indexing by many machines: shards of images to workers, fragments back, one commit."""
