-- Needs in four ways at once, by `part`: all together, by area, by area and group, by area and item.
    WITH
-- include: cut supply
    ,
-- include: needs_known
    ,
-- include: stock_known
    ,
    -- Needs of an area, item and kind of requester together.
    cells AS
    (
        SELECT
            area AS of_area, item AS of_item, groups, institution,
            countIf(opened_from > {since:DateTime64(6, 'UTC')}) AS asked, 0 AS filled, 0 AS withdrawn,
            count() AS opened,
            countIf(valid_from <= {since:DateTime64(6, 'UTC')}) AS opened_before,
            countIf(due_at < {as_of:DateTime64(6, 'UTC')}) AS late,
            countIf(valid_from <= {since:DateTime64(6, 'UTC')} AND due_at < {since:DateTime64(6, 'UTC')}) AS late_before,
            countIf(need_class = 'life_threatening') AS threatening,
            minOrNull(reported_at) AS oldest,
            countIf(greatest(quantity - delivered - reserved - in_transit, 0) AS missing = 0 AND in_transit > 0) AS carried,
            countIf(missing > 0) AS waiting,
            sumIf(quantity, opened_from > {since:DateTime64(6, 'UTC')}) AS units_asked,
            sum(delivered) - sumIf(delivered, valid_from <= {since:DateTime64(6, 'UTC')}) AS units_given,
            sum(in_transit) AS units_carried,
            sum(reserved) AS units_kept,
            sum(missing) AS units_short,
            uniqExactState(requester_id) AS requesters
        FROM open_now
        GROUP BY area, item, groups, institution
        UNION ALL
        SELECT
            area, item, groups, institution,
            countIf(NOT was_open AND opened_from > {since:DateTime64(6, 'UTC')}), countIf(end_state = 'delivered'),
            countIf(end_state NOT IN ('open', 'delivered')), 0, countIf(was_open), 0,
            countIf(was_open AND due_at < {since:DateTime64(6, 'UTC')}), 0, NULL, 0, 0,
            sumIf(quantity, end_state = 'delivered' AND opened_from > {since:DateTime64(6, 'UTC')}),
            sumIf(delivered, NOT was_open) - sumIf(delivered, was_open), 0, 0, 0, uniqExactStateIf('', false)
        FROM ended
        GROUP BY area, item, groups, institution
        UNION ALL
        -- All needs together are a line, even of nothing.
        SELECT '', '', [], false, 0, 0, 0, 0, 0, 0, 0, 0, NULL, 0, 0, 0, 0, 0, 0, 0, uniqExactStateIf('', false)
    ),
    -- Those that wait have nothing on the way or set aside: why, the stock of their area and item says.
    cells_why AS
    (
        SELECT
            cells.*,
            multiIf(s.available > r.reserve_floor, 'next_share', s.available > 0, 'reserve_floor', s.held > 0, 'held',
                s.expired > 0, 'expired', 'no_stock') AS why
        FROM cells
        LEFT JOIN stock_known AS s ON s.area = cells.of_area AND s.item = cells.of_item
        LEFT JOIN reserves_known AS r ON r.area = cells.of_area AND r.item = cells.of_item
    )
    SELECT
        p.part AS part, p.area AS area, p.special_group AS special_group, p.item AS item, p.asked AS asked,
        p.filled AS filled, p.withdrawn AS withdrawn, p.open_needs AS open_needs, p.open_change AS open_change,
        p.overdue_needs AS overdue_needs, p.overdue_change AS overdue_change, p.life_threatening AS life_threatening,
        p.requesters AS requesters_waiting,
        if(p.oldest IS NULL, NULL, round(greatest(dateDiff('second', p.oldest, {as_of:DateTime64(6, 'UTC')}), 0) / 3600, 1))
            AS oldest_hours,
        p.on_the_way AS on_the_way, p.open_needs - p.on_the_way - p.waiting AS set_aside, p.next_share AS next_share,
        p.at_floor AS at_floor, p.stock_held AS stock_held, p.stock_expired AS stock_expired, p.no_stock AS no_stock,
        p.asked_units AS asked_units, p.delivered_units AS delivered_units, p.units_on_the_way AS units_on_the_way,
        p.units_set_aside AS units_set_aside, p.units_missing AS units_missing
    FROM
    (
        SELECT
            key.1 AS part, key.2 AS area, key.3 AS special_group, key.4 AS item,
            toInt64(sum(cells_why.asked)) AS asked,
            toInt64(sum(cells_why.filled)) AS filled,
            toInt64(sum(cells_why.withdrawn)) AS withdrawn,
            toInt64(sum(opened)) AS open_needs,
            toInt64(sum(opened)) - toInt64(sum(opened_before)) AS open_change,
            toInt64(sum(late)) AS overdue_needs,
            toInt64(sum(late)) - toInt64(sum(late_before)) AS overdue_change,
            toInt64(sum(threatening)) AS life_threatening,
            toInt64(uniqExactMergeIf(cells_why.requesters, key.1 != 'item')) AS requesters,
            min(cells_why.oldest) AS oldest,
            toInt64(sum(carried)) AS on_the_way,
            toInt64(sum(cells_why.waiting)) AS waiting,
            toInt64(sumIf(cells_why.waiting, why = 'next_share')) AS next_share,
            toInt64(sumIf(cells_why.waiting, why = 'reserve_floor')) AS at_floor,
            toInt64(sumIf(cells_why.waiting, why = 'held')) AS stock_held,
            toInt64(sumIf(cells_why.waiting, why = 'expired')) AS stock_expired,
            toInt64(sumIf(cells_why.waiting, why = 'no_stock')) AS no_stock,
            sum(units_asked) AS asked_units,
            sum(units_given) AS delivered_units,
            sum(units_carried) AS units_on_the_way,
            sum(units_kept) AS units_set_aside,
            sum(units_short) AS units_missing
        FROM cells_why
        ARRAY JOIN arrayConcat(
            [('all', '', '', ''), ('area', toString(of_area), '', ''),
                ('item', toString(of_area), '', toString(of_item))],
            arrayMap(each -> ('group', toString(of_area), toString(each), ''),
                multiIf(institution, ['institution'], empty(groups), ['none'], groups))) AS key
        WHERE key.1 = 'all' OR of_area != ''
        GROUP BY key.1, key.2, key.3, key.4
    ) AS p
    ORDER BY part, area, special_group, item
