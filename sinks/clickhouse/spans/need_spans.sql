WITH
-- include: decided
,
changes AS
(
    SELECT
        offset, idx, 0 AS line, at, known_at, type, need_id, request_id, requester_id, area, grid, item, need_class, mode,
        quantity, reason, reported_at, due_at,
        multiIf(type = 'allocation_made', quantity, type = 'allocation_released', -quantity, 0) AS reserved,
        if(type = 'line_delivered', -(delivered + returned + damaged + lost), 0) AS in_transit,
        if(type = 'line_delivered', delivered, 0) AS delivered
    FROM decided
    WHERE type NOT IN ('dispatch_ordered', 'requester_recorded')
    UNION ALL
    SELECT
        offset, idx, number AS line, at, known_at, type, taken.need_id, '', '', '', '', '', '', '',
        taken.quantity, '', NULL, NULL, -taken.quantity, taken.quantity, 0
    FROM (SELECT offset, idx, at, known_at, type, lines FROM decided WHERE type = 'dispatch_ordered')
    ARRAY JOIN lines AS taken, arrayEnumerate(lines) AS number
),
openings AS (SELECT need_id, requester_id FROM decided WHERE type = 'need_opened'),
-- with requester_recorded
said AS
(
    SELECT requester_id, offset, idx, at, known_at, tier, groups, institution FROM requester_facts FINAL
    WHERE partition = {partition:UInt32} AND offset >= {lo:UInt64} AND offset < {hi:UInt64} AND here
),
-- end
-- with need_opened
said_before AS
(
    SELECT requester_id, max((offset, idx)) AS place, argMax((tier, groups, institution), (offset, idx)) AS fact
    FROM requester_facts FINAL
    WHERE partition = {partition:UInt32} AND offset < {lo:UInt64} AND here
        AND requester_id IN (SELECT requester_id FROM openings)
    GROUP BY requester_id
),
-- end
known AS
(
    SELECT * FROM need_spans FINAL
    WHERE partition = {partition:UInt32} AND valid_until = toDateTime64('2200-01-01 00:00:00', 6, 'UTC')
        AND (need_id IN (SELECT need_id FROM changes)
-- with requester_recorded
            OR requester_id IN (SELECT requester_id FROM said)
-- end
        )
),
told AS
(
    SELECT
        true AS base, offset, idx, 0 AS line, changed_at AS at, valid_from AS known_at, opened_from, last_change AS type,
        need_id, request_id, requester_id, area, grid, item, need_class, mode, (tier, groups, institution) AS fact,
        quantity, last_reason AS reason, reported_at, due_at, reserved, in_transit, delivered
    FROM known
    UNION ALL
    SELECT
        false, offset, idx, line, at, known_at, known_at, type, need_id, request_id, requester_id, area, grid, item,
        need_class, mode, ('', [], false), quantity, reason, reported_at, due_at, reserved, in_transit, delivered
    FROM changes
-- with need_opened
    UNION ALL
    SELECT
        false, b.place.1, b.place.2, 0, toDateTime64(0, 6, 'UTC'), toDateTime64(0, 6, 'UTC'), toDateTime64(0, 6, 'UTC'),
        'requester_recorded', o.need_id, '', o.requester_id, '', '', '', '', '', b.fact, 0, '', NULL, NULL, 0, 0, 0
    FROM openings AS o
    INNER JOIN said_before AS b ON b.requester_id = o.requester_id
-- end
-- with requester_recorded
    UNION ALL
    SELECT
        false, s.offset, s.idx, 0, s.at, s.known_at, s.known_at, 'requester_recorded', n.need_id, '', n.requester_id, '',
        '', '', '', '', (s.tier, s.groups, s.institution), 0, '', NULL, NULL, 0, 0, 0
    FROM said AS s
    INNER JOIN (SELECT need_id, requester_id FROM known UNION ALL SELECT * FROM openings) AS n
        ON n.requester_id = s.requester_id
-- end
),
running AS
(
    SELECT
        base, need_id, type, offset, idx, line, at,
        max(known_at) OVER past AS from_at,
        max(base OR type = 'need_opened') OVER past AS is_known,
        countIf(type = 'need_closed') OVER past AS ends,
        anyIf((request_id, requester_id, area, grid, item, reported_at, opened_from), base OR type = 'need_opened')
            OVER past AS need,
        argMaxIf(fact, (offset, idx), base OR type = 'requester_recorded') OVER past AS fact_,
        argMaxIf((type, at), (offset, idx), type != 'requester_recorded') OVER past AS change_,
        argMaxIf((need_class, mode, due_at), (offset, idx), base OR type IN ('need_opened', 'need_replanned')) OVER past
            AS plan_,
        argMaxIf(quantity, (offset, idx), base OR type IN ('need_opened', 'need_amended')) OVER past AS quantity_,
        argMaxIf(reason, (offset, idx), reason != '') OVER past AS reason_,
        sum(reserved) OVER past AS reserved_, sum(in_transit) OVER past AS in_transit_,
        sum(delivered) OVER past AS delivered_
    FROM told
    WINDOW past AS (PARTITION BY need_id ORDER BY base DESC, offset, idx, line
        ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW)
),
compared AS
(
    SELECT *, lagInFrame(fact_) OVER (PARTITION BY need_id ORDER BY base DESC, offset, idx, line
        ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW) AS fact_before
    FROM running
    WHERE is_known AND (ends = 0 OR (ends = 1 AND type = 'need_closed'))
),
spans AS
(
    SELECT *, leadInFrame(from_at, 1, toDateTime64('2200-01-01 00:00:00', 6, 'UTC')) OVER
        (PARTITION BY need_id ORDER BY base DESC, offset, idx, line
        ROWS BETWEEN CURRENT ROW AND UNBOUNDED FOLLOWING) AS next_at
    FROM compared
    WHERE base OR type != 'requester_recorded' OR fact_ != fact_before
)
SELECT
    {partition:UInt32} AS partition, need_id, need.1 AS request_id, need.2 AS requester_id, need.3 AS area,
    need.4 AS grid, need.5 AS item, plan_.1 AS need_class, plan_.2 AS mode, fact_.1 AS tier, fact_.2 AS groups,
    fact_.3 AS institution, if(type = 'need_closed', reason_, 'open') AS state, quantity_ AS quantity,
    reserved_ AS reserved, in_transit_ AS in_transit, delivered_ AS delivered, change_.1 AS last_change,
    reason_ AS last_reason, assumeNotNull(need.6) AS reported_at, assumeNotNull(plan_.3) AS due_at,
    if(type = 'requester_recorded', at, change_.2) AS changed_at, need.7 AS opened_from,
    from_at AS valid_from, out.2 AS valid_until, offset, idx, out.1 AS sign
FROM spans
ARRAY JOIN multiIf(
    base, [(toInt8(-1), toDateTime64('2200-01-01 00:00:00', 6, 'UTC')), (toInt8(1), next_at)],
    type = 'need_closed', [(toInt8(1), from_at)],
    [(toInt8(1), next_at)]) AS out
WHERE out.1 = -1 OR type = 'need_closed' OR valid_from < valid_until
