"""Deciders, the ledger runtime and the Faust shell around them."""
