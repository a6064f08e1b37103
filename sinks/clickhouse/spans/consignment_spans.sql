WITH
-- include: decided
,
changes AS
(
    SELECT offset, idx, at, known_at, type, body,
        if(type = 'fact_recorded', JSONExtractString(body, 'fact', 'consignment_id'),
            JSONExtractString(body, 'consignment_id')) AS consignment_id,
        type = 'fact_recorded' AND JSONExtractString(body, 'fact', 'kind') = 'consignment_declared' AS declares
    FROM decided
),
told AS
(
    SELECT true AS base, offset, idx, heard_at AS at, valid_from AS known_at, known_from, '' AS type, consignment_id,
        true AS declares, (profile, origin, importer) AS paper, (step, facility, step_at) AS reached, lots, warnings, closed,
        closed_from
    FROM consignment_spans FINAL
    WHERE partition = {partition:UInt32} AND valid_until = toDateTime64('2200-01-01 00:00:00', 6, 'UTC')
        AND consignment_id IN (SELECT consignment_id FROM changes)
    UNION ALL
    SELECT false, offset, idx, at, known_at, known_at, type, consignment_id, declares,
        if(declares, JSONExtract(body, 'fact', 'Tuple(profile String, origin String, importer String)'), ('', '', '')),
        (JSONExtractString(body, 'step'), JSONExtractString(body, 'facility'),
            parseDateTime64BestEffortOrNull(JSONExtractString(body, 'at'), 6, 'UTC')),
        if(declares OR JSONExtractString(body, 'fact', 'kind') = 'lots_transformed', JSONExtract(body, 'fact',
            if(declares, 'lots', 'outputs'), 'Array(Tuple(lot_id String))').lot_id, []),
        toUInt32(type = 'warning_raised'), type = 'consignment_closed',
        if(type = 'consignment_closed', toNullable(known_at), NULL)
    FROM changes
    WHERE consignment_id != ''
),
running AS
(
    SELECT
        base, consignment_id, offset, idx, at,
        max(known_at) OVER past AS from_at,
        max(base OR type IN ('fact_recorded', 'step_reached', 'consignment_closed')) OVER past AS is_known,
        minIf(known_from, base OR type IN ('fact_recorded', 'step_reached', 'consignment_closed')) OVER past AS known_from_,
        argMaxIf(paper, (offset, idx), declares) OVER past AS paper_,
        argMaxIf(reached, (offset, idx), base OR type = 'step_reached') OVER past AS reached_,
        arraySort(groupUniqArrayArray(lots) OVER past) AS lots_,
        sum(warnings) OVER past AS warnings_, max(closed) OVER past AS closed_, min(closed_from) OVER past AS closed_from_
    FROM told
    WINDOW past AS (PARTITION BY consignment_id ORDER BY base DESC, offset, idx
        ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW)
),
spans AS
(
    SELECT *, leadInFrame(from_at, 1, toDateTime64('2200-01-01 00:00:00', 6, 'UTC')) OVER
        (PARTITION BY consignment_id ORDER BY base DESC, offset, idx
        ROWS BETWEEN CURRENT ROW AND UNBOUNDED FOLLOWING) AS next_at
    FROM running
    WHERE is_known
)
SELECT
    {partition:UInt32} AS partition, consignment_id, paper_.1 AS profile, paper_.2 AS origin, paper_.3 AS importer,
    reached_.1 AS step, reached_.2 AS facility, reached_.3 AS step_at, lots_ AS lots, warnings_ AS warnings, closed_ AS closed,
    at AS heard_at, known_from_ AS known_from, closed_from_ AS closed_from, from_at AS valid_from, out.2 AS valid_until,
    offset, idx, out.1 AS sign
FROM spans
ARRAY JOIN if(base, [(toInt8(-1), toDateTime64('2200-01-01 00:00:00', 6, 'UTC')), (toInt8(1), next_at)],
    [(toInt8(1), next_at)]) AS out
WHERE out.1 = -1 OR valid_from < valid_until
