-- Seconds from a message in Kafka to its record, by time and ledger.
SELECT
    toStartOfInterval(assumeNotNull(recorded_at), toIntervalSecond({step_s:UInt32})) AS time,
    stage,
    round(quantile(0.5)(delay), 3) AS median_s,
    round(quantile(0.99)(delay), 3) AS p99_s
FROM
(
    SELECT stage, recorded_at, dateDiff('millisecond', source_timestamp, recorded_at) / 1000 AS delay
    FROM ledger_records
    WHERE accepted AND source_topic != ''
        AND recorded_at > {since:DateTime64(6, 'UTC')} AND recorded_at <= {as_of:DateTime64(6, 'UTC')}
)
GROUP BY time, stage
ORDER BY time, stage
