"""Visit reports: templates, visits, reports and their return (D10, D11, D12)."""
