"""Who calls: client tokens (JWT) of the CDS Hooks standard, the keys that prove them, the clients that are known."""
