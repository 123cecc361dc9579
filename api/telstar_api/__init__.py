"""Accounts, entitlement, manifests, licences and schedule over HTTP."""
