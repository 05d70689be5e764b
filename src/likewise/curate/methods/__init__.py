"""The curators, one file each."""
