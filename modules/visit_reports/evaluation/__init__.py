"""What came back, evaluated: tables of all answers, and figures of each question."""
