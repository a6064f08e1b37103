WITH
-- include: records
SELECT {stage:String} AS stage, {partition:UInt32} AS partition, area, source, toUInt32(late) AS late_s, known_at, offset, idx
FROM
(
    SELECT JSONExtractString(value, 'event', 'area') AS area, JSONExtractString(value, 'event', 'source') AS source,
        dateDiff('second', occurred_at, at) AS late, known_at, offset, toUInt32(0) AS idx
    FROM records
    WHERE {stage:String} = 'supply' AND kind = 'decided' AND dateDiff('second', occurred_at, at) > 3600
    UNION ALL
    SELECT '', JSONExtractString(body, 'fact', 'source') AS source, dateDiff('second', parseDateTime64BestEffortOrNull(
        JSONExtractString(body, 'fact', 'occurred_at'), 6, 'UTC'), at) AS late, t.known_at, offset, idx
    FROM (SELECT offset, idx, at, body FROM decisions FINAL
        WHERE stage = {stage:String} AND stage = 'coldchain' AND partition = {partition:UInt32} AND type = 'fact_recorded'
            AND offset >= {lo:UInt64} AND offset < {hi:UInt64}) AS facts
    INNER JOIN times AS t ON t.record = facts.offset
    WHERE late > 3600
)
WHERE source != ''
