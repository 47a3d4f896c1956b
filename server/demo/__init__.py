"""The demo: real ERP files, seventeen devices, substitutions, rules, lent customers."""
