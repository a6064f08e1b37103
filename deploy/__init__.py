"""How baogong is put on machines; cli.py is the composition root."""
