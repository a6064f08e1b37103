-- Every need as it was known, summed from its decisions; without those that were closed by {since}, which nothing counts.
needs_over AS
(
    SELECT partition, need_id FROM decisions
    WHERE stage = 'supply' AND type = 'need_closed' AND offset < supply_cut.2[partition]
),
needs_known AS
(
    SELECT
        partition AS ledger_partition,
        need_id AS id,
        anyIf(requester_id, type = 'need_opened') AS requester,
        anyIf(area, type = 'need_opened') AS area,
        anyIf(item, type = 'need_opened') AS item,
        argMaxIf(need_class, (offset, idx), type IN ('need_opened', 'need_replanned')) AS class,
        argMaxIf(quantity, (offset, idx), type IN ('need_opened', 'need_amended')) AS asked_units,
        anyIf(reported_at, type = 'need_opened') AS first_report,
        argMaxIf(due_at, (offset, idx), type IN ('need_opened', 'need_replanned')) AS clock_end,
        argMaxIf(due_at, (offset, idx), before AND type IN ('need_opened', 'need_replanned')) AS clock_end_before,
        sum(reserved) AS units_reserved,
        sum(transit) AS units_in_transit,
        sum(given) AS units_delivered,
        sumIf(given, NOT before) AS units_delivered_since,
        maxIf(reason, type = 'need_closed') AS closed_as,
        if(closed_as = '', 'open', closed_as) AS state,
        if(countIf(before AND type = 'need_opened') = 0, '', 'open') AS state_before
    FROM
    (
        SELECT
            partition, offset, idx, type, need_id, requester_id, area, item, need_class, quantity, reason, reported_at,
            due_at, offset < supply_cut.2[partition] AS before,
            multiIf(type = 'allocation_made', quantity, type = 'allocation_released', -quantity, 0) AS reserved,
            if(type = 'line_delivered', -(delivered + returned + damaged + lost), 0) AS transit,
            if(type = 'line_delivered', delivered, 0) AS given
        FROM decisions FINAL
        WHERE stage = 'supply' AND offset < supply_cut.1[partition] AND type IN ('need_opened', 'need_amended',
            'need_replanned', 'need_closed', 'allocation_made', 'allocation_released', 'line_delivered')
            AND (partition, need_id) NOT IN needs_over
        UNION ALL
        SELECT
            partition, offset, idx, type, line.need_id, '', '', '', '', 0, '', NULL,
            NULL, offset < supply_cut.2[partition], -line.quantity, line.quantity, 0
        FROM (SELECT partition, offset, idx, type, lines FROM decisions FINAL
            WHERE stage = 'supply' AND type = 'dispatch_ordered' AND offset < supply_cut.1[partition])
        ARRAY JOIN lines AS line
        WHERE (partition, line.need_id) NOT IN needs_over
    )
    GROUP BY partition, need_id
    HAVING countIf(type = 'need_opened') > 0
)
