-- Temperature breaches that go on at {as_of}, or became known since {since}; the worst hundred by how long they lasted.
-- include: coldchain
SELECT
    consignment AS consignment_id,
    logger AS logger_id,
    last.1 AS kind,
    last.2 AS limit_c,
    last.5 AS peak_c,
    last.3 AS started_at,
    last.4 AS ended_at,
    round(dateDiff('second', last.3, ifNull(last.4, {as_of:DateTime64(6, 'UTC')})) / 60, 1) AS minutes
FROM breaches_known
WHERE (is_new OR last.4 IS NULL)
    AND (empty({areas:Array(String)}) OR consignment IN (SELECT consignment_id FROM consignments_in_areas))
ORDER BY minutes DESC, consignment_id, logger_id, started_at
LIMIT 100
