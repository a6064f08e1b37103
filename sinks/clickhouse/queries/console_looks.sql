-- Who looked at which household, newest first, until {as_of}.
WITH
-- include: cut alerts
SELECT at, by, requester_id, area, page
FROM looks
WHERE offset < alerts_cut[partition] AND
-- include: in_areas
ORDER BY at DESC
LIMIT {limit:UInt32}
