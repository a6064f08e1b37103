"""The pages: each takes what is asked and gives HTML; `bare` is the part of it that moves."""
