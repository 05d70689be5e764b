"""Maps: every image as a point in the plane, alike ones near one another."""
