WITH
-- include: records
,
told AS
(
    SELECT false AS base, JSONExtractString(value, 'event', 'area') AS area,
        JSONExtractString(value, 'event', 'source') AS source, count() AS reports,
        max(assumeNotNull(at)) AS last_at, known_at, max(offset) AS last_offset
    FROM records
    WHERE kind = 'decided'
        AND event_kind IN ('stock_received', 'stock_counted', 'stock_written_off', 'stock_transferred')
    GROUP BY area, source, known_at
    UNION ALL
    SELECT true, area, source, reports, last_at, valid_from, offset
    FROM facility_spans FINAL
    WHERE partition = {partition:UInt32} AND valid_until = toDateTime64('2200-01-01 00:00:00', 6, 'UTC')
),
running AS
(
    SELECT base, area, source, known_at, last_offset, sum(reports) OVER past AS reports_, max(last_at) OVER past AS last_at_,
        count() OVER (PARTITION BY area, source) AS words
    FROM told
    WINDOW past AS (PARTITION BY area, source ORDER BY base DESC, known_at
        ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW)
),
spans AS
(
    SELECT *, leadInFrame(known_at, 1, toDateTime64('2200-01-01 00:00:00', 6, 'UTC')) OVER
        (PARTITION BY area, source ORDER BY base DESC, known_at
        ROWS BETWEEN CURRENT ROW AND UNBOUNDED FOLLOWING) AS next_at
    FROM running
    WHERE words > 1 OR NOT base
)
SELECT {partition:UInt32} AS partition, area, source, reports_ AS reports, last_at_ AS last_at, known_at AS valid_from,
    out.2 AS valid_until, last_offset AS offset, out.1 AS sign
FROM spans
ARRAY JOIN if(base, [(toInt8(-1), toDateTime64('2200-01-01 00:00:00', 6, 'UTC')), (toInt8(1), next_at)],
    [(toInt8(1), next_at)]) AS out
WHERE source != '' AND (out.1 = -1 OR valid_from < valid_until)
