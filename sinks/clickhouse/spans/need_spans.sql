WITH
changes AS
(
    SELECT
        offset, idx, 0 AS line, at, type, need_id, request_id, requester_id, area, grid, item, need_class, mode,
        quantity, reason, reported_at, due_at,
        multiIf(type = 'allocation_made', quantity, type = 'allocation_released', -quantity, 0) AS reserved,
        if(type = 'line_delivered', -(delivered + returned + damaged + lost), 0) AS in_transit,
        if(type = 'line_delivered', delivered, 0) AS delivered
    FROM decisions FINAL
    WHERE stage = 'supply' AND partition = {partition:UInt32} AND offset >= {lo:UInt64} AND offset < {hi:UInt64}
        AND type IN ('need_opened', 'need_amended', 'need_replanned', 'need_overdue', 'need_reopened', 'need_closed',
            'allocation_made', 'allocation_released', 'line_delivered')
    UNION ALL
    SELECT
        offset, idx, number AS line, at, type, taken.need_id, '', '', '', '', '', '', '',
        taken.quantity, '', NULL, NULL, -taken.quantity, taken.quantity, 0
    FROM decisions FINAL
    ARRAY JOIN lines AS taken, arrayEnumerate(lines) AS number
    WHERE stage = 'supply' AND partition = {partition:UInt32} AND offset >= {lo:UInt64} AND offset < {hi:UInt64}
        AND type = 'dispatch_ordered'
),
known AS
(
    SELECT * FROM need_spans FINAL
    WHERE partition = {partition:UInt32} AND valid_until = toDateTime64('2200-01-01 00:00:00', 6, 'UTC')
        AND need_id IN (SELECT need_id FROM changes)
),
facts AS
(
    SELECT requester_id, argMax((tier, groups), (offset, idx)) AS fact
    FROM requester_facts FINAL
    WHERE partition = {partition:UInt32} AND offset < {hi:UInt64} AND here
        AND requester_id IN (SELECT requester_id FROM changes WHERE type = 'need_opened')
    GROUP BY requester_id
),
told AS
(
    SELECT
        true AS base, offset, idx, 0 AS line, valid_from AS at, last_change AS type, need_id, request_id, requester_id,
        area, grid, item, need_class, mode, tier, groups, quantity, last_reason AS reason, reported_at, due_at,
        reserved, in_transit, delivered
    FROM known
    UNION ALL
    SELECT
        false, offset, idx, line, at, type, need_id, request_id, requester_id, area, grid, item, need_class, mode,
        fact.1, fact.2, quantity, reason, reported_at, due_at, reserved, in_transit, delivered
    FROM changes
    LEFT JOIN facts ON facts.requester_id = changes.requester_id
),
running AS
(
    SELECT
        base, need_id, type, offset, idx, line,
        max(at) OVER past AS from_at,
        max(base OR type = 'need_opened') OVER past AS is_known,
        countIf(type = 'need_closed') OVER past AS ends,
        first_value(request_id) OVER past AS request_id_, first_value(requester_id) OVER past AS requester_id_,
        first_value(area) OVER past AS area_, first_value(grid) OVER past AS grid_, first_value(item) OVER past AS item_,
        first_value(tier) OVER past AS tier_, first_value(groups) OVER past AS groups_,
        first_value(reported_at) OVER past AS reported_at_,
        argMaxIf(need_class, (offset, idx), base OR type IN ('need_opened', 'need_replanned')) OVER past AS need_class_,
        argMaxIf(mode, (offset, idx), base OR type IN ('need_opened', 'need_replanned')) OVER past AS mode_,
        argMaxIf(due_at, (offset, idx), base OR type IN ('need_opened', 'need_replanned')) OVER past AS due_at_,
        argMaxIf(quantity, (offset, idx), base OR type IN ('need_opened', 'need_amended')) OVER past AS quantity_,
        argMaxIf(reason, (offset, idx), reason != '') OVER past AS reason_,
        sum(reserved) OVER past AS reserved_, sum(in_transit) OVER past AS in_transit_,
        sum(delivered) OVER past AS delivered_
    FROM told
    WINDOW past AS (PARTITION BY need_id ORDER BY base DESC, offset, idx, line
        ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW)
),
spans AS
(
    SELECT *, leadInFrame(from_at, 1, toDateTime64('2200-01-01 00:00:00', 6, 'UTC')) OVER
        (PARTITION BY need_id ORDER BY base DESC, offset, idx, line
        ROWS BETWEEN CURRENT ROW AND UNBOUNDED FOLLOWING) AS next_at
    FROM running
    WHERE is_known AND (ends = 0 OR (ends = 1 AND type = 'need_closed'))
)
SELECT
    {partition:UInt32} AS partition, need_id, request_id_ AS request_id, requester_id_ AS requester_id, area_ AS area,
    grid_ AS grid, item_ AS item, need_class_ AS need_class, mode_ AS mode, tier_ AS tier, groups_ AS groups,
    if(type = 'need_closed', reason_, 'open') AS state, quantity_ AS quantity, reserved_ AS reserved,
    in_transit_ AS in_transit, delivered_ AS delivered, type AS last_change, reason_ AS last_reason,
    assumeNotNull(reported_at_) AS reported_at, assumeNotNull(due_at_) AS due_at,
    from_at AS valid_from, out.2 AS valid_until, offset, idx, out.1 AS sign
FROM spans
ARRAY JOIN multiIf(
    base, [(toInt8(-1), toDateTime64('2200-01-01 00:00:00', 6, 'UTC')), (toInt8(1), next_at)],
    type = 'need_closed', [(toInt8(1), from_at)],
    [(toInt8(1), next_at)]) AS out
WHERE out.1 = -1 OR type = 'need_closed' OR valid_from < valid_until
