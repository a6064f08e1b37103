-- Records accepted by time and ledger; those refused, and those that came from nobody's worker.
SELECT
    toStartOfInterval(written_at, toIntervalSecond({step_s:UInt32})) AS time,
    stage,
    countIf(accepted) AS accepted_records,
    countIf(accepted AND kind = 'rejected') AS refused,
    countIf(NOT accepted) AS fenced
FROM (SELECT stage, accepted, kind, ifNull(recorded_at, timestamp) AS written_at FROM ledger_records FINAL)
WHERE written_at > {since:DateTime64(6, 'UTC')} AND written_at <= {as_of:DateTime64(6, 'UTC')}
GROUP BY time, stage
ORDER BY time, stage
