"""Products, and who has which."""
