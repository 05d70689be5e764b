"""The propagators, one file each."""
