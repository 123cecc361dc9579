"""Clear Key licences."""
