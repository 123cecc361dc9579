"""What players report of themselves: state and errors, kept for a week, for diagnosis."""
