"""Dashboards for Grafana's official ClickHouse plugin, made from the same questions that console and report ask."""
