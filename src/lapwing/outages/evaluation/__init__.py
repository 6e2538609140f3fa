"""How well the rule does on real and simulated records, measured on the path that runs live."""
