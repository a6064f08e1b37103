"""The commands of `baogong`, one module a verb; deploy/cli.py puts them together."""
