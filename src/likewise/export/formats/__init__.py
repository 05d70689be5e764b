"""The dataset formats, one file each."""
