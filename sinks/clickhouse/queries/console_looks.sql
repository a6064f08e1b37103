-- Who looked at which household, newest first, until {as_of}.
SELECT at, by, requester_id, area, page
FROM looks
WHERE at <= {as_of:DateTime64(6, 'UTC')} AND
-- include: in_areas
ORDER BY at DESC
LIMIT {limit:UInt32}
