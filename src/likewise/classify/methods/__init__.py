"""The methods for several classes, one file each."""
