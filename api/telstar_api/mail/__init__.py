"""Mail: a port with two adapters, SMTP and the demo's outbox. What mails say is never logged."""
