"""Toy languages and tasks, and the models trained on them: every right answer is known exactly."""
