"""What is read from image files and drawn into them."""
