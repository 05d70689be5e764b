"""Several classes in one sitting: their answers, one model over them, one dataset out."""
