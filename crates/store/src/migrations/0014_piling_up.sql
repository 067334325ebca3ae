-- What piles up is not sorted at every claim: what is urgent has an index of its own.
CREATE INDEX jobs_urgent ON jobs (state, run_at) WHERE priority > 0;
