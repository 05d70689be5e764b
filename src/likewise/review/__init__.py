"""The review loop: show, answer, learn again, show better; and say how many are left."""
