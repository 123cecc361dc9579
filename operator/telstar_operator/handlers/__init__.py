"""Thin shells: gather what is, let the plan decide, carry it out."""
