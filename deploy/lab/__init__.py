"""What the policy lab shows."""
