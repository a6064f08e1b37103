-- Open and overdue needs at {as_of} by class, tier, group (a need of several groups is in each) and hours of waiting.
SELECT part.1 AS dimension, part.2 AS value, sum(needs) AS open_needs, sum(late) AS overdue_needs
FROM
(
    SELECT need_class, tier, groups,
        multiIf(hours < 4, '0-4', hours < 8, '4-8', hours < 24, '8-24', hours < 48, '24-48', hours < 72, '48-72', '72+')
            AS age,
        sum(sign) AS needs, sumIf(sign, due_at < {as_of:DateTime64(6, 'UTC')}) AS late
    FROM
    (
        SELECT need_class, tier, groups, due_at, sign,
            dateDiff('second', reported_at, {as_of:DateTime64(6, 'UTC')}) / 3600 AS hours
        FROM need_spans
        WHERE
-- include: at_that_time
            AND
-- include: in_areas
            AND
-- include: in_place
    )
    GROUP BY need_class, tier, groups, age
)
ARRAY JOIN arrayConcat([('class', toString(need_class)), ('tier', toString(tier)), ('age', age)],
    arrayMap(each -> ('group', toString(each)), groups)) AS part
GROUP BY dimension, value
HAVING open_needs > 0
ORDER BY dimension, open_needs DESC, value
