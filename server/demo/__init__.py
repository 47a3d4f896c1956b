"""The demo: real ERP files, seventeen devices, substitutions, a rule."""
