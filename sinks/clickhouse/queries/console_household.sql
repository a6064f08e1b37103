-- What was known of a requester at {as_of}: where it is, its people, groups and tier. Each area tells for itself whether it
-- is still there. Where it has left everywhere, what was known last is told (is_here: false), but to nobody bound to areas.
SELECT
    ledger_partition AS partition, area, known.1 AS grid, known.2 AS tier, known.3 AS groups, known.4 AS members,
    known.5 AS institution, known.6 AS registered, known.7 AS since, is_here
FROM
(
    SELECT partition AS ledger_partition, area, argMax(here, (offset, idx)) AS is_here,
        argMaxIf((grid, tier, groups, members, institution, registered, at), (offset, idx), here) AS known
    FROM requester_facts FINAL
    WHERE requester_id = {requester:String} AND known_at <= {as_of:DateTime64(6, 'UTC')}
    GROUP BY partition, area
)
WHERE (is_here OR empty({areas:Array(String)})) AND
-- include: in_areas
ORDER BY is_here DESC, since DESC
LIMIT 1
