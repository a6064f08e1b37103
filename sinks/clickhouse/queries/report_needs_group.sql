-- Needs by supply area and special group: a household of two groups counts in both, so groups do not add up to areas.
-- include: needs_why
SELECT
    area,
    arrayJoin(multiIf(institution, ['institution'], empty(groups), ['none'], arrayMap(each -> toString(each), groups)))
        AS special_group,
-- include: needs_counts
FROM needs_why
GROUP BY area, special_group
ORDER BY area, special_group
