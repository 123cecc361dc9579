"""How often somebody may try: delays that grow, shared by all replicas, and never a lock on an account."""
