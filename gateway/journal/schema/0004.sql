-- What is known of the time: a session's story needs these facts, however far back the daemon's last start is.
CREATE INDEX fact_of_time ON fact (seq) WHERE kind IN ('gateway_started', 'time_learned');
