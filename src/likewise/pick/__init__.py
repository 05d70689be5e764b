"""Which images to show next: pickers, one a file, found by its name."""
