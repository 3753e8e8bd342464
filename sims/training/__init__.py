"""What every training shares: a gradient step, its state, optimizers, and schedules."""
