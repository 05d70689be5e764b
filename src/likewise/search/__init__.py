"""Collections: ids, vectors and how they are found on the disk."""
