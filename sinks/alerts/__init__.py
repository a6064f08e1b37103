"""Alerts on their way to people: Alertmanager, webhooks, chat; at least once, with a stable id."""
