"""The demo: real ERP files, seventeen devices, a substitution."""
