"""Search by scanning: int8 codes read at memory speed, the best of them scored exactly."""
