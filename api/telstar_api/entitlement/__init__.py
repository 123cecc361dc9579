"""Who may watch what: facts, the decision, its reasons and remedies."""
