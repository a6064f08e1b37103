"""Where data leaves."""
