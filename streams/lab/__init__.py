"""The policy lab: the supply decider run on files or on history, without servers, and what came of it in figures."""
