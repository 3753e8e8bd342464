"""Claims and how they are decided: kinds, decision rules, samples, verdicts."""
