WITH
-- include: decided
,
-- include: reports
SELECT {stage:String} AS stage, {partition:UInt32} AS partition, area, source, toUInt32(late) AS late_s, known_at, offset, idx
FROM
(
    SELECT JSONExtractString(value, 'event', 'area') AS area, JSONExtractString(value, 'event', 'source') AS source,
        dateDiff('second', occurred_at, at) AS late, known_at, offset, toUInt32(0) AS idx
    FROM reports
    WHERE {stage:String} = 'supply' AND kind = 'decided' AND dateDiff('second', occurred_at, at) > 3600
    UNION ALL
    SELECT '', JSONExtractString(body, 'fact', 'source') AS source, dateDiff('second', parseDateTime64BestEffortOrNull(
        JSONExtractString(body, 'fact', 'occurred_at'), 6, 'UTC'), at) AS late, known_at, offset, idx
    FROM decided
    WHERE {stage:String} = 'coldchain' AND late > 3600
)
WHERE source != ''
