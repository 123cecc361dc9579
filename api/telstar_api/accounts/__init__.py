"""Getting an account, and its password: registration, change and reset."""
