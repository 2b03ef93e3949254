"""What is known of others, and what they may see: peers, their tokens, and the objects that they pull.

Reference data, not facts: rows are replaced by newer ones. Nothing is billed from here: a session's fact carries the
whole token as it was at the start, and every object here can be had from the journal, the config or the peer again.
So a Session goes once the journal has archived it.
"""
