"""What the demo puts into an empty database: accounts, products, a schedule."""
