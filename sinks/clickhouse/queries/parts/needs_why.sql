WITH
-- include: cut supply
,
-- include: needs_known
,
-- include: stock_known
,
-- Needs of an area, item and kind of requester together, and why those wait that have nothing on the way or set aside.
needs_why AS
(
    SELECT
        n.area AS area, n.groups AS groups, n.institution AS institution, n.asked AS asked, n.filled AS filled,
        n.withdrawn AS withdrawn, n.open_needs AS open_needs, n.open_before AS open_before, n.overdue_needs AS overdue_needs,
        n.overdue_before AS overdue_before, n.life_threatening AS life_threatening, n.requesters AS requesters,
        n.oldest AS oldest, n.on_the_way AS on_the_way, n.set_aside AS set_aside,
        n.open_needs - n.on_the_way - n.set_aside AS waiting,
        multiIf(s.available > r.reserve_floor, 'next_share', s.available > 0, 'reserve_floor', s.held > 0, 'held',
            s.expired > 0, 'expired', 'no_stock') AS why
    FROM
    (
        SELECT
            area, item, groups, institution,
            toInt64(countIf(is_new)) AS asked,
            toInt64(countIf(end_state = 'delivered')) AS filled,
            toInt64(countIf(end_state NOT IN ('', 'open', 'delivered'))) AS withdrawn,
            toInt64(countIf(is_open)) AS open_needs,
            toInt64(countIf(is_before)) AS open_before,
            toInt64(countIf(overdue)) AS overdue_needs,
            toInt64(countIf(needs_known.overdue_before)) AS overdue_before,
            toInt64(countIf(is_open AND class = 'life_threatening')) AS life_threatening,
            uniqExactStateIf(requester, is_open) AS requesters,
            maxOrNullIf(age_hours, is_open) AS oldest,
            toInt64(countIf(is_open AND missing = 0 AND in_transit > 0)) AS on_the_way,
            toInt64(countIf(is_open AND missing = 0 AND in_transit <= 0)) AS set_aside
        FROM needs_known
        GROUP BY area, item, groups, institution
    ) AS n
    LEFT JOIN stock_known AS s ON s.area = n.area AND s.item = n.item
    LEFT JOIN reserves_known AS r ON r.area = n.area AND r.item = n.item
)
