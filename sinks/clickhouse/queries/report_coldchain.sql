-- Consignments not closed at {as_of}, by temperature profile and furthest step; and those new, or closed, since {since}.
WITH
-- include: consignments_told
SELECT
    profile,
    step,
    countIf(NOT closed) AS consignments,
    countIf(known_from > {since:DateTime64(6, 'UTC')}) AS new_consignments,
    countIf(ifNull(closed_from > {since:DateTime64(6, 'UTC')}, false)) AS closed_consignments,
    countIf(NOT closed AND held) AS on_hold,
    countIf(NOT closed AND failing) AS with_failing_checks,
    countIf(breached) AS with_new_breaches
FROM
(
    SELECT consignment_id, profile, step, closed, known_from, closed_from
    FROM consignment_spans FINAL
    WHERE (NOT closed OR ifNull(closed_from > {since:DateTime64(6, 'UTC')}, false)) AND
-- include: at_that_time
        AND
-- include: consignment_in_areas consignment_id
) AS c
LEFT JOIN
(
    SELECT subject, max(what = 'hold') AS held, max(what = 'check') AS failing,
        max(what = 'breach' AND known_from > {since:DateTime64(6, 'UTC')}) AS breached
    FROM coldchain_spans FINAL
    WHERE what IN ('hold', 'check', 'breach') AND
-- include: at_that_time
    GROUP BY subject
) AS standing ON standing.subject = c.consignment_id
GROUP BY profile, step
ORDER BY profile, indexOf(['', 'declared', 'cleared', 'warehoused', 'tested', 'disinfected', 'released', 'transported',
    'stored', 'issued'], step), step
