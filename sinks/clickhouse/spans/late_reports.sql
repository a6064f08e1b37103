WITH
-- with supply
-- include: records
SELECT {stage:String} AS stage, {partition:UInt32} AS partition, JSONExtractString(value, 'event', 'area') AS area,
    JSONExtractString(value, 'event', 'source') AS source, toUInt32(dateDiff('second', occurred_at, at)) AS late_s, known_at,
    offset, toUInt32(0) AS idx
FROM records
WHERE kind = 'decided' AND dateDiff('second', occurred_at, at) > 3600 AND source != ''
-- end
-- with coldchain
-- include: decided
SELECT {stage:String} AS stage, {partition:UInt32} AS partition, '' AS area,
    JSONExtractString(body, 'fact', 'source') AS source, dateDiff('second', parseDateTime64BestEffortOrNull(
        JSONExtractString(body, 'fact', 'occurred_at'), 6, 'UTC'), at) AS late, toUInt32(ifNull(late, 0)) AS late_s, known_at,
    offset, idx
FROM decided
WHERE type = 'fact_recorded' AND ifNull(late > 3600, false) AND source != ''
-- end
