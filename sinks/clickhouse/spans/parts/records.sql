-- The accepted records of the step, with when each became known.
-- include: times
,
records AS
(
    SELECT r.*, t.known_at AS known_at
    FROM ledger_records AS r FINAL
    INNER JOIN times AS t ON t.record = r.offset
    WHERE r.stage = {stage:String} AND r.partition = {partition:UInt32} AND r.accepted
        AND r.offset >= {lo:UInt64} AND r.offset < {hi:UInt64}
)
