-- Needs by supply area and special group: a household of two groups counts in both, so groups do not add up to areas.
-- include: needs_why
,
requesters_known AS
(
    SELECT
        partition AS ledger_partition,
        requester_id AS requester,
        argMax(if(JSONExtractBool(body, 'institution'), ['institution'], JSONExtract(body, 'groups', 'Array(String)')),
            (offset, idx)) AS groups
    FROM decisions FINAL
    WHERE stage = 'supply' AND type = 'requester_recorded' AND offset < supply_cut.1[partition]
    GROUP BY partition, requester_id
)
SELECT
    area,
    special_group,
-- include: needs_counts
FROM
(
    SELECT
        n.area AS area, n.requester AS requester, n.class AS class, n.state AS state, n.state_before AS state_before,
        n.overdue AS overdue, n.overdue_before AS overdue_before, n.age_hours AS age_hours, n.why AS why,
        arrayJoin(if(empty(q.groups), ['none'], q.groups)) AS special_group
    FROM needs_why AS n
    LEFT JOIN requesters_known AS q ON q.ledger_partition = n.ledger_partition AND q.requester = n.requester
)
WHERE
-- include: in_areas
GROUP BY area, special_group
ORDER BY area, special_group
