"""Documents: catalogues, price lists and others to the right devices; signed forms back."""
