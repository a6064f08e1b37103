-- Open and overdue needs at {as_of} by class, by tier and by group; a need of several groups is in each.
SELECT part.1 AS dimension, part.2 AS value, sum(sign) AS open_needs,
    sumIf(sign, due_at < {as_of:DateTime64(6, 'UTC')}) AS overdue_needs
FROM need_spans
ARRAY JOIN arrayConcat([('class', toString(need_class)), ('tier', toString(tier))],
    arrayMap(each -> ('group', toString(each)), groups)) AS part
WHERE
-- include: at_that_time
    AND
-- include: in_areas
    AND
-- include: in_place
GROUP BY dimension, value
HAVING open_needs > 0
ORDER BY dimension, open_needs DESC, value
