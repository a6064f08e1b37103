-- Rules of the cold chain that are broken at {as_of}, were broken or mended since {since}.
-- include: coldchain
SELECT
    broken_rule AS rule,
    severity,
    countIf(failing) AS failing_checks,
    toInt64(countIf(failing)) - toInt64(countIf(failing_before)) AS failing_change,
    countIf(failed_since) AS newly_failed,
    countIf(mended_since AND NOT failing) AS mended,
    uniqExactIf(consignment, failing AND consignment != '') AS consignments,
    round(greatest(ifNull(dateDiff('second', minOrNullIf(broken_since, failing), {as_of:DateTime64(6, 'UTC')}), 0), 0)
        / 3600, 1) AS oldest_hours
FROM checks_known
WHERE (failing OR failed_since OR mended_since)
    AND (empty({areas:Array(String)}) OR consignment IN (SELECT consignment_id FROM consignments_in_areas))
GROUP BY rule, severity
ORDER BY severity, failing_checks DESC, rule
