"""What is on when."""
