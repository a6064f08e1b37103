WITH
-- include: decided
,
changes AS
(
    SELECT
        offset, idx, known_at,
        multiIf(startsWith(type, 'check_'), 'check', startsWith(type, 'hold_'), 'hold', startsWith(type, 'breach_'), 'breach',
            'finding') AS what,
        multiIf(what = 'check', d.check_id, what = 'hold', hold_id, what = 'breach', d.breach_id, d.report.finding_id) AS id,
        multiIf(what = 'finding', d.report.premises_id, what = 'hold', '', d.consignment_id) AS subject,
        if(what = 'breach', d.logger_id, '') AS logger_id,
        type IN ('check_mended', 'hold_withdrawn', 'breach_withdrawn') OR d.report.kind = 'finding_mended' AS ends,
        if(what = 'hold', d.consignment_id, '') AS held, if(what = 'check', rule, d.kind) AS kind, d.severity AS severity,
        ifNull(parseDateTime64BestEffortOrNull(multiIf(what = 'check', d.since, what = 'breach', d.start, what = 'hold', d.at,
            d.report.occurred_at), 6, 'UTC'), at) AS begun_at,
        parseDateTime64BestEffortOrNull(if(what = 'finding', d.report.deadline, d.end), 6, 'UTC') AS ended_at,
        d.limit_c AS limit_c, d.peak_c AS peak_c
    FROM
    (
        SELECT offset, idx, at, known_at, type, hold_id, rule,
            JSONExtract(body, 'Tuple(check_id String, breach_id String, consignment_id String, logger_id String,
                kind String, severity String, since String, start String, at String, end String, limit_c Float64,
                peak_c Nullable(Float64), report Tuple(kind String, finding_id String, premises_id String,
                occurred_at String, deadline String))') AS d
        FROM decided
    )
),
told AS
(
    SELECT true AS base, offset, idx, valid_from AS known_at, known_from, what, id,
        if(what = 'hold', '', subject) AS subject, logger_id, false AS ends,
        (if(what = 'hold', subject, ''), kind, severity, begun_at, ended_at, limit_c, peak_c) AS words
    FROM coldchain_spans FINAL
    WHERE partition = {partition:UInt32} AND valid_until = toDateTime64('2200-01-01 00:00:00', 6, 'UTC')
        AND (what, id) IN (SELECT what, id FROM changes)
    UNION ALL
    SELECT false, offset, idx, known_at, known_at, what, id, subject, logger_id, ends,
        (held, kind, severity, begun_at, ended_at, limit_c, peak_c)
    FROM changes
),
running AS
(
    SELECT *, max(known_at) OVER past AS from_at, min(known_from) OVER past AS known_from_
    FROM told
    WINDOW past AS (PARTITION BY what, id, subject, logger_id ORDER BY base DESC, offset, idx
        ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW)
),
spans AS
(
    SELECT *, leadInFrame((from_at, ends), 1, (toDateTime64('2200-01-01 00:00:00', 6, 'UTC'), false)) OVER
        (PARTITION BY what, id, subject, logger_id ORDER BY base DESC, offset, idx
        ROWS BETWEEN CURRENT ROW AND UNBOUNDED FOLLOWING) AS next
    FROM running
)
SELECT
    {partition:UInt32} AS partition, what, id, if(what = 'hold', words.1, subject) AS subject, logger_id, words.2 AS kind,
    words.3 AS severity, words.4 AS begun_at, words.5 AS ended_at, words.6 AS limit_c, words.7 AS peak_c,
    out.3 AS over, known_from_ AS known_from, from_at AS valid_from, out.2 AS valid_until, offset, idx, out.1 AS sign
FROM spans
ARRAY JOIN if(base, [(toInt8(-1), toDateTime64('2200-01-01 00:00:00', 6, 'UTC'), false), (toInt8(1), next.1, next.2)],
    [(toInt8(1), next.1, next.2)]) AS out
WHERE NOT ends
