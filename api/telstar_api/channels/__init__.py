"""Channels as the operator registers them and as viewers see them."""
