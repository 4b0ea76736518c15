"""What rules, value sets, claims and cases look like; loading and checking them."""
