-- Needs in four ways at once, by `part`: all together, by area, by area and group, by area and item. `older` counts open
-- needs that wait for 0, 4, 8, 24, 48 and 72 hours or more, `older_before` those of {since}. Requesters are
-- counted by a hash of 64 bits: two of a million coincide once in tens of millions of reports. Why needs wait is told by the
-- stock of their area and item; where that is asked anyway (not `told`), `waits` says how many wait for which item.
    WITH
    toUnixTimestamp({as_of:DateTime64(6, 'UTC')}) AS now_s, toUnixTimestamp({since:DateTime64(6, 'UTC')}) AS then_s,
-- include: needs_known
    ,
-- where told
-- include: stock_known
    ,
-- include: reserves_known
    ,
-- else
-- end
    -- Needs of an area, item and kind of requester together.
    cells AS
    (
        SELECT
            (splitByChar(' ', cell) AS names)[1] AS area, names[2] AS item, arraySlice(names, 3) AS groups,
            countIf(ended_as != 'open' AND opened_from > {since:DateTime64(6, 'UTC')}) AS asked,
            countIf(ended_as = 'delivered') AS filled,
            countIf(ended_as NOT IN ('', 'open', 'delivered')) AS withdrawn,
            countIf(ended_as = '' AS is_open) AS opened,
            countIf(was_open) AS opened_before,
            countIf(is_open AND due_at < {as_of:DateTime64(6, 'UTC')}) AS late,
            countIf(was_open AND due_at < {since:DateTime64(6, 'UTC')}) AS late_before,
            countIf(is_open AND need_class = 'life_threatening') AS threatening,
            minOrNullIf(reported_at, is_open) AS oldest,
            countIf(is_open AND in_transit > 0 AND (quantity - delivered - reserved - in_transit AS missing) <= 0) AS carried,
            countIf(is_open AND missing > 0) AS waiting,
            sumIf(quantity, opened_from > {since:DateTime64(6, 'UTC')} AND ended_as IN ('', 'delivered')) AS units_asked,
            sumIf(delivered, ended_as != 'open') - sumIf(delivered, was_open) AS units_given,
            sumIf(in_transit, is_open) AS units_carried,
            sumIf(reserved, is_open) AS units_kept,
            sumIf(missing, is_open AND missing > 0) AS units_short,
            groupArrayIf(cityHash64(requester_id), is_open) AS requesters,
            [opened, countIf(open_s <= now_s - 14400), countIf(open_s <= now_s - 28800), countIf(open_s <= now_s - 86400),
                countIf(open_s <= now_s - 172800), countIf(open_s <= now_s - 259200)] AS older,
            [opened_before, countIf(was_s <= then_s - 14400), countIf(was_s <= then_s - 28800),
                countIf(was_s <= then_s - 86400), countIf(was_s <= then_s - 172800), countIf(was_s <= then_s - 259200)]
                AS older_before
        FROM needs_known
        GROUP BY cell
    )
-- where told
    ,
    -- Those that wait have nothing on the way or set aside: why, the stock of their area and item says.
    whys AS
    (
        SELECT
            area, item,
            multiIf(s.available > r.reserve_floor, 'next_share', s.available > 0, 'reserve_floor', s.held > 0, 'held',
                s.expired > 0, 'expired', 'no_stock') AS why
        FROM stock_known AS s
        LEFT JOIN reserves_known AS r ON r.area = s.area AND r.item = s.item
    )
-- else
-- end
    SELECT
        key.1 AS part, key.2 AS area, key.3 AS special_group, key.4 AS item,
        toInt64(sum(cells.asked)) AS asked,
        toInt64(sum(cells.filled)) AS filled,
        toInt64(sum(cells.withdrawn)) AS withdrawn,
        toInt64(sum(opened)) AS open_needs,
        open_needs - toInt64(sum(opened_before)) AS open_change,
        toInt64(sum(late)) AS overdue_needs,
        overdue_needs - toInt64(sum(late_before)) AS overdue_change,
        toInt64(sum(threatening)) AS life_threatening,
        toInt64(uniqExactArrayIf(requesters, part != 'item')) AS requesters_waiting,
        if(min(oldest) IS NULL, NULL, round(greatest(dateDiff('second', min(oldest), {as_of:DateTime64(6, 'UTC')}), 0) / 3600, 1))
            AS oldest_hours,
        toInt64(sum(carried)) AS on_the_way,
        open_needs - on_the_way - toInt64(sum(waiting)) AS set_aside,
-- where told
        toInt64(sumIf(waiting, why = 'next_share')) AS next_share,
        toInt64(sumIf(waiting, why = 'reserve_floor')) AS at_floor,
        toInt64(sumIf(waiting, why = 'held')) AS stock_held,
        toInt64(sumIf(waiting, why = 'expired')) AS stock_expired,
        toInt64(sumIf(waiting, why IN ('', 'no_stock'))) AS no_stock,
-- else
        groupArrayIf((cells.item, waiting), part IN ('area', 'group') AND waiting > 0) AS waits,
-- end
        sum(units_asked) AS asked_units,
        sum(units_given) AS delivered_units,
        sum(units_carried) AS units_on_the_way,
        sum(units_kept) AS units_set_aside,
        sum(units_short) AS units_missing,
        sumForEach(cells.older) AS older, sumForEach(cells.older_before) AS older_before
    FROM cells
-- where told
    LEFT JOIN whys AS w ON w.area = cells.area AND w.item = cells.item
-- else
-- end
    ARRAY JOIN arrayConcat(
        [('all', '', '', ''), ('area', cells.area, '', ''), ('item', cells.area, '', cells.item)],
        arrayMap(each -> ('group', cells.area, each, ''), groups)) AS key
    WHERE part = 'all' OR cells.area != ''
    GROUP BY key
    ORDER BY part, area, special_group, item
