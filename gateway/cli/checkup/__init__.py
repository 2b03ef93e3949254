"""The doctor's checks: one subject a module, each a function from what is known of the site to verdicts.

Law: a check changes nothing (the contactor test excepted, which asks first), ends in time, and says what to do.
"""
