"""Training runs: settings, compiled programs, checkpoints, instruments along a run."""
