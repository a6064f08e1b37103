-- Consignments not closed at {as_of}, by temperature profile and furthest step; and those new, or closed, since {since}.
-- include: coldchain
SELECT
    temperature_profile AS profile,
    furthest_step AS step,
    countIf(NOT closed) AS consignments,
    countIf(is_new) AS new_consignments,
    countIf(closed_since) AS closed_consignments,
    countIf(NOT closed AND consignment IN (SELECT consignment FROM holds_known)) AS on_hold,
    countIf(NOT closed AND consignment IN (SELECT consignment FROM checks_known WHERE failing)) AS with_failing_checks,
    countIf(consignment IN (SELECT consignment FROM breaches_known WHERE is_new)) AS with_new_breaches
FROM consignments_known
WHERE NOT closed OR closed_since
GROUP BY profile, step
ORDER BY profile, indexOf(['', 'declared', 'cleared', 'warehoused', 'tested', 'disinfected', 'released', 'transported',
    'stored', 'issued'], step), step
