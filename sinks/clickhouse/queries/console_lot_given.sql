-- Who got, or is about to get, units of a lot, until {as_of}.
WITH
-- include: cut supply
SELECT
    dispatch_id, anyIf(requester_id, type = 'dispatch_ordered') AS requester_id,
    anyIf(area, type = 'dispatch_ordered') AS area, anyIf(grid, type = 'dispatch_ordered') AS grid,
    anyIf(team, type = 'dispatch_ordered') AS team, any(need_id) AS need,
    sum(delivered) AS units_delivered, sum(in_transit) AS units_in_transit, max(at) AS last_at
FROM lot_handovers FINAL
WHERE lot_id = {lot:String} AND partition = {partition:UInt32} AND offset < supply_cut[partition]
GROUP BY dispatch_id
HAVING (units_delivered > 0 OR units_in_transit > 0) AND
-- include: in_areas
ORDER BY last_at DESC
LIMIT {limit:UInt32}
