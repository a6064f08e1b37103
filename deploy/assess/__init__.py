"""Assessing a logger's file for people and programs: tables, JSON, a picture of the curve."""
