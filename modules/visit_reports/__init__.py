"""Visit reports: questionnaires that the office publishes, and what reps answer at their visits
(D10, D11, D12).
"""
