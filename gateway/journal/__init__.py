"""The journal: facts in order, and what follows from them for sessions, CDRs and the outbox, in one SQLite file.

Law: a fact counts once its transaction is fsynced, and is never changed afterwards.
"""
