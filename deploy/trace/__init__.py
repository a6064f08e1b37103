"""What `baogong trace` finds and how it is shown."""
