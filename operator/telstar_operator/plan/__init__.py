"""Pure decisions: (channel, observed, now) → actions, status and next check. No kopf, no client."""
