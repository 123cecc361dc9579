"""Reconciles Channels: keys, SimLive Deployments, registrations, status."""
