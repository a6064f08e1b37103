-- What was known of a requester at {as_of}: where it is, its people, groups and tier.
SELECT
    ledger_partition AS partition, known.1 AS area, known.2 AS grid, known.3 AS tier, known.4 AS groups,
    known.5 AS members, known.6 AS institution, known.7 AS registered, known.8 AS since
FROM
(
    SELECT partition AS ledger_partition,
        argMax((area, grid, tier, groups, members, institution, registered, at), (offset, idx)) AS known
    FROM requester_facts FINAL
    WHERE requester_id = {requester:String} AND known_at <= {as_of:DateTime64(6, 'UTC')} AND here
    GROUP BY partition
)
WHERE
-- include: in_areas
ORDER BY since DESC
LIMIT 1
