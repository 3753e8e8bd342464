"""What one would otherwise write, in PyTorch."""
