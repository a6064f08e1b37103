WITH
-- include: decided
,
told AS
(
    SELECT
        true AS base, offset, idx, changed_at AS at, valid_from AS known_at, 'alert_base' AS type, alert_id,
        (episode, toString(kind), subject, toString(place), since, raised_at, raised_from) AS raised,
        severity, level, owner, acknowledged_by AS by, comment, '' AS reason, silenced, detail, escalated, changes
    FROM alert_spans FINAL
    WHERE partition = {partition:UInt32} AND valid_until = toDateTime64('2200-01-01 00:00:00', 6, 'UTC')
        AND alert_id IN (SELECT JSONExtractString(body, 'alert_id') FROM decided)
    UNION ALL
    SELECT
        false, offset, idx, at, known_at, type, d.alert_id,
        (d.episode, d.kind, d.subject, d.place, ifNull(parseDateTime64BestEffortOrNull(d.since, 6, 'UTC'), at), at, known_at),
        d.severity, d.level, d.owner, d.by, d.comment, d.reason, d.silenced, JSONExtractRaw(body, 'detail'),
        type = 'alert_escalated', 1
    FROM
    (
        SELECT offset, idx, at, known_at, type, body, JSONExtract(body, 'Tuple(alert_id String, episode UInt32,
            kind String, subject String, place String, since String, severity String, level String, owner String,
            by String, comment String, reason String, silenced Bool)') AS d
        FROM decided
    )
),
numbered AS
(
    SELECT *, countIf(type = 'alert_raised') OVER (PARTITION BY alert_id ORDER BY base DESC, offset, idx
        ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW) AS number
    FROM told
),
running AS
(
    SELECT
        base, alert_id, number, offset, idx, at, type, reason,
        max(known_at) OVER past AS from_at,
        max(base OR type = 'alert_raised') OVER past AS is_known,
        countIf(type = 'alert_resolved') OVER past AS ends,
        anyIf(raised, base OR type = 'alert_raised') OVER past AS raised_,
        argMaxIf(severity, (offset, idx), base OR type IN ('alert_raised', 'alert_changed')) OVER past AS severity_,
        argMaxIf(detail, (offset, idx), base OR type IN ('alert_raised', 'alert_changed')) OVER past AS detail_,
        argMaxIf(level, (offset, idx), base OR type IN ('alert_raised', 'alert_escalated')) OVER past AS level_,
        argMaxIf(owner, (offset, idx), base OR type IN ('alert_raised', 'alert_escalated', 'alert_handed_over')) OVER past
            AS owner_,
        argMaxIf(silenced, (offset, idx), base OR type IN ('alert_raised', 'alert_muted')) OVER past AS silenced_,
        argMaxIf((by, comment), (offset, idx), base OR type = 'alert_acknowledged') OVER past AS said_,
        max(escalated) OVER past AS escalated_, sum(changes) OVER past AS changes_
    FROM numbered
    WINDOW past AS (PARTITION BY alert_id, number ORDER BY base DESC, offset, idx
        ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW)
),
spans AS
(
    SELECT *, leadInFrame(from_at, 1, toDateTime64('2200-01-01 00:00:00', 6, 'UTC')) OVER
        (PARTITION BY alert_id ORDER BY base DESC, offset, idx
        ROWS BETWEEN CURRENT ROW AND UNBOUNDED FOLLOWING) AS next_at
    FROM running
    WHERE is_known AND (ends = 0 OR (ends = 1 AND type = 'alert_resolved'))
)
SELECT
    {partition:UInt32} AS partition, alert_id, raised_.1 AS episode, raised_.2 AS kind, raised_.3 AS subject,
    raised_.4 AS place,
    multiIf(type = 'alert_resolved', 'resolved', said_.1 != '', 'acknowledged', escalated_, 'escalated', 'raised') AS state,
    severity_ AS severity, level_ AS level, owner_ AS owner, escalated_ AS escalated, silenced_ AS silenced,
    said_.1 AS acknowledged_by, said_.2 AS comment, if(type = 'alert_resolved', reason, '') AS reason, detail_ AS detail,
    changes_ AS changes, raised_.5 AS since, raised_.6 AS raised_at, at AS changed_at, raised_.7 AS raised_from,
    from_at AS valid_from, out.2 AS valid_until, offset, idx, out.1 AS sign
FROM spans
ARRAY JOIN multiIf(
    base, [(toInt8(-1), toDateTime64('2200-01-01 00:00:00', 6, 'UTC')), (toInt8(1), next_at)],
    type = 'alert_resolved', [(toInt8(1), from_at)],
    [(toInt8(1), next_at)]) AS out
WHERE out.1 = -1 OR type = 'alert_resolved' OR valid_from < valid_until
