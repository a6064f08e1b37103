"""Lineage (追溯): where goods came from and what became of them, across both ledgers."""
