"""What happens in Disentangling direction and magnitude in transformer representations."""
