"""Parental control: up to which age an account shows things freely, and the PIN that shows the rest."""

from telstar_api.parental.service import pin_matches

__all__ = ["pin_matches"]
