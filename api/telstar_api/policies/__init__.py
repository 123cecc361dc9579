"""What staff say of channels and programmes: rights on or off, where, for which age; maintenance."""
