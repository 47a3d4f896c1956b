"""Master data: people, customers and markets, contacts, appointments, notes, articles,
catalogues.
"""
