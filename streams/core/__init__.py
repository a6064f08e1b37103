"""Pure deciders: no clock, no chance, no input or output, no Faust."""
