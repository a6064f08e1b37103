-- Temperature breaches that go on at {as_of}, or became known since {since}; the worst hundred by how long they lasted.
WITH
-- include: consignments_told
SELECT
    subject AS consignment_id,
    logger_id,
    kind,
    limit_c,
    peak_c,
    begun_at AS started_at,
    ended_at,
    round(dateDiff('second', begun_at, ifNull(coldchain_spans.ended_at, {as_of:DateTime64(6, 'UTC')})) / 60, 1) AS minutes
FROM coldchain_spans FINAL
WHERE what = 'breach' AND (known_from > {since:DateTime64(6, 'UTC')} OR coldchain_spans.ended_at IS NULL) AND
-- include: at_that_time
    AND
-- include: consignment_in_areas subject
ORDER BY minutes DESC, consignment_id, logger_id, started_at
LIMIT 100
