WITH
-- include: cut supply
,
-- include: needs_known
,
-- include: stock_known
,
needs_why AS
(
    SELECT
        n.ledger_partition AS ledger_partition, n.requester AS requester, n.area AS area, n.item AS item,
        n.class AS class, n.state AS state, n.state_before AS state_before, n.asked_units AS asked_units,
        n.units_reserved AS units_reserved, n.units_in_transit AS units_in_transit,
        n.units_delivered_since AS units_delivered_since,
        greatest(n.asked_units - n.units_delivered - n.units_reserved - n.units_in_transit, 0) AS missing_units,
        n.state = 'open' AND n.clock_end < {as_of:DateTime64(6, 'UTC')} AS overdue,
        n.state_before = 'open' AND n.clock_end_before < {since:DateTime64(6, 'UTC')} AS overdue_before,
        greatest(dateDiff('second', n.first_report, {as_of:DateTime64(6, 'UTC')}), 0) / 3600 AS age_hours,
        greatest(dateDiff('second', n.first_report, {since:DateTime64(6, 'UTC')}), 0) / 3600 AS age_hours_before,
        multiIf(
            n.state != 'open', '',
            missing_units = 0 AND n.units_in_transit > 0, 'on_the_way',
            missing_units = 0, 'set_aside',
            s.available > r.reserve_floor, 'next_share',
            s.available > 0, 'reserve_floor',
            s.held > 0, 'held',
            s.expired > 0, 'expired',
            'no_stock') AS why
    FROM needs_known AS n
    LEFT JOIN stock_known AS s ON s.area = n.area AND s.item = n.item
    LEFT JOIN reserves_known AS r ON r.area = n.area AND r.item = n.item
)
