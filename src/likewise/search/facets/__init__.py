"""What is known of the images besides their pictures, as lists and ranges to choose from."""
