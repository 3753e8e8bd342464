"""What is kept, and the address under which it is found again."""
