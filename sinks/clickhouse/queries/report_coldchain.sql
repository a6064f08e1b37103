-- Consignments not closed at {as_of}, by temperature profile and furthest step; and those new, or closed, since {since}.
WITH
-- include: consignments_in_areas
,
standing AS
(
    SELECT partition, subject, what, known_from > {since:DateTime64(6, 'UTC')} AS is_new
    FROM coldchain_spans FINAL
    WHERE what IN ('hold', 'check', 'breach') AND
-- include: at_that_time
)
SELECT
    profile,
    step,
    countIf(NOT closed) AS consignments,
    countIf(known_from > {since:DateTime64(6, 'UTC')}) AS new_consignments,
    countIf(ifNull(closed_from > {since:DateTime64(6, 'UTC')}, false)) AS closed_consignments,
    countIf(NOT closed AND consignment_id IN (SELECT subject FROM standing WHERE what = 'hold')) AS on_hold,
    countIf(NOT closed AND consignment_id IN (SELECT subject FROM standing WHERE what = 'check')) AS with_failing_checks,
    countIf(consignment_id IN (SELECT subject FROM standing WHERE what = 'breach' AND is_new)) AS with_new_breaches
FROM consignment_spans FINAL
WHERE (NOT closed OR ifNull(closed_from > {since:DateTime64(6, 'UTC')}, false)) AND
-- include: at_that_time
    AND
-- include: consignment_in_areas consignment_id
GROUP BY profile, step
ORDER BY profile, indexOf(['', 'declared', 'cleared', 'warehoused', 'tested', 'disinfected', 'released', 'transported',
    'stored', 'issued'], step), step
