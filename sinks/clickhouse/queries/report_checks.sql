-- Rules of the cold chain that are broken at {as_of}, were broken or mended since {since}.
WITH
-- include: consignments_told
SELECT
    rule,
    severity,
    countIf(failing) AS failing_checks,
    toInt64(countIf(failing)) - toInt64(countIf(failing_before)) AS failing_change,
    countIf(failed_since) AS newly_failed,
    countIf(mended_since AND NOT failing) AS mended,
    uniqExactIf(subject, failing AND subject != '') AS consignments,
    round(greatest(ifNull(dateDiff('second', minOrNullIf(broken_since, failing), {as_of:DateTime64(6, 'UTC')}), 0), 0)
        / 3600, 1) AS oldest_hours
FROM
(
    SELECT
        partition, subject, id, any(kind) AS rule, argMax(coldchain_spans.severity, (offset, idx)) AS severity,
        argMax(begun_at, (offset, idx)) AS broken_since,
        countIf(valid_until > {as_of:DateTime64(6, 'UTC')}) > 0 AS failing,
        countIf(valid_from <= {since:DateTime64(6, 'UTC')}) > 0 AS failing_before,
        countIf(valid_from > {since:DateTime64(6, 'UTC')}) > 0 AS failed_since,
        countIf(over AND valid_until <= {as_of:DateTime64(6, 'UTC')}) > 0 AS mended_since
    FROM coldchain_spans FINAL
    WHERE what = 'check' AND
-- include: in_period
        AND
-- include: consignment_in_areas subject
    GROUP BY partition, subject, id
)
GROUP BY rule, severity
ORDER BY severity, failing_checks DESC, rule
