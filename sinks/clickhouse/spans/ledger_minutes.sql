SELECT
    stage, partition, toStartOfMinute(toDateTime(ifNull(at, timestamp), 'UTC')) AS minute,
    if(accepted, kind, 'fenced') AS what, event_kind, source_topic, rejection_code,
    count() AS records, sum(decision_count) AS decisions, sum(length(value)) AS bytes,
    max(ifNull(at, toDateTime64(timestamp, 6, 'UTC'))) AS last_at, max(offset) AS last_offset
FROM ledger_records FINAL
WHERE stage = {stage:String} AND partition = {partition:UInt32} AND offset >= {lo:UInt64} AND offset < {hi:UInt64}
GROUP BY stage, partition, minute, what, event_kind, source_topic, rejection_code
