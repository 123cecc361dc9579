"""Content keys, wrapped at rest."""
