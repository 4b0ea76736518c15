"""What people look at: review, rulebook, demo and feedback, from what was evaluated to HTML. Serves nothing itself."""
