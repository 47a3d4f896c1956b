"""Messages: daily and action infos, whom they are for, and what recipients have done with them
(D7, D8, D9).
"""
